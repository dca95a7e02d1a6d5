from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.retry import full_jitter, http_date, pause_after_error, pause_after_reply, retry_after

NOW = 784111777.0  # Sun, 06 Nov 1994 08:49:37 GMT


@pytest.mark.parametrize(
    ("status", "headers", "repeatable", "sent_again"),
    [
        (429, {}, False, True),
        (429, {"retry-after": "3"}, False, True),
        (503, {"retry-after": "3"}, False, True),
        (503, {}, False, False),
        (503, {}, True, True),
        (500, {}, False, False),
        (500, {}, True, True),
        (502, {}, True, True),
        (504, {}, True, True),
        (408, {}, True, True),
        (501, {}, True, False),
        (400, {}, True, False),
        (404, {}, True, False),
        (422, {"retry-after": "3"}, True, False),
        (200, {}, True, False),
    ],
)
def test_rejected_requests_are_sent_again_and_ambiguous_ones_only_where_that_is_harmless(
    status: int, headers: dict[str, str], repeatable: bool, sent_again: bool
) -> None:
    pause = pause_after_reply(status, headers, attempt=0, repeatable=repeatable, now=NOW)
    assert (pause is not None) == sent_again


@pytest.mark.parametrize(
    ("error", "repeatable", "sent_again"),
    [
        (httpx.ConnectError("refused"), False, True),
        (httpx.ConnectTimeout("slow"), False, True),
        (httpx.PoolTimeout("busy"), False, True),
        (httpx.ReadError("reset"), False, False),
        (httpx.ReadError("reset"), True, True),
        (httpx.ReadTimeout("stall"), False, False),
        (httpx.ReadTimeout("stall"), True, True),
        (httpx.RemoteProtocolError("closed"), False, False),
        (httpx.RemoteProtocolError("closed"), True, True),
        (httpx.LocalProtocolError("bad header"), True, False),
        (httpx.UnsupportedProtocol("ftp"), True, False),
    ],
)
def test_what_a_lost_connection_means(error: httpx.TransportError, repeatable: bool, sent_again: bool) -> None:
    assert (pause_after_error(error, attempt=0, repeatable=repeatable) is not None) == sent_again


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:47 GMT"}, 10.0),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


def test_a_retry_after_date_is_measured_against_the_servers_own_clock() -> None:
    headers = {"retry-after": "Sun, 06 Nov 1994 08:50:37 GMT", "date": "Sun, 06 Nov 1994 08:50:27 GMT"}
    assert retry_after(headers, NOW - 86400) == 10.0


def test_the_pause_is_at_least_what_the_server_asks_for() -> None:
    pauses = [
        pause_after_reply(429, {"retry-after": "3"}, attempt=0, repeatable=False, now=NOW) or 0.0 for _ in range(50)
    ]
    assert min(pauses) >= 3.0
    assert max(pauses) <= 3.5
    assert len(set(pauses)) > 1


@given(st.integers(0, 10_000))
def test_jitter_stays_within_a_bound_that_doubles_up_to_eight_seconds(attempt: int) -> None:
    assert 0.0 <= full_jitter(attempt) <= min(8.0, 0.5 * 2 ** min(attempt, 10))


@given(st.text(max_size=40))
def test_no_date_header_can_break_the_reader(text: str) -> None:
    value = http_date(text)
    assert value is None or isinstance(value, float)
