"""A list of captures that is longer than a page, at a sandbox whose pages have a maximum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from safelight import JobTimeout, Teleport
from safelight.sandbox import Sandbox
from safelight_api.teleport.api.captures import create_capture
from safelight_api.teleport.models import NewCaptureInput


@pytest.fixture
def eids(sandbox: Sandbox, environment: None) -> set[str]:
    with Teleport() as teleport:
        for number in range(70):
            create_capture.sync(client=teleport.api, body=NewCaptureInput(name=str(number), bytesize=1))
    sandbox.clear_requests()
    return set(sandbox.teleport.captures)


@pytest.mark.parametrize(
    ("most", "refuses", "requests"),
    [(None, False, [3, 3]), (40, False, [3, 3]), (40, True, [4, 3]), (25, True, [4, 3])],
    ids=["any", "clamped", "refused", "usual"],
)
def test_all_are_listed_in_as_few_requests_as_the_pages_allow(
    teleport: Callable[..., Any],
    sandbox: Sandbox,
    eids: set[str],
    most: int | None,
    refuses: bool,
    requests: list[int],
) -> None:
    sandbox.teleport.largest_page, sandbox.teleport.refuses_larger_pages = most, refuses
    client, counts = teleport(), []
    for _ in requests:
        assert sorted(capture.eid for capture in client.captures()) == sorted(eids)
        counts.append(sandbox.count("list_captures"))
        sandbox.clear_requests()
    assert counts == requests


def test_a_round_of_many_is_one_request_once_it_is_known_how_large_pages_may_be(
    teleport: Callable[..., Any], sandbox: Sandbox, eids: set[str]
) -> None:
    client = teleport()
    for requests in (3, 5):  # the first round asks for the usual page, then for all; a look at the end follows each
        with pytest.raises(JobTimeout):
            list(client.wait_all(list(eids), timeout=0.5))
        assert sandbox.count("list_captures") == requests
