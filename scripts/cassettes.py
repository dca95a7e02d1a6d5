"""Cassettes: recorded requests and replies (vcrpy), without secrets."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

try:
    import vcr
    import yaml
    from scrubbing import CassetteError, scrubbed, scrubbed_request
    from vcr.cassette import Cassette
    from vcr.persisters.filesystem import CassetteNotFoundError
    from vcr.request import Request
except ModuleNotFoundError as error:
    sys.exit(f"scripts/cassettes.py: {error.name} is not installed here: `make record` sets everything up.")

PROVENANCES = ("documented", "sandbox", "live")


def _scrubbed_request(request: Request) -> Request:
    cleaned = scrubbed_request(request._to_dict())
    headers = {name: values[0] for name, values in cleaned["headers"].items()}
    return Request(cleaned["method"], cleaned["uri"], cleaned["body"], headers)


def _content(request: Request) -> Any:
    """What a request says, but for the id that the client makes anew each time."""
    body: Any = request.body or b""
    try:
        value = json.loads(body)
    except ValueError:
        return sorted(body.split(b"&"))
    if isinstance(value, dict):
        value.pop("correlationId", None)
    return value


class _Nowhere:
    """Where vcrpy keeps what is recorded: in memory, until it is scrubbed."""

    @staticmethod
    def load_cassette(cassette_path: str, serializer: Any) -> Any:
        raise CassetteNotFoundError

    @staticmethod
    def save_cassette(cassette_path: str, cassette_dict: Any, serializer: Any) -> None:
        return


@contextlib.contextmanager
def recording() -> Iterator[Cassette]:
    """Record what safelight's clients send and get; nothing of it is on the disk."""

    def ours(request: Request) -> Request | None:
        # A sandbox in the same process is a client, too: it fetches pictures.
        return request if request.headers.get("user-agent", "").startswith("safelight/") else None

    machine = vcr.VCR(before_record_request=ours)
    machine.register_persister(_Nowhere)
    with machine.use_cassette("recording", record_mode=vcr.mode.ALL) as cassette:
        yield cassette


@contextlib.contextmanager
def replaying(path: Path) -> Iterator[Cassette]:
    """Answer requests from a cassette, each reply once; a request that is not in it fails."""
    places = ["method", "scheme", "host", "port", "path", "query"]
    machine = vcr.VCR(before_record_request=_scrubbed_request, match_on=[*places, "content"])
    machine.register_matcher("content", lambda one, other: _content(one) == _content(other))
    with machine.use_cassette(str(path), record_mode=vcr.mode.NONE) as cassette:
        yield cassette


def write(
    path: Path,
    cassette: Cassette,
    provenance: str,
    source: str,
    *,
    secrets: Iterable[str] = (),
    places: Mapping[str, str] | None = None,
) -> None:
    """Scrub what was recorded, and write it: all of it or nothing.

    Args:
        path: The file, which is replaced.
        cassette: From `recording`.
        provenance: `documented`, `sandbox` or `live`.
        source: Where exactly it comes from, in words.
        secrets: As for `scrubbed`.
        places: As for `scrubbed`.

    Raises:
        CassetteError: There is nothing in it, or something that nobody can look into.
        OSError: The disk does not take it.
    """
    if not cassette.data:
        raise CassetteError("no request was recorded")
    raw = [{"request": request._to_dict(), "response": response} for request, response in cassette.data]
    interactions = scrubbed(raw, secrets, places)
    document = {"provenance": provenance, "source": source, "version": 1, "interactions": interactions}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        # What is left of one that was killed, or a link that somebody put there, is not written through.
        unfinished.unlink(missing_ok=True)
        with unfinished.open("x", encoding="utf-8") as file:
            file.write(text)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """A cassette as it is written."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))
