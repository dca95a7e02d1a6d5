"""How captures are shown to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from safelight.cli.output import Line, columns

if TYPE_CHECKING:
    from safelight_api.teleport.models import Capture, CaptureMetadata

_STATES = {"READY": "green", "ERROR": "red", "FAILED": "red"}
_TITLES = ("STATE", "CREATED", "EID", "SID", "NAME")


def capture_line(capture: Capture) -> Line:
    """One capture in one line."""
    return columns([_row(capture)])[0]


def capture_table(captures: Sequence[Capture]) -> list[Line]:
    """Captures below a header; nothing where there are none."""
    header = [(title, "dim") for title in _TITLES]
    return columns([header, *map(_row, captures)]) if captures else []


def file_lines(downloaded: Mapping[str, Any]) -> list[Line]:
    """A line about the file that was downloaded, if one was."""
    from safelight.transfer.progress import human_bytes

    if not downloaded:
        return []
    return [[(downloaded["file"], "bold"), (f"  {human_bytes(downloaded['bytes'])}", "")]]


def metadata_lines(metadata: CaptureMetadata) -> list[Line]:
    """What a capture consists of, without the signatures of its models' addresses."""
    from safelight.transfer.progress import human_bytes

    facts = [("name", metadata.name), ("eid", metadata.eid), ("sid", metadata.sid or "-")]
    facts.append(("cameras", str(len(metadata.cameras))))
    for model in metadata.models:
        size = f"{human_bytes(model.size)}  " if isinstance(model.size, int) else ""
        facts.append(("model", size + str(model.url).partition("?")[0]))
    return columns([[(name, "dim"), (value, "")] for name, value in facts])


def _row(capture: Capture) -> list[tuple[str, str]]:
    state = str(capture.state)
    created = capture.created.astimezone().strftime("%Y-%m-%d %H:%M")
    # The name is last: it alone has any width, and may hold spaces.
    return [
        (state, _STATES.get(state, "yellow")),
        (created, ""),
        (capture.eid, ""),
        (capture.sid or "-", ""),
        (capture.name, "bold"),
    ]
