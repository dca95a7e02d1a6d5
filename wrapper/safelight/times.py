"""Reading the services' timestamps, which mostly come without a zone (so their own documents show them)."""

from __future__ import annotations

from datetime import UTC, datetime


def read_time(text: str) -> datetime:
    """A timestamp as a service writes it, as a `datetime` with a zone; one without a zone is UTC.

    Reads ISO 8601 and RFC 3339 (fractions of any length, a space instead of the T) and RFC 1123.

    Raises:
        ValueError: The text is no timestamp.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        from dateutil import parser  # only for odd formats: importing it costs milliseconds

        time = parser.parse(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time
