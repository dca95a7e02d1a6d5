"""No secret gets into a cassette: canaries are put wherever one may be."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from cassettes import NAMES, SCRUBBED, CassetteError, scrubbed
from hypothesis import example, given
from hypothesis import strategies as st

from safelight import replies

CANARY = "CANARY4f0b7c"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.CANARY-signature"
FORM = {"content-type": ["application/x-www-form-urlencoded"]}


def exchange(
    uri: str = "https://api.test/things",
    *,
    sent: bytes | str = b"",
    got: bytes | str = b"",
    asked: dict[str, list[str]] | None = None,
    told: dict[str, list[str]] | None = None,
    message: str = "OK",
) -> dict[str, Any]:
    return {
        "request": {"method": "POST", "uri": uri, "body": sent, "headers": asked or {}},
        "response": {"status": {"code": 200, "message": message}, "headers": told or {}, "body": {"string": got}},
    }


def kept(*exchanges: dict[str, Any], secrets: tuple[str, ...] = ()) -> str:
    """Everything that would be written."""
    cleaned = scrubbed(exchanges, secrets)
    assert scrubbed(cleaned) == cleaned
    return json.dumps(cleaned, ensure_ascii=False)


def reply(value: Any) -> str:
    """What is kept of a reply's body."""
    return scrubbed([exchange(got=value if isinstance(value, (str, bytes)) else json.dumps(value))])[0]["response"][
        "body"
    ]["string"]


@pytest.mark.parametrize(
    "header",
    [
        *("authorization", "Authorization", "proxy-authorization", "x-api-key", "X-API-KEY", "cookie", "host"),
        *("x-amz-security-token", "www-authenticate", "x-request-id", "x-of-tomorrow", "content-disposition"),
    ],
)
def test_headers_are_kept_only_if_they_are_known_to_be_harmless(header: str) -> None:
    assert CANARY not in kept(exchange(asked={header: [f"Bearer {CANARY}"]}), exchange(told={header: [CANARY]}))


@pytest.mark.parametrize("header", ["etag", "content-type", "server", "location", "user-agent"])
def test_what_is_told_as_a_secret_is_not_in_a_harmless_header_either(header: str) -> None:
    one = exchange(asked={"x-api-key": [CANARY]}, told={header: [f"a-{CANARY}-b"]})
    assert CANARY not in kept(one)


@pytest.mark.parametrize(
    "value",
    [
        {"access_token": CANARY},
        {"data": {"list": [{"deep": {"refresh_token": CANARY}}]}},
        {"data": CANARY},
        {"credentials": {"id": CANARY, "more": [CANARY]}},
        {"id_token": JWT},
        {"anything": JWT},
        {"anything": "AKIACANARY0123456789"},
        {"headers": {"Authorization": f"Bearer {CANARY}"}},
        {"curl": f"curl -H 'X-API-KEY: {CANARY}' https://api.test"},
        {"clientSecret": CANARY, "client-id": CANARY, "apiKey": CANARY, "PASSWORD": CANARY, "sid": CANARY},
        {"username": CANARY, "e-mail": CANARY, "phone_number": CANARY, "session_state": CANARY},
        {"contact": f"write to {CANARY}@people.example"},
        {"url": f"https://s3.test/a?X-Amz-Date=1&X-Amz-Signature={CANARY}"},
        {"url": f"https://s3.test/a?X-Amz-Credential={CANARY}%2Fus&X-Amz-Security-Token={CANARY}"},
        {"url": f"https://blob.test/a?sv=2024&se=2026&sig={CANARY}%3D"},
        {"url": f"https://storage.test/a?GoogleAccessId={CANARY}&Expires=1&Signature={CANARY}"},
        {"url": f"https://storage.test/a?X-Goog-Credential={CANARY}&X-Goog-Signature={CANARY}"},
        {"url": f"https://cdn.test/a?Policy={CANARY}&Key-Pair-Id={CANARY}"},
        {"url": f"https://cdn.test/a?{CANARY}"},
        {"url": f"https://user:{CANARY}@cdn.test/a"},
        {"url": f"https://cdn.test/a#access_token={CANARY}"},
        {"url": f"https://cdn.test/a#{CANARY}"},
        {"url": f"/relative?sig={CANARY}"},
        {"hint": f"say Bearer {CANARY}"},
        {"text": f"open https://s.test/?sig={CANARY}, or https%3A%2F%2Fs.test%3Fsig%3D{CANARY} now"},
        {"inner": json.dumps({"refresh_token": CANARY})},
        {"inner": json.dumps({"data": CANARY})},
        {"inner": json.dumps([{"url": f"https://s.test/?sig={CANARY}"}])},
        {f"https://s.test/?sig={CANARY}": 1},
        f"<Error><AWSAccessKeyId>{CANARY}</AWSAccessKeyId><SignatureProvided>{CANARY}</SignatureProvided></Error>",
        f"<input name='csrf_token' value='x'> token: {CANARY}",
        f"grant_type=refresh_token&refresh_token={CANARY}",
        f'{{"access_token": "{CANARY}", "truncat',
        f'{{"access_token": "{CANARY}", "access_token": "x"}}',
        f'--b\r\nContent-Disposition: form-data; name="client_secret"\r\n\r\n{CANARY}\r\n--b--',
        f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}",
        b"\x89PNG\r\n\x1a\n\0\0" + CANARY.encode(),
        b"PK\3\4" + CANARY.encode() + b"\0\0",
        b"\xff\xfe" + CANARY.encode("utf-16-le"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_secret_in_a_body_is_replaced(value: Any) -> None:
    body = value if isinstance(value, (str, bytes)) else json.dumps(value)
    assert "CANARY" not in kept(exchange(sent=body), exchange(got=body))


@pytest.mark.parametrize("name", sorted(replies._SECRETS))
def test_what_the_clients_keep_out_of_messages_is_kept_out_of_cassettes(name: str) -> None:
    assert reply({name: CANARY}) == json.dumps({name: SCRUBBED})


def test_credentials_in_forms_and_addresses_are_replaced() -> None:
    form = f"grant_type=client_credentials&client_id={CANARY}&client_secret={CANARY}%2B&scope=openid+profile"
    uri = f"https://user:{CANARY}@api.test/a?limit=2&token={CANARY}&later={CANARY}"
    (cleaned,) = scrubbed([exchange(uri, sent=form, asked=FORM)])
    assert cleaned["request"]["uri"] == f"https://api.test/a?limit=2&token={SCRUBBED}&later={SCRUBBED}"
    assert cleaned["request"]["body"] == (
        f"grant_type=client_credentials&client_id={SCRUBBED}&client_secret={SCRUBBED}&scope=openid+profile"
    )


def test_an_address_without_a_host_is_an_address_in_location() -> None:
    assert CANARY not in kept(exchange(told={"location": [f"/next?ticket={CANARY}"]}))


def test_a_secret_that_begins_with_another_is_replaced_whole() -> None:
    assert CANARY not in kept(exchange(got=f"first and first-{CANARY}."), secrets=("first-", f"first-{CANARY}"))


def test_cookies_are_replaced_both_ways_and_wherever_else_they_are() -> None:
    login = exchange(told={"Set-Cookie": [f"id={CANARY}; Domain=api.test; Path=/; HttpOnly", "b=2"]})
    later = exchange(asked={"cookie": [f"a=1; id={CANARY}"]}, got=f"hello {CANARY}")
    text = kept(login, later)
    assert CANARY not in text
    assert "https://api.test/things" in text


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "raw deflate", "gzip, identity"])
def test_packed_bodies_are_unpacked_first(coding: str) -> None:
    plain = json.dumps({"access_token": CANARY, "expires_in": 3600}).encode()
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "deflate": zlib.compress(plain),
        "raw deflate": raw.compress(plain) + raw.flush(),
    }.get(coding, gzip.compress(plain))
    told = {"Content-Encoding": [coding.removeprefix("raw ")], "content-length": [str(len(packed))]}
    (cleaned,) = scrubbed([exchange(got=packed, told=told, sent=packed, asked=told)])
    body = cleaned["response"]["body"]["string"]
    assert json.loads(body) == {"access_token": SCRUBBED, "expires_in": 3600}
    assert cleaned["request"]["body"] == body
    assert cleaned["response"]["headers"] == {"content-length": [str(len(body))]}


@pytest.mark.parametrize(
    ("coding", "body"),
    [("br", b"abc"), ("zstd", b"abc"), ("gzip", b"abc"), ("gzip", gzip.compress(bytes(5 << 20)))],
)
def test_what_cannot_be_looked_into_is_not_recorded(coding: str, body: bytes) -> None:
    with pytest.raises(CassetteError):
        scrubbed([exchange(got=body, told={"content-encoding": [coding]})])


def test_an_address_in_a_reply_is_still_that_of_the_request_that_follows() -> None:
    url = f"https://s3.test/a%20b?X-Amz-Credential=AKIA%2F1&X-Amz-Date=20210406T112257Z&X-Amz-Signature={CANARY}"
    first, second, third = scrubbed(
        [exchange(got=json.dumps({"deep": [{"upload_url": url}]})), exchange(url), exchange(told={"Location": [url]})]
    )
    found = json.loads(first["response"]["body"]["string"])["deep"][0]["upload_url"]
    assert found == second["request"]["uri"] == third["response"]["headers"]["Location"][0]
    assert "X-Amz-Date=20210406T112257Z" in found
    assert CANARY not in found


def test_a_share_id_is_replaced_in_the_addresses_that_hold_it() -> None:
    listed = exchange(got=json.dumps({"sid": CANARY, "share_link": f"https://t.test/share/{CANARY}"}))
    text = kept(listed, exchange(f"https://t.test/share/{CANARY}/metadata"))
    assert CANARY not in text
    assert f"https://t.test/share/{SCRUBBED}/metadata" in text


def test_what_shows_a_users_own_captures_is_replaced() -> None:
    capture = {"preview_urls": {"small": "https://cdn.test/Ada"}, "viewer_url": "https://t.test/Ada", "gif_url": None}
    assert json.loads(reply(capture)) == {"preview_urls": {"small": SCRUBBED}, "viewer_url": SCRUBBED, "gif_url": None}


def test_names_of_people_are_replaced_and_those_of_recordings_kept() -> None:
    subject = {"name": "Ada", "birth_date": "1815-12-10", "meta": {"note": "Ada"}, "company": {"id": 1, "name": "Ada"}}
    assert "Ada" not in reply(subject)
    assert reply({"name": NAMES[0], "age": 7}) == json.dumps({"name": NAMES[0], "age": 7})


@pytest.mark.parametrize(
    "value",
    [
        {"expires_in": 3600, "token_type": "bearer"},
        {"state": "READY", "eid": "4f0b7c", "is_public": True, "preview_url": None},
        {"disparity": {"mono": 5}, "lif": {"encode": 0.5}},
        {"status": "REJECTED", "reason": "Too Many Requests. Rate limit exceeded."},
        {"detail": [{"loc": ["body", "name"], "msg": "Field required", "type": "missing"}]},
        {"size": [900, 600], "filename": "burger.jpg", "url": "https://letsenhance.io/docs/assets/samples/burger.jpg"},
        {"errorCode": "NOT_ENOUGH_CREDIT_BALANCE", "correlationId": "4d4eb584-a5cd-453b-8b67-567c1df26cb4"},
        {"next": "https://saas.test/subjects/?limit=10&offset=10"},
    ],
)
def test_what_is_no_secret_is_kept(value: Any) -> None:
    assert reply(value) == json.dumps(value)


TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_characters="\x7f"), max_size=20)
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=24).map("k4n".__add__)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def in_base64(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode()


def in_lower_case_url(secret: str) -> str:
    return "".join(quote(character, safe="").lower() if not character.isalnum() else character for character in secret)


WRITTEN = st.sampled_from([str, lambda secret: quote(secret, safe=""), quote_plus, in_lower_case_url, in_base64])


@given(secret=SECRETS, written=WRITTEN, value=JSON, place=st.sampled_from(["key", "text", "plain", "header", "packed"]))
def test_a_secret_that_was_sent_is_nowhere_in_what_came_back(secret: str, written: Any, value: Any, place: str) -> None:
    sent = exchange(sent=f"client_secret={quote_plus(secret)}", asked=FORM)
    there = f"before {written(secret)} after"
    body = json.dumps({there: value} if place == "key" else {"message": [there, value]})
    echo = {
        "plain": lambda: exchange(got=there),
        "header": lambda: exchange(told={"server": [there], "location": [f"https://a.test/{written(secret)}"]}),
        "packed": lambda: exchange(got=gzip.compress(body.encode()), told={"content-encoding": ["gzip"]}),
    }.get(place, lambda: exchange(got=body))()
    text = json.dumps(scrubbed([echo, sent]))
    for form in (secret, json.dumps(secret)[1:-1], written(secret)):
        assert form not in text
        assert form not in json.loads(text)[0]["response"]["body"]["string"]


@given(
    name=st.sampled_from(["access_token", "clientSecret", "X-API-KEY", "password", "X-Amz-Signature", "set-cookie"]),
    path=st.lists(st.integers(0, 2) | st.sampled_from(["results", "deep", "detail"]), max_size=5),
    beside=JSON,
)
def test_a_secret_is_found_by_its_name_however_deep_it_is(name: str, path: list[Any], beside: Any) -> None:
    value: Any = {name: CANARY, "beside": beside}
    for step in path:
        value = [*[beside] * step, value] if isinstance(step, int) else {step: value, "beside": beside}
    assert CANARY not in kept(exchange(got=json.dumps(value)))


@given(body=JSON.map(json.dumps) | TEXT, header=TEXT, query=TEXT)
@example(body="token=a=b&c", header="Bearer Bearer x", query="a=b=c&&d")
def test_scrubbing_what_is_scrubbed_changes_nothing(body: str, header: str, query: str) -> None:
    one = exchange(f"https://a.test/p?{query}", sent=body, got=body, told={"server": [header], "location": [header]})
    once = scrubbed([one])
    assert scrubbed(once) == once
