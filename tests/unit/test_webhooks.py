"""What is taken for a webhook, and how often: each row of the table by `parse` and through the receiver."""

from __future__ import annotations

import base64
import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from http.client import HTTPMessage
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from safelight import ConfigError, InvalidWebhook
from safelight.webhooks import LARGEST_BODY, Event, EventStore, WebhookReceiver, parse, with_token
from tests.conftest import FakeClock
from tests.webhook_calls import ENDS, SECRET, SERVICES, Call, answers, call, signature

LIMIT = {service: 4 * LARGEST_BODY if service == "hautai" else LARGEST_BODY for service in SERVICES}
MANY = {service: 5_000_000 if service == "hautai" else 2_000_000 for service in SERVICES}
"""Bytes of a body that no service sends: Haut.AI's have up to 3 MB, say its documents."""

MINUTES = 60.0
DAYS = 86400.0


def spaced(body: bytes) -> bytes:
    """Bytes that say the same, and are others."""
    return body.replace(b": ", b" : ")


@attrs.frozen
class Refusal:
    change: Callable[[str], Call]
    status: int
    services: tuple[str, ...] = SERVICES


REFUSED = {
    "tampered body": Refusal(
        lambda service: call(service).but(body=call(service).body.replace(b"job-1", b"job-2")), 401, ("teleport",)
    ),
    "body decoded and encoded again": Refusal(
        lambda service: call(service).but(body=spaced(call(service).body)), 401, ("teleport",)
    ),
    "wrong secret": Refusal(lambda service: call(service, secret="another"), 401),
    "secret cut short": Refusal(lambda service: call(service, secret=SECRET[:-1]), 401),
    "nothing that shows a secret": Refusal(
        lambda service: call(service).but(headers={"Content-Type": "application/json"}, query=""), 401
    ),
    "2 MB body (5 MB of Haut.AI)": Refusal(
        lambda service: call(service, {**ENDS[service], "more": "x" * MANY[service]}), 413
    ),
    "one byte more than the limit": Refusal(lambda service: call(service, b" " * (LIMIT[service] + 1)), 413),
    "not JSON": Refusal(lambda service: call(service, b"state=READY&eid=1"), 400),
    "cut JSON": Refusal(lambda service: call(service, call(service).body[:-1]), 400),
    "empty body": Refusal(lambda service: call(service, b""), 400),
    "JSON, but no object": Refusal(lambda service: call(service, b'["job-1"]'), 400),
    "a number that JSON does not know": Refusal(lambda service: call(service, b'{"eid": NaN}'), 400),
    "a number of 5000 digits": Refusal(lambda service: call(service, b'{"eid": %s}' % (b"7" * 5000)), 400),
    "no UTF-8": Refusal(lambda service: call(service, b'{"eid": "\xff\xfe\xfa"}'), 400),
    "nested 100 000 deep": Refusal(lambda service: call(service, b'{"a":' * 100_000 + b"1" + b"}" * 100_000), 400),
    "wrong content type": Refusal(lambda service: call(service).typed("text/html"), 415),
    "a picture": Refusal(lambda service: call(service, b"\xff\xd8\xff\xe0").typed("image/jpeg"), 415),
    "a form": Refusal(
        lambda service: call(service, b"id=1").typed("application/x-www-form-urlencoded"),
        415,
        ("teleport", "immersity", "hautai"),
    ),
}
EACH_REFUSED = [(service, row) for row, refusal in REFUSED.items() for service in refusal.services]


@pytest.mark.parametrize(("service", "row"), EACH_REFUSED)
def test_what_is_no_webhook_is_refused_with_its_status(service: str, row: str) -> None:
    with pytest.raises(InvalidWebhook) as caught:
        REFUSED[row].change(service).parsed()
    assert caught.value.status == REFUSED[row].status
    assert caught.value.__cause__ is None
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(("service", "row"), EACH_REFUSED)
def test_the_receiver_refuses_it_too_and_hands_nothing_on(service: str, row: str) -> None:
    events: list[Event] = []
    receiver = WebhookReceiver({service: SECRET}, on_event=events.append)
    (answer,) = answers(receiver, REFUSED[row].change(service))
    assert (answer.status, answer.said) == (REFUSED[row].status, "refused")
    assert events == []


@attrs.frozen
class History:
    """Calls with the seconds before each and the receiver's word for it; FAILS is a call whose handler fails."""

    calls: Callable[[str], list[tuple[float, Call, str]]]
    services: tuple[str, ...] = SERVICES


FAILS = "failed"
GOING_ON: dict[str, dict[str, Any]] = {
    "teleport": {"eid": "job-1", "sid": None, "state": "PROCESSING"},
    "letsenhance": {"pipeline": {"id": "job-1", "status": "PROCESSING"}},
}
HISTORIES = {
    "a first call": History(lambda service: [(0, call(service), "handled")]),
    "duplicate": History(lambda service: [(0, call(service), "handled"), (0, call(service), "duplicate")]),
    "duplicate with other bytes": History(
        lambda service: [(0, call(service), "handled"), (1, call(service, spaced(call(service).body)), "duplicate")],
        ("teleport", "immersity", "letsenhance"),
    ),
    "duplicate with an address signed afresh": History(
        lambda service: [
            (0, call(service), "handled"),
            (180, call(service, call(service).body.replace(b"CANARY", b"AFRESH")), "duplicate"),
        ]
    ),
    "replay": History(
        lambda service: [
            (0, call(service), "handled"),
            (29 * DAYS, call(service), "duplicate"),
            (2 * DAYS, call(service), "handled"),  # it is remembered for 30 days
        ]
    ),
    "late, after failures": History(
        lambda service: [
            (0, call(service), FAILS),
            (3 * MINUTES, call(service), FAILS),
            (6 * MINUTES, call(service), "handled"),
            (10 * MINUTES, call(service), "duplicate"),
        ]
    ),
    "in order": History(
        lambda service: [(0, call(service, GOING_ON[service]), "handled"), (9, call(service), "handled")],
        ("teleport", "letsenhance"),
    ),
    "out of order": History(
        lambda service: [(0, call(service), "handled"), (9, call(service, GOING_ON[service]), "outdated")],
        ("teleport", "letsenhance"),
    ),
    "late, after the end": History(
        lambda service: [
            (0, call(service, GOING_ON[service]), FAILS),
            (3 * MINUTES, call(service), "handled"),
            (6 * MINUTES, call(service, GOING_ON[service]), "outdated"),
        ],
        ("teleport", "letsenhance"),
    ),
    "another job": History(
        lambda service: [
            (0, call(service), "handled"),
            (0, call(service, call(service).body.replace(b"job-1", b"job-2")), "handled"),
        ]
    ),
}


@pytest.mark.parametrize(
    ("service", "row"), [(service, row) for row, history in HISTORIES.items() for service in history.services]
)
def test_each_event_is_handled_once_whenever_and_however_often_it_comes(
    service: str, row: str, clock: FakeClock
) -> None:
    handled: list[str] = []
    failing = [False]

    def handle(event: Event) -> None:
        if failing[0]:
            raise RuntimeError
        handled.append(event.key)

    receiver = WebhookReceiver({service: SECRET}, on_event=handle, store=EventStore(clock=clock))
    expected = []
    for seconds, made, said in HISTORIES[row].calls(service):
        clock.advance(seconds)
        failing[0] = said == FAILS
        (answer,) = answers(receiver, made)
        assert (answer.status, answer.said) == (500 if said == FAILS else 200, said)
        if said == "handled":
            expected.append(made.parsed().key)
    assert handled == expected


ENCODINGS: dict[str, Callable[[bytes], str]] = {
    "hex": lambda digest: digest.hex(),
    "hex in capitals": lambda digest: digest.hex().upper(),
    "sha256=hex": lambda digest: f"sha256={digest.hex()}",
    "SHA256=hex": lambda digest: f"SHA256={digest.hex()}",
    "base64": lambda digest: base64.b64encode(digest).decode(),
    "base64 without padding": lambda digest: base64.b64encode(digest).decode().rstrip("="),
    "base64 for URLs": lambda digest: base64.urlsafe_b64encode(digest).decode(),
    "base64 for URLs without padding": lambda digest: base64.urlsafe_b64encode(digest).decode().rstrip("="),
    "sha256=base64": lambda digest: f"sha256={base64.b64encode(digest).decode()}",
    "with space around": lambda digest: f"  {digest.hex()} ",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(number=st.integers(), secret=st.text(min_size=1).filter(str.strip))
@settings(max_examples=20)
def test_teleports_signature_is_read_in_every_encoding(encoding: str, number: int, secret: str) -> None:
    body = json.dumps({"eid": "e", "number": number}).encode()
    try:
        written = ENCODINGS[encoding](signature(body, secret))
    except UnicodeEncodeError:
        return  # half a surrogate pair is no secret that anybody can type
    assert parse("teleport", {"X-Teleport-Signature": written}, body, secret=secret).job_id == "e"
    tampered = ENCODINGS[encoding](signature(body + b" ", secret))
    with pytest.raises(InvalidWebhook):
        parse("teleport", {"X-Teleport-Signature": tampered}, body, secret=secret)


def test_of_several_signatures_none_counts() -> None:
    made = call("teleport")
    right, wrong = made.headers["X-Teleport-Signature"], "0" * 64
    for values in ((right, wrong), (wrong, right), (right, right)):
        headers = [("X-Teleport-Signature", value) for value in values]
        with pytest.raises(InvalidWebhook):
            parse("teleport", headers, made.body, secret=SECRET)
    with pytest.raises(InvalidWebhook):
        parse("teleport", {"X-Teleport-Signature": f"{wrong}, {right}"}, made.body, secret=SECRET)


def test_the_time_that_a_comparison_takes_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bool] = []
    compare = hmac.compare_digest

    def counted(one: bytes, other: bytes) -> bool:
        compared.append(compare(one, other))
        return compared[-1]

    monkeypatch.setattr(hmac, "compare_digest", counted)
    call("teleport").parsed()
    assert sorted(compared) == [False, True]  # as hexadecimal digits, and as what these would be in base64
    compared.clear()
    parse("hautai", {"Authorization": "Bearer s"}, b"{}", secret="s", url="?a=s&b=t&c=s")
    assert compared == [True, False, True, True]


def test_headers_are_read_from_whatever_frameworks_keep_them_in() -> None:
    made = call("teleport")
    message = HTTPMessage()
    for name, value in made.headers.items():
        message[name] = value
    pairs = [(name.upper().encode(), value.encode()) for name, value in made.headers.items()]
    for headers in (made.headers, message, pairs, dict(pairs), Headers(made.headers), iter(pairs)):
        assert parse("teleport", headers, made.body, secret=SECRET).verified  # type: ignore[arg-type]
    for body in (bytearray(made.body), memoryview(made.body)):
        assert parse("teleport", made.headers, body, secret=SECRET).verified  # type: ignore[arg-type]


def test_a_decoded_body_is_the_callers_mistake_not_the_services() -> None:
    made = call("teleport")
    for body in (made.body.decode(), json.loads(made.body), None):
        with pytest.raises(ConfigError, match="raw body"):
            parse("teleport", made.headers, body, secret=SECRET)  # type: ignore[arg-type]


@pytest.mark.parametrize("service", ["teleport", "hautai"])
@pytest.mark.parametrize("secret", [None, "", "  ", 7, ("a", ""), ("a",), ("a", "b", "c")])
def test_a_missing_secret_is_told_with_its_setting(service: str, secret: Any) -> None:
    with pytest.raises(ConfigError, match="secret"):
        call(service).parsed(secret)
    if secret is None:
        with pytest.raises(ConfigError, match=f"{service.upper()}_WEBHOOK_SECRET"):
            WebhookReceiver({service: secret}, on_event=print)


@pytest.mark.parametrize("service", ["immersity", "letsenhance", "leiapix"])
def test_an_unsigned_event_is_taken_without_a_secret_and_is_not_verified(service: str) -> None:
    home = "immersity" if service == "leiapix" else service
    made = call(home).but(service=service)
    assert made.but(query="").parsed(None).verified is False
    assert made.parsed().verified is True
    assert made.parsed().service == home
    for secret in ("", ("key", SECRET)):
        with pytest.raises(ConfigError, match="secret is"):
            made.parsed(secret)


def test_an_unknown_service_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match="teleport, immersity, letsenhance, hautai, leiapix"):
        parse("varjo", {}, b"{}")
    with pytest.raises(ConfigError, match="varjo"):
        WebhookReceiver({"varjo": SECRET}, on_event=print)
    with pytest.raises(ConfigError, match="empty"):
        WebhookReceiver({}, on_event=print)


URLS = ["https://me.test/hooks/letsenhance", "http://me.test:8080/?a=1&b=2%203#part", "https://[::1]/x?token=old&y="]


@pytest.mark.parametrize("url", URLS)
@given(secret=st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])).filter(str.strip))
@settings(max_examples=20)
def test_a_token_that_was_put_into_an_address_is_found_in_the_call(url: str, secret: str) -> None:
    address = with_token(url, secret)
    path = "/" + address.partition("//")[2].partition("/")[2].partition("#")[0]
    for called in (address, path):
        assert parse("letsenhance", {}, b'{"id": 1}', secret=secret, url=called).verified
        with pytest.raises(InvalidWebhook):
            parse("letsenhance", {}, b'{"id": 1}', secret=secret + "x", url=called)


def test_a_token_is_added_and_leaves_the_rest_of_the_address_as_it_was() -> None:
    assert with_token(URLS[0], "a b") == "https://me.test/hooks/letsenhance?token=a%20b"
    assert with_token(URLS[1], "s") == "http://me.test:8080/?a=1&b=2%203&token=s#part"
    assert with_token(URLS[2], "s") == "https://[::1]/x?y=&token=s"
    for url in ("me.test/hooks", "ftp://me.test/", "https://", "http://[", ""):
        with pytest.raises(ConfigError, match="url"):
            with_token(url, "s")
    with pytest.raises(ConfigError, match="secret"):
        with_token(URLS[0], "")


@pytest.mark.parametrize("query", ["token=wrong&token={0}", "token={0}&token={0}", "Token={0}", "", "a=1&" * 200])
def test_an_address_has_the_token_once(query: str) -> None:
    with pytest.raises(InvalidWebhook):
        parse("immersity", {}, b"{}", secret="s", url=f"/x?{query.format('s')}")


BASIC = base64.b64encode(b"key:va:lue").decode()
AUTHORIZED: dict[str, tuple[Any, dict[str, str], str]] = {
    "bearer": ("va:lue", {"Authorization": "Bearer va:lue"}, ""),
    "bearer, key known": (("key", "va:lue"), {"authorization": "bearer  va:lue"}, ""),
    "basic, password": ("va:lue", {"Authorization": f"Basic {BASIC}"}, ""),
    "basic, key and password as one": ("key:va:lue", {"Authorization": f"basic {BASIC}"}, ""),
    "basic, key known": (("key", "va:lue"), {"Authorization": f"Basic {BASIC}"}, ""),
    "query, any name": ("va:lue", {}, "a=1&other=va%3Alue"),
    "query, key known": (("key", "va:lue"), {}, "a=1&key=va:lue"),
}
NOT_AUTHORIZED: dict[str, tuple[Any, dict[str, str], str]] = {
    "bearer": ("va:lue", {"Authorization": "Bearer va:lu"}, ""),
    "no scheme": ("va:lue", {"Authorization": "va:lue"}, ""),
    "another scheme": ("va:lue", {"Authorization": "Digest va:lue"}, ""),
    "basic, another key": (("yek", "va:lue"), {"Authorization": f"Basic {BASIC}"}, ""),
    "basic, another password": (("key", "value"), {"Authorization": f"Basic {BASIC}"}, ""),
    "basic, key instead of password": ("key", {"Authorization": f"Basic {BASIC}"}, ""),
    "basic, no base64": ("va:lue", {"Authorization": "Basic key:va:lue"}, ""),
    "query, another key": (("yek", "va:lue"), {}, "key=va:lue"),
    "query, the name": ("va:lue", {}, "va:lue=key"),
}


@pytest.mark.parametrize("row", AUTHORIZED)
def test_hautais_authorization_is_taken_as_it_was_registered(row: str) -> None:
    secret, headers, query = AUTHORIZED[row]
    assert parse("hautai", headers, b"{}", secret=secret, url=f"https://me.test/hautai?{query}").verified


@pytest.mark.parametrize("row", NOT_AUTHORIZED)
def test_hautais_call_without_the_registered_authorization_is_refused(row: str) -> None:
    secret, headers, query = NOT_AUTHORIZED[row]
    with pytest.raises(InvalidWebhook) as caught:
        parse("hautai", headers, b"{}", secret=secret, url=f"https://me.test/hautai?{query}")
    assert caught.value.status == 401


def test_of_several_authorizations_none_counts() -> None:
    with pytest.raises(InvalidWebhook):
        parse("hautai", [("Authorization", "Bearer s"), ("authorization", "Bearer s")], b"{}", secret="s")


@given(
    service=st.sampled_from(SERVICES),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["X-Teleport-Signature", "Authorization", "Content-Type", "x"]),
            st.text()
            | st.sampled_from(["sha256=", "=", "Basic ====", "Bearer ", "Basic", "application/json", "ÿ" * 64]),
        )
    ),
    body=st.binary() | st.text().map(lambda text: json.dumps({"eid": text}).encode()),
    url=st.text() | st.text().map(lambda text: f"?token={text}"),
)
@settings(max_examples=300)
def test_whatever_a_stranger_sends_is_refused_and_nothing_else_happens(
    service: str, headers: list[tuple[str, str]], body: bytes, url: str
) -> None:
    with pytest.raises(InvalidWebhook):
        parse(service, headers, body, secret=SECRET, url=url)


def test_reading_webhooks_loads_neither_httpx_nor_asyncio_nor_sqlite() -> None:
    program = (
        "import sys\nfrom safelight.webhooks import parse\n"
        "parse('letsenhance', {}, b'{\"id\": 1}')\n"
        "print(*({'httpx', 'asyncio', 'sqlite3', 'starlette', 'safelight_api'} & set(sys.modules)))"
    )
    finished = subprocess.run([sys.executable, "-I", "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    assert finished.stdout.split() == []


def test_what_haut_ai_tells_of_three_sides_is_taken() -> None:
    body = {**ENDS["hautai"], "more": "x" * 3_000_000}
    made = call("hautai", body)
    assert parse("hautai", made.headers, made.body, secret=SECRET).job_id == "job-1"


@pytest.mark.parametrize("text", ["://", "a://b?", "https://", "?"])
def test_a_body_that_is_all_addresses_is_read_in_one_go(text: str) -> None:
    body = {**ENDS["hautai"], "more": text * (3_000_000 // len(text))}  # quadratic, it would take hours
    made = call("hautai", body)
    assert parse("hautai", made.headers, made.body, secret=SECRET).job_id == "job-1"
