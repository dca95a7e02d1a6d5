from __future__ import annotations

import copy
import inspect
import pickle

import pytest

import safelight
from safelight import errors

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, safelight.SafelightError)]
FACTS = {
    safelight.APIError: {
        "status": 418,
        "method": "GET",
        "url": "https://a.test/b",
        "body": {"detail": "x"},
        "code": "C",
    },
    safelight.JobFailed: {"job_id": "eid", "reason": "NOT_ENOUGH_FRAMES"},
    safelight.JobTimeout: {"job_id": "eid", "state": "PROCESSING"},
}


def made(kind: type[safelight.SafelightError]) -> safelight.SafelightError:
    return kind("what happened", **next((facts for base, facts in FACTS.items() if issubclass(kind, base)), {}))


@pytest.mark.parametrize("kind", ALL)
def test_every_error_is_public_and_survives_pickling_and_copying(kind: type[safelight.SafelightError]) -> None:
    assert getattr(safelight, kind.__name__) is kind
    error = made(kind)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301 - its own
        assert type(twin) is kind
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)


def test_an_api_errors_message_tells_what_where_and_what_now() -> None:
    error = safelight.APIError(
        "out of order", status=500, method="GET", url="https://a.test/b", request_id="7", advice="Try again later."
    )
    assert str(error) == "GET https://a.test/b: 500 out of order (request 7). Try again later."


def test_a_timeout_can_be_caught_as_the_built_in_one() -> None:
    assert issubclass(safelight.JobTimeout, TimeoutError)
