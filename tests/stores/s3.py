"""S3, as OpenStack Swift serves it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.stores import Store
from tests.stores.processes import served

REGION = "eu-central-1"
_SECRET = "owning"


@contextlib.contextmanager
def s3(folder: Path) -> Iterator[Store]:
    """Run the store, with its files in a folder that does not exist yet."""
    wishes = {
        "folder": str(folder),
        "region": REGION,
        "users": {"test:owner": f"{_SECRET} .admin", "test:reader": "reading"},
        "buckets": {"pictures": "", "read-only": "test:reader"},
    }
    script = Path(__file__).with_name("swift_server.py")
    command = [sys.executable, "-W", "ignore", str(script), json.dumps(wishes)]
    with served(command, lambda line: int(line) if line.strip().isdigit() else None, os.environ) as server:
        endpoint = f"http://127.0.0.1:{server.port}"
        yield Store(
            name="s3",
            url="s3://pictures/tests",
            missing_url="s3://no-such-bucket/tests",
            read_only_url="s3://read-only/tests",
            endpoint=endpoint,
            credentials={"access_key_id": "test:owner", "secret_access_key": _SECRET, "region": REGION},
            reader={"access_key_id": "test:reader", "secret_access_key": "reading", "region": REGION},
            forged={"access_key_id": "test:owner", "secret_access_key": "guessed", "region": REGION},
            environment={
                "SAFELIGHT_STORAGE": "s3://pictures/tests",
                "AWS_ACCESS_KEY_ID": "test:owner",
                "AWS_SECRET_ACCESS_KEY": _SECRET,
                "AWS_REGION": REGION,
                "AWS_ENDPOINT_URL_S3": endpoint,
            },
            set_ahead=server.set_ahead,
        )
