"""What Let's Enhance's replies mean: decisions only, no I/O."""

from __future__ import annotations

import itertools
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from safelight.errors import APIError, ConfigError, JobFailed, OutcomeUnknown
from safelight.redaction import redacted

if TYPE_CHECKING:
    from safelight_api.letsenhance.models import Pipeline

logger = logging.getLogger("safelight")

FORMATS = frozenset({"BMP", "JPEG", "PNG", "TIFF", "WEBP"})
"""What the service takes (seed document 002, "Supported Images")."""

_SUFFIXES = frozenset({".bmp", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
_UNUSABLE = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff<>:"/\\|?*]')
_LONGEST_NAME = 100
_MOST_BYTES = 200
_LONGEST_SUFFIX = 5
_LIFETIME = timedelta(hours=24)
_OUT_OF_CREDITS = ("quota", "credit", "insufficient", "payment")


def status_of(status: int, body: bytes) -> int:
    """The status that a reply stands for: a rejection is one whatever its HTTP status, which nobody documents."""
    if b"REJECTED" not in body:
        return status
    try:
        reply = json.loads(body)
    except ValueError:
        return status
    if not isinstance(reply, dict) or reply.get("status") != "REJECTED":
        return status
    reason = str(reply.get("reason") or "").lower()
    if "too many requests" in reason or "rate limit" in reason:
        return 429
    if any(word in reason for word in _OUT_OF_CREDITS):
        return 402
    return status if status >= 400 else 400


def is_refusal(error: APIError | OutcomeUnknown) -> bool:
    """Whether a job was certainly not accepted: it was rejected in so many words, or its request sent elsewhere."""
    if not isinstance(error, APIError):
        return False
    rejected = isinstance(error.body, Mapping) and error.body.get("status") == "REJECTED"
    return rejected or 300 <= error.status < 400


def as_dict(operation: Any) -> dict[str, Any]:
    """An operation as the service reads it.

    Raises:
        ConfigError: It is neither a preset nor a mapping.
    """
    if isinstance(operation, Mapping):
        return dict(operation)
    if hasattr(operation, "op") and not isinstance(operation, type):
        told: dict[str, Any] = operation.to_dict()
        return told
    raise ConfigError(
        f"{operation!r} is no operation: give presets of safelight.letsenhance, such as Marketplace(width=1800), "
        'or mappings such as {"op": "..."}.'
    )


def failure(pipeline: Pipeline) -> JobFailed | None:
    """The error that a pipeline stands for, if the service gave it up. Any status that is not known means: wait."""
    if pipeline.status != "ERROR":
        return None
    errors = pipeline.errors or []
    said = [*(errors if isinstance(errors, list) else [errors]), pipeline.error]
    reason = redacted("; ".join(str(error) for error in said if error)) or None
    return JobFailed(
        f"Let's Enhance could not process the pipeline {pipeline.id}: {reason or 'it does not say why'}. "
        "Check the picture's format; sometimes it helps to submit it again.",
        job_id=str(pipeline.id),
        reason=reason,
    )


def expires_at(url: str, made: datetime | None) -> datetime | None:
    """When a result's address expires: as its signature says, else 24 hours after it was made, else nobody knows."""
    try:
        query = parse_qs(urlsplit(url).query)
        signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return signed + timedelta(seconds=int(query["X-Amz-Expires"][0]))
    except (KeyError, ValueError, OverflowError):
        return made + _LIFETIME if isinstance(made, datetime) else None


def pictures_in(folder: Path, but_not: Path | None = None) -> list[Path]:
    """The pictures in a folder and those below it, by name; what is left out is told in a warning.

    Args:
        folder: The folder.
        but_not: A folder in it to pass over: where results go.

    Raises:
        ConfigError: There are none.
    """
    results = but_not.resolve() if but_not and but_not.resolve() != folder.resolve() else None
    found = (path for path in sorted(folder.rglob("*")) if results not in path.resolve().parents)
    files = [path for path in found if path.is_file() and not _is_hidden(path.relative_to(folder))]
    pictures = [path for path in files if path.suffix.lower() in _SUFFIXES]
    if not pictures:
        raise ConfigError(f"{folder} holds no pictures: Let's Enhance takes {', '.join(sorted(FORMATS))}.")
    if left := [path.name for path in files if path.suffix.lower() not in _SUFFIXES]:
        logger.warning("%s: left out, because Let's Enhance does not take it: %s", folder, ", ".join(left))
    return pictures


def holds_pictures(folder: Path) -> bool:
    """Whether there is a picture in a folder, or below it."""
    return any(path.suffix.lower() in _SUFFIXES for path in folder.rglob("*"))


def targets(pictures: Iterable[Any], to: Path, root: Path | None) -> list[Path]:
    """Where each of many results goes, still without the suffix that its format gives it.

    Args:
        pictures: What was given: paths, addresses or others.
        to: The folder for the results.
        root: The folder that the pictures come from: its own folders are kept.
    """
    places, taken, numbers = [], set[str](), dict[Path, Iterator[int]]()
    for number, picture in enumerate(pictures, 1):
        whole = _name_of(picture, root) or Path(f"picture-{number}")
        # Two that differ only by their suffixes keep these, but not as suffixes; two of the same name are numbered.
        again = numbers.setdefault(whole, itertools.count(2))
        numbered = (whole.with_name(f"{whole.stem}-{count}") for count in again)
        kept = whole.with_name(whole.name.replace(".", "-"))
        choices = itertools.chain((whole.with_suffix(""), kept), numbered)
        place = next(choice for choice in choices if str(choice).casefold() not in taken)
        taken.add(str(place).casefold())
        places.append(to / place)
    return places


def _name_of(picture: Any, root: Path | None) -> Path | None:
    if isinstance(picture, Path) and root:
        return picture.relative_to(root)
    if not isinstance(picture, str | os.PathLike):
        return None
    name = os.fspath(picture)
    if "://" in name:
        name = unquote(urlsplit(name).path)
    return Path(clean) if (clean := clean_name(name)) else None


def clean_name(name: str) -> str:
    """The last part of a path or an address, fit for every file system; it may be empty."""
    stem, dot, suffix = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = f"{stem}{dot}{suffix}", "", ""
    clean = _UNUSABLE.sub("-", stem)[:_LONGEST_NAME]
    clean = clean.encode()[:_MOST_BYTES].decode("utf-8", "ignore").strip(" .")
    return f"{clean}{dot}{_UNUSABLE.sub('-', suffix)}" if clean else ""


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
