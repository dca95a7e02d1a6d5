"""The capture API of the sandbox; the client compares every reply with the contract."""

from __future__ import annotations

import hashlib
import re
import zipfile
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from safelight.sandbox import Sandbox, SandboxClock
from safelight.sandbox.contract import contract_of
from tests.contract.sandbox_api import CHUNK, Api, archive, frozen_sandbox, picture

DATA = bytes(range(256)) * 10
REQUESTS = [
    ("GET", "/api/v1/captures"),
    ("POST", "/api/v1/captures"),
    ("PUT", "/api/v1/captures/x"),
    ("DELETE", "/api/v1/captures/x"),
    ("POST", "/api/v1/captures/x/create-upload-url/1"),
    ("POST", "/api/v1/captures/x/uploaded"),
    ("GET", "/share/x/metadata"),
    ("GET", "/api/v2/captures/x/metadata"),
]


def token_form(sandbox: Sandbox, **changes: str) -> dict[str, str]:
    credentials = {
        "client_id": sandbox.env["TELEPORT_CLIENT_ID"],
        "client_secret": sandbox.env["TELEPORT_CLIENT_SECRET"],
    }
    return {"grant_type": "client_credentials", **credentials, **changes}


def test_a_capture_goes_from_created_to_ready(api: Api) -> None:
    new = api.create(len(DATA))
    assert new["num_parts"] == 3
    assert new["chunk_size"] == CHUNK
    assert api.listed(new["eid"])["state"] == "CREATED"
    parts = api.put_parts(new["eid"], DATA)
    assert api.listed(new["eid"])["state"] == "UPLOADING"
    completed = api.complete(new["eid"], parts).json()
    assert completed["state"] == "PROCESSING"
    assert completed["sid"] is None
    assert completed["uploaded"]
    api.sandbox.clock.advance(4.9)
    assert api.listed(new["eid"])["state"] == "PROCESSING"
    api.sandbox.clock.advance(0.2)
    ready = api.listed(new["eid"])
    assert ready["state"] == "READY"
    assert ready["sid"]
    assert ready["error_reason"] is None


def test_the_server_side_shows_what_arrived(api: Api) -> None:
    eid = api.upload(DATA)
    capture = api.sandbox.teleport.captures[eid]
    assert capture.received == len(DATA)
    assert capture.completed == 1
    assert capture.md5 == hashlib.md5(DATA).hexdigest()
    assert capture.sha256 == hashlib.sha256(DATA).hexdigest()
    assert [(part.number, part.size, part.accepted) for part in capture.upload.in_order] == [
        (1, 1000, 1),
        (2, 1000, 1),
        (3, 560, 1),
    ]


def test_timestamps_have_no_zone_unless_asked_for(api: Api) -> None:
    api.create(1)
    plain = api.http.get("/api/v1/captures").json()[0]["created"]
    zoned = api.http.get("/api/v1/captures", params={"time_zone": True}).json()[0]["created"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", plain)
    assert zoned == plain + "+00:00"


def test_the_list_has_pages_with_the_newest_first(api: Api) -> None:
    eids = [api.create(1)["eid"] for _ in range(30)]
    page = api.http.get("/api/v1/captures").json()
    assert [item["eid"] for item in page] == eids[::-1][:25]
    rest = api.http.get("/api/v1/captures", params={"limit": 10, "offset": 25}).json()
    assert [item["eid"] for item in rest] == eids[::-1][25:]
    assert api.http.get("/api/v1/captures", params={"offset": 30}).json() == []


def test_pages_may_have_a_maximum_that_is_refused_or_kept_to_without_a_word(api: Api) -> None:
    for _ in range(30):
        api.create(1)
    assert len(api.http.get("/api/v1/captures", params={"limit": 1000}).json()) == 30
    api.sandbox.teleport.largest_page = 28
    assert len(api.http.get("/api/v1/captures", params={"limit": 29}).json()) == 28
    api.sandbox.teleport.refuses_larger_pages = True
    assert len(api.http.get("/api/v1/captures", params={"limit": 28}).json()) == 28
    refused = api.http.get("/api/v1/captures", params={"limit": 29})
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["query", "limit"]


def test_renaming_and_deleting(api: Api) -> None:
    eid = api.create(1)["eid"]
    assert api.http.put(f"/api/v1/captures/{eid}", json={"name": "Hedge"}).json()["name"] == "Hedge"
    assert api.listed(eid)["name"] == "Hedge"
    assert api.http.delete(f"/api/v1/captures/{eid}").status_code == 204
    assert api.http.get("/api/v1/captures").json() == []
    assert api.http.delete(f"/api/v1/captures/{eid}").status_code == 404


def test_there_are_never_more_parts_than_s3_takes(api: Api) -> None:
    new = api.create(50_000_000)
    assert new["num_parts"] == 10_000
    assert new["chunk_size"] == 5000
    odd = api.create(50_000_001)
    assert odd["num_parts"] == -(-50_000_001 // odd["chunk_size"]) <= 10_000


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("header", [None, "", "Bearer nonsense", "Basic eDp5", "Bearer"])
def test_no_operation_works_without_a_valid_token(api: Api, method: str, path: str, header: str | None) -> None:
    del api.http.headers["Authorization"]
    reply = api.http.request(method, path, headers={} if header is None else {"Authorization": header})
    assert reply.status_code == 401
    assert isinstance(reply.json()["detail"], str)


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_no_operation_works_with_an_expired_token(api: Api, method: str, path: str) -> None:
    api.sandbox.clock.advance(3600)
    assert api.http.request(method, path).status_code == 401


def test_the_requests_above_are_all_operations() -> None:
    found = [contract_of("teleport").find(*request) for request in REQUESTS]
    assert {match[0].id for match in found if isinstance(match, tuple)} == set(contract_of("teleport").operations)


def test_a_token_opens_the_api_until_it_expires(sandbox: Sandbox) -> None:
    reply = httpx.post(sandbox.env["TELEPORT_TOKEN_URL"], data=token_form(sandbox))
    body = reply.json()
    assert reply.status_code == 200
    assert body["expires_in"] == 3600
    assert body["token_type"] == "bearer"
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert httpx.get(f"{sandbox.base_url}/api/v1/captures", headers=headers).status_code == 200
    sandbox.clock.advance(3599)
    assert httpx.get(f"{sandbox.base_url}/api/v1/captures", headers=headers).status_code == 200
    sandbox.clock.advance(1)
    assert httpx.get(f"{sandbox.base_url}/api/v1/captures", headers=headers).status_code == 401


def test_tokens_can_be_revoked(api: Api) -> None:
    api.sandbox.tokens.revoke_all()
    assert api.http.get("/api/v1/captures").status_code == 401
    api.http.headers["Authorization"] = f"Bearer {api.sandbox.tokens.issue()}"
    assert api.http.get("/api/v1/captures").status_code == 200


def test_a_token_can_be_asked_for_with_basic_auth(sandbox: Sandbox) -> None:
    auth = (sandbox.env["TELEPORT_CLIENT_ID"], sandbox.env["TELEPORT_CLIENT_SECRET"])
    url, form = sandbox.env["TELEPORT_TOKEN_URL"], {"grant_type": "client_credentials"}
    assert httpx.post(url, data=form, auth=auth).status_code == 200
    assert httpx.post(url, data=form, auth=("x", auth[1])).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": "wr\u00f6ng"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_form_gets_no_token(sandbox: Sandbox, changes: dict[str, str], status: int, error: str) -> None:
    reply = httpx.post(sandbox.env["TELEPORT_TOKEN_URL"], data=token_form(sandbox, **changes))
    assert reply.status_code == status
    assert reply.json()["error"] == error


def test_a_token_is_not_given_for_json_or_to_get(sandbox: Sandbox) -> None:
    url = sandbox.env["TELEPORT_TOKEN_URL"]
    reply = httpx.post(url, json=token_form(sandbox))
    assert reply.status_code == 400
    assert reply.json()["error"] == "invalid_request"
    assert httpx.get(url).status_code == 405


@pytest.mark.parametrize(
    ("body", "where", "kind"),
    [
        ({"bytesize": 1}, ["body", "name"], "missing"),
        ({"name": "x", "bytesize": "many"}, ["body", "bytesize"], "type_error"),
        ({"name": "x", "bytesize": 0}, ["body", "bytesize"], "minimum"),
        ({"name": "x", "bytesize": 10**20}, ["body", "bytesize"], "value_error"),
        ([], ["body"], "type_error"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_as_fastapi_does(api: Api, body: Any, where: list[str], kind: str) -> None:
    reply = api.http.post("/api/v1/captures", json=body)
    complaints = reply.json()["detail"]
    assert reply.status_code == 422
    assert [(complaint["loc"], complaint["type"]) for complaint in complaints] == [(where, kind)]


@pytest.mark.parametrize(
    ("content", "content_type", "kind"),
    [
        (b"{", "application/json", "json_invalid"),
        (b'{"name": "x", "bytesize": NaN}', "application/json", "json_invalid"),
        (b'{"name": "\\ud800", "bytesize": 1}', "application/json", "json_invalid"),
        (b"[" * 100_000, "application/json", "json_invalid"),
        (b"", "application/json", "missing"),
        (b'{"name": "x", "bytesize": 1}', "text/plain", "model_attributes_type"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(api: Api, content: bytes, content_type: str, kind: str) -> None:
    reply = api.http.post("/api/v1/captures", content=content, headers={"Content-Type": content_type})
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["type"] == kind


@pytest.mark.parametrize(("name", "value"), [("limit", "x"), ("limit", "-1"), ("offset", "1.5"), ("time_zone", "7")])
def test_a_query_that_does_not_fit_is_refused(api: Api, name: str, value: str) -> None:
    reply = api.http.get("/api/v1/captures", params={name: value})
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"] == ["query", name]


def test_what_the_contract_does_not_know_is_ignored_in_queries_and_bodies(api: Api) -> None:
    assert api.http.get("/api/v1/captures", params={"colour": "red"}).status_code == 200
    body = {"name": "x", "bytesize": 1, "colour": "red"}
    assert api.http.post("/api/v1/captures", json=body).status_code == 200


def test_unknown_paths_and_methods_are_told_apart(api: Api) -> None:
    assert api.http.get("/api/v1/captures/").json() == {"detail": "Not Found"}
    reply = api.http.patch("/api/v1/captures")
    assert (reply.status_code, reply.json()) == (405, {"detail": "Method Not Allowed"})
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize(("number", "status"), [("0", 422), ("x", 422), ("4", 400), ("3", 200)])
def test_only_existing_parts_get_a_url(api: Api, number: str, status: int) -> None:
    eid = api.create(len(DATA))["eid"]
    reply = api.http.post(
        f"/api/v1/captures/{eid}/create-upload-url/{number}", json={"eid": eid, "bytesize": len(DATA)}
    )
    assert reply.status_code == status


@pytest.mark.parametrize("changes", [{"bytesize": CHUNK}, {"eid": "another"}])
def test_an_upload_url_is_for_the_whole_file_of_this_capture(api: Api, changes: dict[str, Any]) -> None:
    eid = api.create(len(DATA))["eid"]
    body = {"eid": eid, "bytesize": len(DATA), **changes}
    assert api.http.post(f"/api/v1/captures/{eid}/create-upload-url/1", json=body).status_code == 400


WRONG_PARTS = {
    "missing": lambda parts: parts[:2],
    "out of order": lambda parts: [parts[1], parts[0], parts[2]],
    "twice": lambda parts: [*parts, parts[2]],
    "too many": lambda parts: [*parts, {"number": 4, "etag": parts[2]["etag"]}],
    "wrong etag": lambda parts: [parts[0], {"number": 2, "etag": "0" * 32}, parts[2]],
    "quoted etag": lambda parts: [parts[0], {"number": 2, "etag": f'"{parts[1]["etag"]}"'}, parts[2]],
    "none": lambda parts: [],
}


@pytest.mark.parametrize("wrong", WRONG_PARTS)
def test_a_wrong_list_of_parts_does_not_complete(api: Api, wrong: str) -> None:
    eid = api.create(len(DATA))["eid"]
    parts = api.put_parts(eid, DATA)
    reply = api.complete(eid, WRONG_PARTS[wrong](parts))
    assert reply.status_code == 400
    assert api.listed(eid)["state"] == "UPLOADING"
    assert api.complete(eid, parts).status_code == 200


def test_a_part_of_the_wrong_size_does_not_complete(api: Api) -> None:
    eid = api.create(len(DATA))["eid"]
    parts = api.put_parts(eid, DATA)
    reply = httpx.put(api.part_url(eid, 2, len(DATA)), content=b"short")
    parts[1]["etag"] = reply.headers["ETag"].strip('"')
    refused = api.complete(eid, parts)
    assert refused.status_code == 400
    assert "5 bytes instead of 1000" in refused.json()["detail"]


def test_a_part_that_was_never_sent_does_not_complete(api: Api) -> None:
    eid = api.create(5)["eid"]
    assert api.complete(eid, [{"number": 1, "etag": "0" * 32}]).status_code == 400


def test_an_upload_completes_once(api: Api) -> None:
    eid = api.create(len(DATA))["eid"]
    parts = api.put_parts(eid, DATA)
    assert api.complete(eid, parts).status_code == 200
    again = api.complete(eid, parts)
    assert again.status_code == 400
    assert "already completed" in again.json()["detail"]
    assert api.sandbox.teleport.captures[eid].completed == 1
    url = f"/api/v1/captures/{eid}/create-upload-url/1"
    assert api.http.post(url, json={"eid": eid, "bytesize": len(DATA)}).status_code == 400


def test_a_planned_failure_hits_one_capture_and_shows_when_processing_ends(api: Api) -> None:
    api.sandbox.teleport.fail_next("POSE_REFINEMENT_FAILED")
    failing, fine = api.upload(DATA), api.upload(DATA)
    assert api.listed(failing)["state"] == "PROCESSING"
    assert api.listed(failing)["error_reason"] is None
    api.sandbox.clock.advance(5)
    failed = api.listed(failing)
    assert (failed["state"], failed["error_reason"]) == ("ERROR", "POSE_REFINEMENT_FAILED")
    assert failed["error_reason_slug"] == "pose-refinement-failed"
    assert failed["state_description"]
    assert failed["sid"] is None
    assert api.listed(fine)["state"] == "READY"


def test_a_forgotten_capture_is_unknown_everywhere(api: Api) -> None:
    eid = api.create(len(DATA))["eid"]
    url = api.part_url(eid, 1, len(DATA))
    api.sandbox.teleport.forget(eid)
    assert api.complete(eid, []).status_code == 404
    assert api.http.put(f"/api/v1/captures/{eid}", json={"name": "x"}).status_code == 404
    reply = httpx.put(url, content=DATA[:CHUNK])
    assert reply.status_code == 404
    assert "<Code>NoSuchUpload</Code>" in reply.text
    with pytest.raises(KeyError):
        api.sandbox.teleport.forget(eid)


BAD_ARCHIVES = {
    "no zip": (b"these are no pictures", "INPUT_VALIDATION_FAILED"),
    "cut off": (archive({"a.png": picture()})[:-30], "INPUT_VALIDATION_FAILED"),
    "no pictures": (archive({"notes.txt": b"none"}), "NOT_ENOUGH_FRAMES"),
    "broken pictures": (archive({"a.png": b"not a picture"}), "NOT_ENOUGH_FRAMES"),
    "slip": (archive({"../a.png": picture()}), "INPUT_VALIDATION_FAILED"),
    "bomb": (archive({"a.png": picture(), "b.png": bytes(2_000_000)}, zipfile.ZIP_DEFLATED), "INPUT_VALIDATION_FAILED"),
}


@pytest.mark.parametrize("bad", BAD_ARCHIVES)
def test_a_bad_archive_ends_in_an_error_with_a_reason(api: Api, bad: str) -> None:
    data, reason = BAD_ARCHIVES[bad]
    eid = api.upload(data, "bulk-images")
    api.sandbox.clock.advance(5)
    listed = api.listed(eid)
    assert (listed["state"], listed["error_reason"]) == ("ERROR", reason)


def test_two_sandboxes_know_nothing_of_each_other() -> None:
    with frozen_sandbox() as one, frozen_sandbox() as other:
        one.create(1)
        assert other.http.get("/api/v1/captures").json() == []
        token = one.http.headers["Authorization"]
        assert other.http.get("/api/v1/captures", headers={"Authorization": token}).status_code == 401


def test_with_discard_only_sizes_and_digests_are_kept() -> None:
    with frozen_sandbox(discard=True) as api:
        sid = api.ready(DATA)
        (capture,) = api.sandbox.teleport.captures.values()
        assert capture.received == len(DATA)
        assert capture.md5 is None
        assert capture.parts[1].md5 == hashlib.md5(DATA[:CHUNK]).hexdigest()
        assert httpx.get(api.model_url(sid)).status_code == 200


def test_requests_are_remembered_without_secrets(api: Api) -> None:
    api.sandbox.clear_requests()
    eid = api.upload(DATA)
    records = api.sandbox.requests
    assert [record.part for record in records if record.operation == "part"] == [1, 2, 3]
    assert api.sandbox.count("complete_upload") == 1
    assert api.sandbox.count("list_captures") == 0
    assert {record.facts["eid"] for record in records if record.operation == "create_upload_url"} == {eid}
    text = repr(records) + repr(api.sandbox) + repr(api.sandbox.teleport.captures)
    for secret in ("Signature", api.http.headers["Authorization"].split()[1], api.sandbox.tokens.client_secret):
        assert secret not in text


def test_replies_carry_the_sandboxs_own_date() -> None:
    clock = SandboxClock(frozen=True)
    clock.advance(10 * 366 * 86400)
    with frozen_sandbox(clock=clock) as api:
        date = api.http.get("/api/v1/captures").headers["Date"]
        assert httpx.get(f"{api.sandbox.base_url}/nowhere").headers["Server"] == "safelight-sandbox"
    assert parsedate_to_datetime(date).timestamp() == pytest.approx(clock.now(), abs=1)
