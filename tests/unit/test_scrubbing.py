"""No secret gets into a cassette: canaries are put wherever one may be."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scrubbing import NAMES, SCRUBBED, CassetteError, scrubbed

from safelight import replies

CANARY = "CANARY4f0b7c"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.CANARY-signature"  # pragma: allowlist secret
UNKNOWN = (
    *(
        "auth",
        "code",
        "pwd",
        "pass",
        "passphrase",
        "bearer",
        "assertion",
        "access",
        "refresh",
        "otp_code",
        "account_id",
    ),
    *("user_id", "given_name", "family_name", "address", "webhook_of_tomorrow"),
)
"""Names that no spec has, and one that tells two things."""
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
        f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",  # pragma: allowlist secret
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}",  # pragma: allowlist secret
        b"\x89PNG\r\n\x1a\n\0\0" + CANARY.encode(),
        b"PK\3\4" + CANARY.encode() + b"\0\0",
        b"\xff\xfe" + CANARY.encode("utf-16-le"),
        json.dumps({"password": f"two {CANARY}"}).encode("utf-8-sig"),
        *(CANARY, f"{CANARY}=", [CANARY], json.dumps(CANARY), f"token: >-\n  {CANARY}\n"),
        *({name: CANARY} for name in UNKNOWN),
        *({name: 7_4126_5830} for name in ("pin", "phone", "client_id", "otp_code")),
        {"sessions": {CANARY: {"a": 1}}, "tokens": {"CANARY": True}, "captures": {CANARY: 1}},
        {"data": [CANARY]},
        {"data": {"message": CANARY}},
        {"message": f"the token {CANARY} is over"},
        {"message": f"see token%253D{CANARY}"},
        {"message": f"open https:\\/\\/s.test\\/x?k={CANARY}"},
        {"message": f"open /x?a=1\\u0026k\\u003d{CANARY}"},
        {"message": f'{{"password": "two {CANARY}", "cut off'},
        {"url": f"https://s.test/x;jsessionid={CANARY}"},
        {"url": f"https://s.test/token/{CANARY}/file"},
        {"url": f"//user:{CANARY}@s.test/x"},
        f"<Token><![CDATA[{CANARY}]]></Token>",
        f'<Token type="x">{CANARY}</Token>',
        f'<credential value="{CANARY}"/>',
        f"<Password>two {CANARY}</Password>",
        f'{{"password": "two {CANARY}"}}\n{{"a": 1}}\n',
        f'{{"tokens": ["{CANARY}"], "cut off',
        f'{{"a": "{{\\"token\\": \\"{CANARY}\\"}}", "cut off',
        f"--b\r\nContent-Disposition: form-data; name=password\r\nContent-Type: text/plain\r\n\r\n{CANARY}\r\n--b--",
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_secret_in_a_body_is_replaced(value: Any) -> None:
    body = value if isinstance(value, (str, bytes)) else json.dumps(value)
    text = kept(exchange(sent=body), exchange(got=body))
    assert "CANARY" not in text
    assert "741265830" not in text


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


def test_json_that_is_too_deep_is_cut_out_and_what_no_file_can_hold_is_replaced() -> None:
    assert reply("[" * 100_000 + json.dumps(CANARY) + "]" * 100_000) == SCRUBBED
    assert reply(r'{"message": "a \ud800"}') == '{"message": "a ?"}'


def test_json_that_begins_with_a_byte_order_mark_is_json() -> None:
    assert reply('{"state": "READY"}'.encode("utf-8-sig")) == '{"state": "READY"}'


def test_a_number_that_is_told_as_a_secret_is_nowhere_else() -> None:
    told = {"client_id": 741265830, "parent": 741265830, "message": "client 741265830"}
    text = kept(exchange(got=json.dumps(told)), exchange("https://a.test/clients/741265830/"))
    assert "741265830" not in text
    assert "https://a.test/clients/0/" in text


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


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("set-cookie", f'sid="{CANARY}"; Path=/'),
        ("set-cookie", f"a=1, sid={CANARY}; Path=/"),
        ("cookie", f"a=1; sid={quote(CANARY)}"),
        ("authorization", f'Digest username="of nobody", response="{CANARY}"'),
        ("authorization", f"Token {CANARY} extra"),
        ("authorization", f"token={CANARY}"),
        ("authorization", "Basic " + base64.b64encode(f"user:{CANARY}".encode()).decode()),
        ("authorization", "Basic " + base64.b64encode(f"{CANARY}:of:nobody".encode()).decode()),
        ("x-api-key", CANARY),
    ],
)
@pytest.mark.parametrize("echo", [CANARY, CANARY.upper(), CANARY.lower()])
def test_what_a_header_told_is_not_in_a_reply_either(header: str, value: str, echo: str) -> None:
    text = kept(exchange(asked={header: [value]}, got=json.dumps({"message": f"hello {echo}"})))
    assert CANARY.lower() not in text.lower()
    assert "hello" in text


def test_a_user_in_an_address_is_not_in_a_reply_either() -> None:
    assert CANARY not in kept(exchange(f"https://{CANARY}@s.test/", got=json.dumps({"message": f"hello {CANARY}"})))


def test_a_known_number_is_replaced_where_it_is_the_whole_number() -> None:
    said = {"company_id": 123456, "count": 1123456, "id": 7, "message": "company 123456, not 1123456"}
    text = kept(exchange("https://a.test/companies/123456/", got=json.dumps(said)), secrets=("123456",))
    (cleaned,) = json.loads(text)
    assert cleaned["request"]["uri"] == "https://a.test/companies/0/"
    assert json.loads(cleaned["response"]["body"]["string"]) == {
        **said,
        "company_id": 0,
        "message": "company 0, not 1123456",
    }


@pytest.mark.parametrize(("short", "stands"), [("417", 0), ("a7", SCRUBBED)])
def test_a_short_id_of_the_environment_is_replaced_where_it_is_a_whole_value(short: str, stands: int | str) -> None:
    value = int(short) if short.isdigit() else short
    said = {"company_id": value, "id": f"{short}1", "parent": short, "url": f"https://a.test/companies/{short}"}
    ((cleaned),) = scrubbed([exchange(f"https://a.test/companies/{short}/x", got=json.dumps(said))], (short,))
    assert cleaned["request"]["uri"] == f"https://a.test/companies/{stands}/x"
    assert json.loads(cleaned["response"]["body"]["string"]) == {
        "company_id": stands,
        "id": f"{short}1",
        "parent": str(stands),
        "url": f"https://a.test/companies/{stands}",
    }


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
        [
            exchange(got=json.dumps({"results": [{"upload_url": url}]})),
            exchange(url),
            exchange(told={"Location": [url]}),
        ]
    )
    found = json.loads(first["response"]["body"]["string"])["results"][0]["upload_url"]
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
    assert json.loads(reply(capture)) == {"preview_urls": {SCRUBBED: SCRUBBED}, "viewer_url": SCRUBBED, "gif_url": None}


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
        {"new": None, "newer": {"flag": True, "level": 0.5}},
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


TELLS = st.sampled_from(["header", "cookie", "form", "property", "address", "environment"])
PLACES = st.sampled_from(
    ["value", "key", "deep", "text", "escaped", "top", "number", "path", "query", "header", "plain"]
)
CANARIES = st.one_of(
    st.from_regex(r"kn[a-z]{8,12}", fullmatch=True),
    st.from_regex(r"kn[a-z]{4,6} [a-z0-9]{2,6} [a-z]{4}", fullmatch=True),
    st.from_regex(r'kn["\'<&+/%é][a-z]{8}', fullmatch=True),
    st.integers(10**8, 10**12).map(str),
)


@given(canary=CANARIES, told=TELLS, place=PLACES, beside=JSON)
def test_what_is_told_anywhere_is_found_anywhere_and_json_stays_json(
    canary: str, told: str, place: str, beside: Any
) -> None:
    quoted = quote(canary, safe="")
    teller = {
        "header": lambda: exchange(asked={"x-api-key": [canary]}),
        "cookie": lambda: exchange(told={"set-cookie": [f'id="{canary}"; Path=/']}),
        "form": lambda: exchange(sent=f"client_secret={quote_plus(canary)}", asked=FORM),
        "property": lambda: exchange(
            got=json.dumps({"deep": [{"client_id": int(canary) if canary.isdigit() else canary}]})
        ),
        "address": lambda: exchange(f"https://user:{quoted}@a.test/?token={quoted}"),
        "environment": exchange,
    }[told]()
    value: Any = {
        "value": {"id": canary, "count": beside},
        "key": {"count": {canary: beside}},
        "deep": {"results": [{"errors": [canary, {"message": canary}]}, beside]},
        "text": {"message": f"about {canary}."},
        "escaped": {"message": json.dumps({"message": f"about {canary}"})},
        "top": canary,
        "number": {"id": int(canary) if canary.isdigit() else canary, "count": beside},
    }.get(place, beside)
    echo = exchange(
        f"https://a.test/{quoted}/b" if place == "path" else f"https://a.test/?id={quoted}",
        sent=json.dumps(value),
        got=f"{canary} <b>{canary}</b>" if place == "plain" else json.dumps(value),
        told={"location": [f"https://a.test/{quoted}"], "server": [canary.encode("ascii", "ignore").decode()]},
    )
    cleaned = scrubbed([echo, teller], (canary,) if told == "environment" else ())
    written = json.dumps(cleaned, ensure_ascii=False).lower()
    for form in (canary, quoted, json.dumps(canary)[1:-1]):
        assert form.lower() not in written
    for body in (cleaned[0]["request"]["body"], cleaned[0]["response"]["body"]["string"]):
        assert body == SCRUBBED or json.dumps(json.loads(body), ensure_ascii=False) == body
    assert scrubbed(cleaned) == cleaned


@given(canary=st.from_regex(r"[a-z]?[0-9]{1,5}", fullmatch=True), value=JSON)
def test_a_short_id_is_no_whole_value_and_no_segment(canary: str, value: Any) -> None:
    identity: Any = int(canary) if canary.isdigit() and str(int(canary)) == canary else canary
    said = json.dumps({"company_id": identity, "results": [identity, {"id": canary}], "count": value})
    cleaned = scrubbed([exchange(f"https://a.test/c/{canary}/d/{canary}?e={canary}", got=said)], (canary,))
    told = json.loads(cleaned[0]["response"]["body"]["string"])
    if canary != "0":
        assert identity not in (told["company_id"], told["results"][0])
        assert canary not in (told["results"][1]["id"], *cleaned[0]["request"]["uri"].split("/"))


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
