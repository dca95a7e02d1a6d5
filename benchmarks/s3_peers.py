"""boto3 and awscrt, as the clients of a server that speaks as much of S3 as a transfer needs."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PART_SIZE = 64 * 1024 * 1024
REGION = "us-east-1"
BUCKET = "bucket"


def boto3_client(address: str, *, tuned: bool) -> tuple[Any, Any]:
    """boto3's S3 client and the settings of its transfers.

    As it comes it moves parts of 8 MiB in ten threads, with checksums, and signs bodies where there is no TLS. Tuned it
    does without signatures and checksums, as with presigned URLs, and moves parts of 64 MiB in two threads.
    """
    # With awscrt at hand botocore would leave some of its work to it; that is a row of its own.
    sys.modules["awscrt"] = None  # type: ignore[assignment]
    boto3, config, transfer = (
        import_module("boto3"),
        import_module("botocore.config"),
        import_module("boto3.s3.transfer"),
    )
    settings: dict[str, Any] = {}
    if tuned:
        unsigned = import_module("botocore").UNSIGNED
        settings = {
            "signature_version": unsigned,
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        }
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name=REGION,
        aws_access_key_id="id",
        aws_secret_access_key="secret",
        config=config.Config(**settings),
    )
    sizes = {"multipart_threshold": PART_SIZE, "multipart_chunksize": PART_SIZE, "max_concurrency": 2} if tuned else {}
    return client, transfer.TransferConfig(**sizes)


class Crt:
    """awscrt's own S3 client, unsigned, in parts of its choice: the C library below other tools."""

    def __init__(self, address: str) -> None:
        self._crt, self._http, io = (import_module(f"awscrt.{name}") for name in ("s3", "http", "io"))
        self._host = urlsplit(address).netloc
        secure: dict[str, Any] = {"tls_mode": self._crt.S3RequestTlsMode.DISABLED}
        if address.startswith("https:"):
            options = io.TlsContextOptions()
            options.override_default_trust_store_from_path(None, os.environ["SSL_CERT_FILE"])
            connection = io.ClientTlsContext(options).new_connection_options()
            secure = {"tls_mode": self._crt.S3RequestTlsMode.ENABLED, "tls_connection_options": connection}
        self._client = self._crt.S3Client(region=REGION, **secure)

    def put(self, path: Path) -> None:
        """Upload the file."""
        headers = self._http.HttpHeaders([("Host", self._host), ("Content-Length", str(path.stat().st_size))])
        self._do("PUT", path.name, headers, self._crt.S3RequestType.PUT_OBJECT, send_filepath=str(path))

    def get(self, key: str, path: Path) -> None:
        """Download into the file."""
        headers = self._http.HttpHeaders([("Host", self._host)])
        self._do("GET", key, headers, self._crt.S3RequestType.GET_OBJECT, recv_filepath=str(path))

    def _do(self, method: str, key: str, headers: Any, kind: Any, **files: str) -> None:
        request = self._http.HttpRequest(method, f"/{BUCKET}/{key}", headers)
        self._client.make_request(type=kind, request=request, **files).finished_future.result()
