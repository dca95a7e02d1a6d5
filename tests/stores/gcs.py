"""Google Cloud Storage, as a server of the tests' own plays it: there is no other that checks signatures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.stores import Store
from tests.stores.gcs_server import Account, GCSServer

_OWNER = "owner@tests.iam.gserviceaccount.com"


@contextlib.contextmanager
def gcs(folder: Path) -> Iterator[tuple[Store, GCSServer]]:
    """Run the store, and put a key file into the folder."""
    owner, reader = Account(_OWNER), Account("reader@tests.iam.gserviceaccount.com", may_write=False)
    server = GCSServer(["pictures"], [owner, reader])
    key_file = folder / "owner.json"
    key_file.write_text(owner.json(server.origin), encoding="utf-8")

    def set_ahead(seconds: float) -> None:
        server.ahead = seconds

    try:
        store = Store(
            name="gcs",
            url="gs://pictures/tests",
            missing_url="gs://no-such-bucket/tests",
            read_only_url="gs://pictures/read-only",
            endpoint=server.origin,
            credentials={"service_account_key": owner.json(server.origin)},
            reader={"service_account_key": reader.json(server.origin)},
            forged={"service_account_key": Account(_OWNER, key_id=owner.key_id).json(server.origin)},
            environment={
                "SAFELIGHT_STORAGE": "gs://pictures/tests",
                "GOOGLE_APPLICATION_CREDENTIALS": str(key_file),
                "STORAGE_EMULATOR_HOST": server.origin,
            },
            set_ahead=set_ahead,
        )
        yield store, server
    finally:
        server.close()
