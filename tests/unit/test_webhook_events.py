"""What the services say, as events: read, known apart, confirmed, and kept out of sight."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from safelight import ConfigError, InvalidWebhook
from safelight.webhooks import Event, EventStore
from safelight.webhooks.events import event_of
from tests.webhook_calls import ENDS, SECRET, SERVICES, call

SAID: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("teleport", {"eid": "e", "state": "READY"}, {"job_id": "e", "state": "READY", "ended": True, "failed": False}),
    ("teleport", {"eid": "e", "state": "PROCESSING"}, {"state": "PROCESSING", "ended": False, "failed": False}),
    ("teleport", {"eid": "e", "state": "DREAMING", "error_reason": None}, {"ended": False, "failed": False}),
    ("teleport", {"eid": "e", "state": "ERROR"}, {"reason": None, "ended": True, "failed": True}),
    (
        "teleport",
        {"eid": "e", "state": "FAILED", "error_reason": "NOT_ENOUGH_FRAMES"},
        {"reason": "NOT_ENOUGH_FRAMES", "ended": True, "failed": True},
    ),
    ("teleport", {"eid": "e", "state": "CREATED", "error_reason": "X"}, {"ended": True, "failed": True}),
    ("teleport", {"eid": None, "state": 7}, {"job_id": None, "state": "7", "ended": False}),
    ("teleport", {}, {"job_id": None, "state": None, "ended": False, "failed": False}),
    ("immersity", {"correlationId": "c"}, {"job_id": "c", "state": None, "ended": True, "failed": False}),
    (
        "immersity",
        {"correlationId": "c", "errorCode": "ERROR_VIDEO_LENGTH_MISMATCH", "errorMessage": "x"},
        {"reason": "ERROR_VIDEO_LENGTH_MISMATCH", "ended": True, "failed": True},
    ),
    ("immersity", {}, {"job_id": None, "ended": True, "failed": False}),
    ("letsenhance", {"id": 26082838}, {"job_id": "26082838", "state": None, "ended": True, "failed": False}),
    ("letsenhance", {"pipeline_id": "26082838"}, {"job_id": "26082838"}),
    ("letsenhance", {"id": "of the call", "pipeline_id": 1}, {"job_id": "1"}),
    ("letsenhance", {"pipeline": 26082838, "status": "DONE"}, {"job_id": "26082838", "state": "DONE", "ended": True}),
    (
        "letsenhance",
        {"status": "ACCEPTED", "pipeline": {"id": 1, "status": "PROCESSING", "errors": ["x"]}},
        {"job_id": "1", "state": "PROCESSING", "reason": None, "ended": False},
    ),
    (
        "letsenhance",
        {"pipeline": {"id": 1, "status": "ERROR", "errors": [{}, "no https://b.test/a.jpg?sig=CANARY"], "error": "e"}},
        {"state": "ERROR", "reason": "no https://b.test/a.jpg?...", "ended": True, "failed": True},
    ),
    ("letsenhance", {"id": True}, {"job_id": None}),
    ("hautai", {"image_batch_id": "b", "status": "done"}, {"job_id": "b", "state": "done", "ended": False}),
    ("hautai", {"batch_id": 7}, {"job_id": "7", "state": None, "failed": False}),
    ("hautai", {"batch": {"id": "b"}}, {"job_id": "b"}),
    ("hautai", {"event": "x", "data": {"image": {}, "batch": "b"}}, {"job_id": "b"}),
    ("hautai", {"images": []}, {"job_id": None}),
]


@pytest.mark.parametrize(("service", "facts", "expected"), SAID)
def test_what_a_service_says_is_read(service: str, facts: dict[str, Any], expected: dict[str, Any]) -> None:
    event = call(service, facts).parsed()
    assert {name: getattr(event, name) for name in expected} == expected
    assert event.body == facts


@pytest.mark.parametrize("value", ["", " ", "x" * 201, "a\nb", "\x00", "\ud800", "\u202e", 1.5, [], {}, None, False])
def test_what_cannot_be_an_id_is_none(value: Any) -> None:
    assert event_of("teleport", {"eid": value}).job_id is None


def test_lets_enhances_form_is_read_as_well() -> None:
    made = call("letsenhance", b"id=26082838&status=DONE&empty=")
    event = made.typed("application/x-www-form-urlencoded; charset=utf-8").parsed()
    assert (event.job_id, event.state, event.ended) == ("26082838", "DONE", True)
    for body in (b"&".join(b"a=%d" % n for n in range(200)), b"id=\xff"):
        with pytest.raises(InvalidWebhook) as caught:
            call("letsenhance", body).typed("application/x-www-form-urlencoded").parsed()
        assert caught.value.status == 400


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", "application/x+json"])
def test_json_goes_by_several_names_and_may_go_without(content_type: str) -> None:
    assert call("teleport").typed(content_type).parsed().ended
    made = call("teleport")
    signed = {name: value for name, value in made.headers.items() if name != "Content-Type"}
    assert made.but(headers=signed).parsed().ended


def test_events_are_known_apart_by_their_job_state_and_reason() -> None:
    told = [
        {"eid": "e", "state": "PROCESSING"},
        {"eid": "e", "state": "READY"},
        {"eid": "e", "state": "ERROR", "error_reason": "A"},
        {"eid": "e", "state": "ERROR", "error_reason": "B"},
        {"eid": "f", "state": "READY"},
        {"state": "READY", "more": 1},
        {"state": "READY", "more": 2},
    ]
    keys = [call("teleport", facts).parsed().key for facts in told]
    assert len(set(keys)) == len(told)
    assert keys == [call("teleport", {**facts, "sid": None}).parsed().key for facts in told[:5]] + keys[5:]
    assert Event(service="teleport", job_id="f", state="READY").key == keys[4]


def test_several_calls_of_hautai_about_one_batch_are_several_events() -> None:
    keys = {call("hautai", {"batch_id": "b", "image_id": image}).parsed().key for image in ("i", "j")}
    assert len(keys) == 2


class FakeLetsEnhance:
    def pipeline(self, pipeline_id: str) -> str:
        return f"fetched {pipeline_id}"


def test_an_event_of_lets_enhance_is_confirmed_by_fetching_its_pipeline() -> None:
    enhance: Any = FakeLetsEnhance()
    told: Any = call("letsenhance", {"id": 7}).parsed().confirm(enhance)
    assert told == "fetched 7"
    with pytest.raises(ConfigError, match="names no pipeline"):
        call("letsenhance", {"hello": 1}).parsed().confirm(enhance)


@pytest.mark.parametrize("service", ["teleport", "immersity", "hautai"])
def test_other_services_say_why_there_is_nothing_to_confirm(service: str) -> None:
    with pytest.raises(ConfigError, match=r"nothing to confirm|no request for one job"):
        call(service).parsed().confirm(FakeLetsEnhance())  # type: ignore[call-overload]


@pytest.mark.parametrize("service", SERVICES)
def test_neither_the_body_nor_the_secret_is_shown(service: str) -> None:
    event = call(service).parsed()
    shown = repr(event) + str(event) + event.key
    assert "job-1" in shown
    assert "CANARY" not in shown
    assert SECRET not in shown
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        event.state = "READY"  # type: ignore[misc]
    assert {event: 1}[call(service).parsed()] == 1


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
names = st.sampled_from([*{name for facts in ENDS.values() for name in facts}, "id", "status", "errors", "batch", "x"])


@given(service=st.sampled_from(SERVICES), facts=st.dictionaries(names, json_like))
@example("letsenhance", {"pipeline": {"status": "ERROR", "errors": ["\ud800 bearer x"], "error": 10**3000}})
@example("teleport", {"eid": "\ud800", "state": "\udfff", "error_reason": "\ud800"})
@settings(max_examples=300)
def test_whatever_an_authentic_body_holds_an_event_comes_of_it(service: str, facts: dict[str, Any]) -> None:
    body = json.dumps(facts).encode()
    event = call(service, body).parsed()
    with EventStore() as store:
        assert store.begin(event) == "new"
        store.finish(event)
        assert store.begin(event) == "done"
    repr(event).encode()


def test_events_without_a_job_differ_by_all_that_they_say() -> None:
    bodies = [{"url": f"https://me.test/get?pipeline={n}"} for n in (1, 2)] + [
        {"note": "ready?no"},
        {"note": "ready?yes"},
    ]
    assert len({event_of("hautai", body).key for body in bodies}) == 4


def test_an_event_that_is_repeated_with_freshly_signed_addresses_is_the_same() -> None:
    bodies = [{"image_batch_id": 1, "image": f"https://cdn.test/a.jpg?X-Goog-Signature={n}"} for n in (1, 2)]
    assert len({event_of("hautai", body).key for body in bodies}) == 1
    assert event_of("hautai", {**bodies[0], "note": "ready?"}).key != event_of("hautai", bodies[0]).key


def test_a_job_that_fails_again_is_another_event() -> None:
    failed = {"correlationId": "a", "errorCode": "X"}
    first, second = (event_of("immersity", {**failed, "errorMessage": f"try {n}"}) for n in (1, 2))
    assert first.key != second.key


def test_numbers_that_python_does_not_write_out_do_no_harm() -> None:
    for service in ("teleport", "immersity", "letsenhance", "hautai"):
        facts = dict.fromkeys(["eid", "state", "correlationId", "errorCode", "id", "image_batch_id"], 10**5000)
        assert event_of(service, facts).job_id is None
