"""An S3 store: OpenStack Swift's account, container, object and proxy servers, in one process.

It is started as a script with a JSON object as its argument; it prints its port when it is ready, takes the seconds
that its clock is ahead on standard input, a line each, and ends when standard input does.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from eventlet import patcher, wsgi  # noqa: E402
from swift.common import storage_policy, utils  # noqa: E402
from swift.common.middleware.s3api import s3request  # noqa: E402
from swift.common.middleware.s3api.utils import S3Timestamp  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.swob import Request  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

_PROXY = """
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors gatekeeper s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:s3api]
use = egg:swift#s3api
location = {region}
min_segment_size = 5242880
max_upload_part_num = 10000
[filter:tempauth]
use = egg:swift#tempauth
{users}
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
"""
_BACKEND = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}
mount_check = false
fallocate_reserve = 0
disable_fallocate = true
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

_ahead = 0.0


class _StoreTime(S3Timestamp):
    """What the S3 API takes for the time when it looks at a signature."""

    @classmethod
    def now(cls, *arguments: Any, **options: Any) -> Any:
        return cls(float(S3Timestamp.now(*arguments, **options)) + _ahead)


def _serve(app: Any) -> int:
    listener = eventlet.listen(("127.0.0.1", 0))
    silent = logging.getLogger("silent")
    silent.setLevel(logging.CRITICAL)
    eventlet.spawn(wsgi.server, listener, app, silent, log_output=False, socket_timeout=60)
    return int(listener.getsockname()[1])


def _app(folder: Path, name: str, text: str, **values: object) -> Any:
    path = folder / f"{name}.conf"
    path.write_text(text.format(folder=folder, **values), encoding="utf-8")
    return loadapp(str(path))


def _ring(folder: Path, name: str, port: int) -> None:
    builder = RingBuilder(part_power=1, replicas=1, min_part_hours=0)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(str(folder / f"{name}.ring.gz"))


def _make_bucket(app: Any, name: str, readers: str) -> None:
    request = Request.blank(
        f"/v1/AUTH_test/{name}",
        environ={"REQUEST_METHOD": "PUT", "swift.authorize": lambda _: None, "swift.authorize_override": True},
        headers={"X-Container-Read": readers},
    )
    response = request.get_response(app)
    if response.status_int not in (201, 202):
        raise RuntimeError(f"the bucket {name} could not be made: {response.status}")


def _obey() -> None:
    global _ahead
    for line in iter(sys.stdin.readline, ""):
        _ahead = float(line)
        print("set", flush=True)
    os._exit(0)


def main() -> None:
    """Serve until standard input ends."""
    wishes = json.loads(sys.argv[1])
    folder = Path(wishes["folder"])
    (folder / "disk").mkdir(parents=True)
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = tests\n[storage-policy:0]\nname = one\ndefault = yes\n",
        encoding="utf-8",
    )
    utils.SWIFT_CONF_FILE = str(folder / "swift.conf")
    utils.validate_hash_conf()
    storage_policy.reload_storage_policies()
    s3request.S3Timestamp = _StoreTime
    for kind in ("account", "container", "object"):
        _ring(folder, kind, _serve(_app(folder, kind, _BACKEND, kind=kind)))
    users = "\n".join(f"user_{name.replace(':', '_')} = {secret}" for name, secret in wishes["users"].items())
    proxy = _app(folder, "proxy", _PROXY, region=wishes["region"], users=users)
    port = _serve(proxy)
    for name, readers in wishes["buckets"].items():
        _make_bucket(proxy, name, readers)
    threading = patcher.original("threading")  # a thread that waits for a line would otherwise stop all others
    assert threading is not None
    threading.Thread(target=_obey, daemon=True).start()
    print(port, flush=True)
    while True:
        eventlet.sleep(3600)


if __name__ == "__main__":
    main()
