"""The doctor's look at the user's storage: an object goes there and back, as files and results do, and is removed."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx

from safelight.cli.checks import Check
from safelight.cli.output import for_terminals
from safelight.config import is_local
from safelight.errors import SafelightError, TransferError
from safelight.redaction import bare_url, redacted, shown
from safelight.storage import Storage
from safelight.transport import beginning_of, new_transfer_client, presigned_request

_SENT = b"An object of safelight doctor: it is removed at once.\n"
_WRITTEN = b"Another one, written by a presigned URL.\n"


def check_storage() -> Iterator[Check]:
    """Look at the storage of the environment's `SAFELIGHT_STORAGE`."""
    url = os.environ.get("SAFELIGHT_STORAGE", "").strip()
    if not url:
        use = "where your files are put for Immersity and Let's Enhance to read; such as s3://bucket/prefix"
        yield Check("storage", "note", f"SAFELIGHT_STORAGE is not set: {use}")
        return
    try:
        storage = Storage(url)
    except SafelightError as error:
        yield Check("storage", "failed", for_terminals(f"SAFELIGHT_STORAGE: {error}"))
        return
    with new_transfer_client(None, connections=1) as http:
        yield from _RoundTrip(url, storage, http).checks()


class _RoundTrip:
    """One object that is put and read, another that is written by its address, and the removal of both."""

    def __init__(self, url: str, storage: Storage, http: httpx.Client) -> None:
        self._url = url
        self._storage = storage
        self._http = http
        name = f"doctor/{uuid.uuid4().hex}"
        self._put, self._written = f"{name}-1.txt", f"{name}-2.txt"

    def checks(self) -> Iterator[Check]:
        """Each step; what fails is the last."""
        steps: list[tuple[str, Callable[[], str]]] = [
            ("put", self._put_one),
            ("read", self._read_one),
            ("presigned PUT", self._write_another),
            ("read back", self._read_another),
            ("delete", self._delete),
        ]
        for name, step in steps:
            begun = time.monotonic()
            try:
                found = step()
            except SafelightError as error:
                yield Check(f"storage {name}", "failed", for_terminals(str(error)))
                if name != "delete":
                    with contextlib.suppress(SafelightError):
                        self._delete()
                return
            yield Check(f"storage {name}", "ok", f"{found} in {time.monotonic() - begun:.2f} s")
        host = urlsplit(self._storage.presign_get(self._put)).hostname or ""
        if is_local(host):
            yield Check(
                "storage host", "note", f"{host} can be reached from here only: by a sandbox, not by the services"
            )

    def _put_one(self) -> str:
        self._storage.store(_SENT, self._put)
        return f"{len(_SENT)} bytes were put into {self._url}"

    def _read_one(self) -> str:
        self._read(self._put, _SENT)
        return "its presigned URL was read"

    def _write_another(self) -> str:
        self._asked("PUT", self._storage.presign_put(self._written), _WRITTEN)
        size = self._storage.size(self._written)
        if size != len(_WRITTEN):
            raise TransferError(f"{len(_WRITTEN)} bytes were sent to a presigned URL, and the store has {size or 0}.")
        return "another was written by its presigned URL, as services do"

    def _read_another(self) -> str:
        self._read(self._written, _WRITTEN)
        return "what was written was read"

    def _delete(self) -> str:
        for name in (self._put, self._written):
            self._storage.delete(name)
        if any(self._storage.size(name) is not None for name in (self._put, self._written)):
            raise TransferError("The objects were deleted, and are still there: does the bucket keep what is deleted?")
        return "both were removed"

    def _read(self, name: str, expected: bytes) -> None:
        if self._asked("GET", self._storage.presign_get(name)) != expected:
            raise TransferError(f"{name}: what was read is not what was sent. Is there a proxy between?")

    def _asked(self, method: str, url: str, body: bytes | None = None) -> bytes:
        """Use an address as a service would: with nothing but the address."""
        try:
            response = self._http.send(presigned_request(self._http, method, url, content=body), stream=True)
            try:
                if response.is_success:
                    return beginning_of(response).encode()  # longer than all that it can be
                said = redacted(" ".join(beginning_of(response).split()))[:200]
            finally:
                response.close()
        except httpx.TransportError as error:
            raise TransferError(
                f"{method} {bare_url(url)}: {shown(error)}. Check the endpoint and the network."
            ) from error
        right = "read" if method == "GET" else "write"
        raise TransferError(
            f"{method} {bare_url(url)}: the store answers {response.status_code} {said} to its own presigned URL. "
            f"Check that these credentials may {right} objects there, and this machine's clock."
        )
