"""How analyses are shown to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from safelight.cli.output import Line, columns
from safelight.hautai import SIDES
from safelight.redaction import redacted

if TYPE_CHECKING:
    from safelight_api.hautai.models import Image, ImageResult, Subject

_SIDES = {number: side for side, number in SIDES.items()}
_FEW = 4
# What a thing is called in a result, the most telling first.
_NAMES = (
    "algorithm_tech_name",
    "algorithm_family_tech_name",
    "application_tech_name",
    "tech_name",
    "area_name",
    "name",
)


def subject_table(subjects: Sequence[Subject]) -> list[Line]:
    """Subjects below a header; nothing where there are none."""
    # The name is last: it alone has any width, and may hold spaces.
    return _table(("ID", "CREATED", "NAME"), [(one.id, _time(one.creation_time), one.name) for one in subjects])


def image_table(images: Sequence[Image]) -> list[Line]:
    """Pictures below a header; nothing where there are none."""
    return _table(("ID", "CREATED", "SIDE"), [(one.id, _time(one.creation_time), side_of(one)) for one in images])


def side_of(image: Image) -> str:
    """The side of the face that a picture shows."""
    side = image.side
    told = image.side_id or (side if isinstance(side, int) else getattr(side, "id", None))
    return _SIDES.get(told, "-") if isinstance(told, int) else "-"


def result_lines(results: Sequence[ImageResult], sides: Mapping[str, str]) -> list[Line]:
    """A line for each value.

    Args:
        results: What the service gave.
        sides: What each picture is called, by its id; told only where there are several.
    """
    of = [str(result.image_id) for result in results]
    rows = []
    for image_id, result in zip(of, results, strict=True):
        side = [(f"  {sides.get(image_id, image_id)}", "dim")] if len(set(of)) > 1 else []
        for name, value in values_of(result.to_dict()):
            rows.append([*side, (name if side else f"  {name}", ""), (value, "bold")])
    return columns(rows)


def values_of(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names and the values in one result, whatever form the service gave it."""
    inner = result.get("result")
    name = _name_of(result) or _name_of(inner) or f"algorithm {result.get('algorithm_version_id', '?')}"
    yield from _flat(inner, name)


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _NAMES:
                is_plain = key == "value" or (isinstance(item, list) and any(map(_name_of, item)))
                yield from _flat(item, name if is_plain else f"{name} {_name_of(item) or key}")
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value, 1):
            yield from _flat(item, f"{name} {_name_of(item) or number}")
    elif isinstance(value, list) and value:
        is_short = len(value) <= _FEW and not any(isinstance(item, list) for item in value)
        yield name, ", ".join(map(_shown, value)) if is_short else f"{len(value)} values"
    elif value not in ([], None):
        yield name, _shown(value)


def _name_of(thing: Any) -> str:
    if not isinstance(thing, Mapping):
        return ""
    return next((value for key in _NAMES if isinstance(value := thing.get(key), str) and value), "")


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return redacted(str(value))  # the addresses of masks are signed


def _table(titles: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> list[Line]:
    header = [(title, "dim") for title in titles]
    return columns([header, *([(str(cell), "") for cell in row] for row in rows)]) if rows else []


def _time(moment: object) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if isinstance(moment, datetime) else "-"
