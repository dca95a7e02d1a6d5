from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.times import read_time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-10-06T18:55:42.733421", datetime(2025, 10, 6, 18, 55, 42, 733421, UTC)),
        ("2025-10-06T18:55:42.73342", datetime(2025, 10, 6, 18, 55, 42, 733420, UTC)),
        ("2025-10-06 18:55:42", datetime(2025, 10, 6, 18, 55, 42, 0, UTC)),
        ("2022-04-13T15:42:05.901Z", datetime(2022, 4, 13, 15, 42, 5, 901000, UTC)),
        ("2022-04-13T15:42:05+03:00", datetime(2022, 4, 13, 12, 42, 5, 0, UTC)),
        ("Wed, 13 Apr 2022 15:42:05 GMT", datetime(2022, 4, 13, 15, 42, 5, 0, UTC)),
        ("2022-04-13T15:42:05.9012345Z", datetime(2022, 4, 13, 15, 42, 5, 901234, UTC)),
    ],
)
def test_the_services_forms_are_read_and_have_a_zone(text: str, time: datetime) -> None:
    assert read_time(text) == time
    assert read_time(text).tzinfo is not None


@pytest.mark.parametrize("text", ["", "soon", "2025-13-40T00:00:00"])
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_time(text)


zones = st.one_of(st.none(), st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))))


@given(st.datetimes(timezones=zones), st.sampled_from(["T", " "]))
def test_every_iso_time_survives_the_reading(time: datetime, separator: str) -> None:
    expected = time if time.tzinfo else time.replace(tzinfo=UTC)
    assert read_time(time.isoformat(separator)) == expected
