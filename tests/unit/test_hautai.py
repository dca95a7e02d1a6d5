"""Haut.AI by single requests: logins, pages, lenient replies, the end of an analysis. A mock transport is the wire."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image

import safelight
from safelight import Batch, HautAI
from safelight.hautai import SIDES
from safelight.webhooks import Event
from tests.conftest import FakeClock

BASE = "https://saas.haut.test"
STORE = "https://storage.test/pictures/1?X-Goog-Signature=SIGNATURE-CANARY"
SIGNED = {
    "url": STORE,
    "method": "PUT",
    "headers": {"Content-Type": "application/octet-stream", "X-Goog-Content-Length-Range": "1,31457280"},
}
BATCH = Batch("subject-1", "batch-1", {"front": "image-1"})
FINDING = {"id": 1, "result": 0.4, "is_ok": True}

Answer = Callable[[httpx.Request], httpx.Response]


def said(status: int = 200, body: Any = None, **headers: str) -> Answer:
    return lambda _: httpx.Response(status, json=body, headers=headers)


class Service:
    """Answers each request by the last words of its path; logins and refreshed tokens are numbered."""

    def __init__(self, **answers: Answer | list[Answer]) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        # A copy, because a request that is sent again with another token is the same object.
        copy = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        self.requests.append(copy)
        name = self.name_of(request)
        answer = self.answers.get(name) or getattr(self, name)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        return answer(request)

    def name_of(self, request: httpx.Request) -> str:
        if request.url.host == "storage.test":
            return "put"
        words = request.url.path.strip("/").split("/")
        if request.method == "DELETE":
            return "delete"
        if words[-2] == "images":
            return "image"
        return "metrics" if words[1] == "v3" and words[-1] == "results" else words[-1]

    def of(self, name: str) -> list[httpx.Request]:
        return [request for request in self.requests if self.name_of(request) == name]

    def login(self, _: httpx.Request) -> httpx.Response:
        number = len(self.of("login"))
        return httpx.Response(
            200, json={"access_token": f"LOGIN-{number}", "refresh_token": "R-1", "company_id": "c-1"}
        )

    def refresh(self, _: httpx.Request) -> httpx.Response:
        number = len(self.of("refresh"))
        return httpx.Response(200, json={"access_token": f"REFRESHED-{number}", "refresh_token": f"R-{number + 1}"})

    def signed_upload_url(self, _: httpx.Request) -> httpx.Response:
        number = len(self.of("signed_upload_url"))
        return httpx.Response(201, json={"id": f"image-{number}", "image_batch_id": "batch-1", "upload_url": SIGNED})

    put = compute = staticmethod(said(200))
    delete = staticmethod(said(204))
    metrics = staticmethod(said(body={"face_skin_metrics_3": {"all_algorithms_calculated": True}}))
    results = staticmethod(said(body=[FINDING]))
    images = staticmethod(said(body=[{"id": "image-1"}]))


def client(service: Service, clock: FakeClock, **settings: Any) -> HautAI:
    if "token" not in settings:
        settings = {"username": "anna", "password": "PASSWORD-CANARY", **settings}
    settings = {"dataset_id": "d-1", "base_url": BASE, **settings}
    return HautAI(transport=httpx.MockTransport(service), clock=clock, **settings)


def selfie(width: int = 300, height: int = 400) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def test_haut_ai_is_where_its_documents_say() -> None:
    assert HautAI(token="T", company_id=7).base_url == "https://saas.haut.ai"


def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    with pytest.raises(safelight.ConfigError, match="HAUTAI_TOKEN, or HAUTAI_USERNAME and HAUTAI_PASSWORD"):
        HautAI()
    with pytest.raises(safelight.ConfigError, match="HAUTAI_PASSWORD"):
        HautAI(username="anna")
    with pytest.raises(safelight.ConfigError, match="HAUTAI_COMPANY_ID"):
        HautAI(token="T")
    with pytest.raises(safelight.ConfigError, match="HAUTAI_DATASET_ID"):
        client(Service(), clock, dataset_id=None).create_subject("anna")


def test_the_environment_is_read_and_arguments_win(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    for name, value in {"TOKEN": "T-ENV", "COMPANY_ID": "c-env", "DATASET_ID": "d-env", "BASE_URL": BASE}.items():
        monkeypatch.setenv(f"HAUTAI_{name}", value)
    service = Service(subjects=said(body={"results": []}))
    list(HautAI(transport=httpx.MockTransport(service), clock=clock).subjects())
    list(HautAI(token="T-ARG", dataset_id="d-arg", transport=httpx.MockTransport(service), clock=clock).subjects())
    first, second = service.requests
    assert (first.headers["authorization"], first.url.path) == (
        "Bearer T-ENV",
        "/api/v1/companies/c-env/datasets/d-env/subjects/",
    )
    assert (second.headers["authorization"], second.url.path.split("/")[6]) == ("Bearer T-ARG", "d-arg")


def test_a_login_as_an_argument_wins_over_a_token_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    monkeypatch.setenv("HAUTAI_TOKEN", "T-ENV")
    service = Service(subjects=said(body={"results": []}))
    list(client(service, clock).subjects())
    assert service.of("subjects")[0].headers["authorization"] == "Bearer LOGIN-1"


def test_no_secret_is_shown(clock: FakeClock) -> None:
    webhook = {"url": "https://me.test/", "authorization_value": "VALUE-CANARY", "secret_key": "KEY-CANARY"}
    haut = client(Service(webhooks=said(201, {**webhook, "authorization": "bearer", "method": "post"})), clock)
    made = haut.create_webhook("https://me.test/", "VALUE-CANARY")
    assert "CANARY" not in repr(made) + repr(haut) + repr(vars(haut))
    assert (made.authorization_value, made.secret_key) == ("VALUE-CANARY", "KEY-CANARY")


def test_a_webhook_is_registered_with_its_secret(clock: FakeClock) -> None:
    service = Service(webhooks=said(201, {"url": "https://me.test/"}))
    client(service, clock).create_webhook("https://me.test/", "S", authorization="query", key="token")
    (request,) = service.of("webhooks")
    assert json.loads(request.content) == {
        "url": "https://me.test/",
        "authorization": "query",
        "authorization_key": "token",
        "authorization_value": "S",
        "method": "post",
        "enabled": True,
    }


def test_a_subject_has_a_name_within_bounds(clock: FakeClock) -> None:
    service = Service(subjects=said(201, {"id": 5, "name": "x" * 512, "creation_time": "2024-05-01 10:11:12"}))
    subject = client(service, clock).create_subject("x" * 512, birth_date="1990-02-03", meta={"shop": 7})
    assert subject.creation_time is not None
    assert json.loads(service.of("subjects")[0].content) == {
        "name": "x" * 512,
        "birth_date": "1990-02-03",
        "meta": {"shop": 7},
    }
    for name in ("", "x" * 513):
        with pytest.raises(safelight.ConfigError, match="name is"):
            client(service, clock).create_subject(name)


def test_pages_are_followed_by_their_query_on_the_services_own_host(clock: FakeClock) -> None:
    pages = [
        {"count": 3, "next": "http://inner.test/x/?limit=2&offset=2&token=T", "results": [{"id": 1}, {"id": 2}]},
        {"count": 3, "next": None, "results": [{"id": 3}]},
    ]
    service = Service(subjects=[said(body=page) for page in pages])
    assert [subject.id for subject in client(service, clock).subjects()] == [1, 2, 3]
    _, second = service.of("subjects")
    assert (second.url.host, dict(second.url.params)) == ("saas.haut.test", {"limit": "2", "offset": "2"})


def test_a_list_whose_pages_lead_in_a_circle_ends(clock: FakeClock) -> None:
    service = Service(subjects=said(body={"next": "https://x.test/?page=2", "results": [{"id": 1}]}))
    assert len(list(client(service, clock).subjects())) == 2


@pytest.mark.parametrize("wrap", [lambda items: items, lambda items: {"results": items, "count": len(items)}])
def test_lists_come_bare_or_wrapped(clock: FakeClock, wrap: Callable[[list[Any]], Any]) -> None:
    results = [FINDING, {"result": {"value": 3, "more": []}}, {"result": None}, {"result": "good"}]
    aux = {"id": 3, "aux_image_type": 5, "urls": {"mask": "https://cdn.test/m.png?sig=1"}}
    service = Service(results=said(body=wrap(results)), images=said(body=wrap([{"id": 1}])), aux=said(body=wrap([aux])))
    haut = client(service, clock)
    found = haut.results(BATCH)
    assert [finding.result for finding in found] == [0.4, {"value": 3, "more": []}, None, "good"]
    assert {finding.image_id for finding in found} == {"image-1"}
    assert [image.id for image in haut.images(BATCH)] == [1]
    (mask,) = haut.aux_images(BATCH, "image-1")
    assert (mask.url, mask.name, mask.type) == ("https://cdn.test/m.png?sig=1", "5-mask.png", "5")


@pytest.mark.parametrize("urls", [["https://cdn.test/a.png"], "https://cdn.test/a.png", None, {"a": None}])
def test_addresses_of_aux_images_in_odd_forms_do_no_harm(clock: FakeClock, urls: Any) -> None:
    service = Service(aux=said(body=[{"id": 3, "aux_image_type": {"tech_name": "mask"}, "urls": urls}]))
    found = client(service, clock).aux_images(BATCH, "image-1")
    assert [image.name for image in found] == (["mask-url.png"] if isinstance(urls, str) else [])


def test_subjects_in_a_bare_list_are_one_page(clock: FakeClock) -> None:
    assert [subject.id for subject in client(Service(subjects=said(body=[{"id": 1}])), clock).subjects()] == [1]


def test_something_else_than_a_list_is_an_unexpected_reply(clock: FakeClock) -> None:
    with pytest.raises(safelight.UnexpectedReply):
        client(Service(images=said(body={"results": "none"})), clock).images(BATCH)


def test_a_batch_is_known_by_its_text(clock: FakeClock) -> None:
    service = Service()
    assert client(service, clock).results("subject-1/batch-1")[0].result == 0.4
    assert service.of("results")[0].url.path.endswith("/subjects/subject-1/batches/batch-1/images/image-1/results/")
    for wrong in ("batch-1", "/batch-1", "subject-1/", "a/b/c", None):
        with pytest.raises(safelight.ConfigError, match="SUBJECT/BATCH"):
            client(service, clock).results(wrong)  # type: ignore[arg-type]


def test_sides_are_sent_with_the_services_ids_into_one_batch_and_computed_with_an_empty_object(
    clock: FakeClock,
) -> None:
    service = Service()
    batch = client(service, clock).upload("subject-1", left=selfie(), front=selfie(), right=selfie(), meta={"n": 1})
    assert batch == Batch("subject-1", "batch-1", {"front": "image-1", "right": "image-2", "left": "image-3"})
    bodies = [json.loads(request.content) for request in service.of("signed_upload_url")]
    assert bodies == [
        {"side_id": SIDES[side], "light_id": 1, "meta": {"n": 1}, **more}
        for side, more in (("front", {}), ("right", {"batch_id": "batch-1"}), ("left", {"batch_id": "batch-1"}))
    ]
    path = "/api/v1/companies/c-1/subjects/subject-1/signed_upload_url/"
    assert {request.url.path for request in service.of("signed_upload_url")} == {path}
    (compute,) = service.of("compute")
    assert compute.url.path == "/api/v1/companies/c-1/batches/batch-1/compute/"
    assert compute.content == b"{}"


def test_the_signed_request_is_sent_exactly_as_it_was_given_and_without_the_token(clock: FakeClock) -> None:
    service = Service()
    client(service, clock).upload("subject-1", front=(picture := selfie()), compute=False)
    (put,) = service.of("put")
    assert (put.method, str(put.url)[: len("https://storage.test/")]) == ("PUT", "https://storage.test/")
    assert put.headers["content-type"] == "application/octet-stream"
    assert put.headers["x-goog-content-length-range"] == "1,31457280"
    assert put.headers["content-length"] == str(len(picture))
    assert put.content == picture
    assert "authorization" not in put.headers
    assert service.of("compute") == []


def test_what_is_no_selfie_is_refused_before_any_request(clock: FakeClock) -> None:
    service = Service()
    with pytest.raises(safelight.ConfigError, match=r"the picture left has 255x400 pixels"):
        client(service, clock).upload("subject-1", front=selfie(), left=selfie(255))
    with pytest.raises(safelight.ConfigError, match="no picture"):
        client(service, clock).upload("subject-1")
    assert service.requests == []


@pytest.mark.parametrize("failing", ["put", "compute", "signed_upload_url"])
def test_a_refusal_leaves_nothing_behind(clock: FakeClock, failing: str) -> None:
    refused = said(422, {"detail": "no"})
    first = {"put": said(200), "signed_upload_url": Service().signed_upload_url}.get(failing)
    service = Service(**{failing: [first, refused] if first else refused, "images": said(body=[])})
    with pytest.raises(safelight.SafelightError):
        client(service, clock).upload("subject-1", front=selfie(), left=selfie())
    made = {"put": 2, "compute": 2, "signed_upload_url": 1}[failing]
    assert len(service.of("delete")) == made
    assert len({request.url.path for request in service.of("delete")}) == (
        1 if failing == "signed_upload_url" else made
    )


def test_a_signed_request_that_has_expired_is_replaced_and_its_entry_is_deleted(clock: FakeClock) -> None:
    service = Service(put=[lambda _: httpx.Response(400, text="<Code>ExpiredToken</Code>"), said(200)])
    batch = client(service, clock).upload("subject-1", front=selfie())
    assert batch.images == {"front": "image-2"}
    (deleted,) = service.of("delete")
    assert deleted.url.path.endswith("/images/image-1/")


def test_a_put_that_was_reset_is_sent_again_to_the_same_address(clock: FakeClock) -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset", request=request)

    service = Service(put=[lost, said(503), said(200)])
    client(service, clock).upload("subject-1", front=selfie())
    assert len(service.of("put")) == 3
    assert len(service.of("signed_upload_url")) == 1


def test_a_picture_that_arrives_changed_is_an_integrity_error(clock: FakeClock) -> None:
    changed = said(200, **{"x-goog-hash": "crc32c=AAAAAA==,md5=AAAAAAAAAAAAAAAAAAAAAA=="})
    service = Service(put=changed)
    with pytest.raises(safelight.IntegrityError):
        client(service, clock).upload("subject-1", front=selfie())
    assert len(service.of("delete")) == 1


def test_a_lost_reply_to_the_computation_keeps_the_pictures_and_names_the_batch(clock: FakeClock) -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset", request=request)

    service = Service(compute=lost)
    with pytest.raises(safelight.OutcomeUnknown, match="wait for it") as caught:
        client(service, clock).upload("subject-1", front=selfie())
    assert caught.value.job_id == "subject-1/batch-1"
    assert len(service.of("compute")) == 1
    assert service.of("delete") == []


def test_a_deleted_picture_is_looked_for_until_it_is_gone(clock: FakeClock) -> None:
    there, gone = said(body={"id": "image-1"}), said(404, {"detail": "no"})
    service = Service(image=[there, there, gone])
    client(service, clock).delete_image(BATCH, "image-1")
    assert len(service.of("image")) == 3
    with pytest.raises(safelight.UnexpectedReply, match="still has it"):
        client(Service(image=there), clock).delete_image(BATCH, "image-1")


def flag(value: bool) -> Answer:
    return said(body={"face_skin_metrics_3": {"all_algorithms_calculated": value, "new": [1]}})


def test_a_wait_ends_by_the_services_signal_not_by_partial_results(clock: FakeClock) -> None:
    service = Service(metrics=[flag(False)] * 5 + [flag(True)])
    (finding,) = client(service, clock).wait(BATCH)
    assert finding.result == 0.4
    assert len(service.of("metrics")) == 6
    assert len(service.of("results")) == 1


@pytest.mark.parametrize("silent", [said(404, {}), said(403, {}), said(400, {}), said(body={}), said(body={"a": 1})])
def test_without_a_signal_results_that_no_longer_change_end_the_wait(clock: FakeClock, silent: Answer) -> None:
    growing = [said(body=body) for body in ([], [], [FINDING], [FINDING], [FINDING, FINDING])]
    service = Service(metrics=silent, results=growing)
    begun = clock.monotonic()
    assert len(client(service, clock).wait(BATCH)) == 2
    assert 13 <= clock.monotonic() - begun <= 20


@pytest.mark.parametrize(
    ("results", "reason", "words"),
    [
        ([], "NO_FACE", "no face"),
        ([{"result": {"error": "Face was not found"}}], "NO_FACE", "Face was not found"),
        ([{"result": None, "is_ok": False}], "it went wrong", "it went wrong"),
        ([{"result": {"error": "too dark"}}], "too dark", "too dark"),
    ],
)
def test_an_analysis_that_found_nothing_is_told_from_one_that_goes_on(
    clock: FakeClock, results: list[Any], reason: str, words: str
) -> None:
    service = Service(results=said(body=results))
    with pytest.raises(safelight.JobFailed, match=words) as caught:
        client(service, clock).wait(BATCH)
    assert (caught.value.reason, caught.value.job_id) == (reason, "subject-1/batch-1")
    with pytest.raises(safelight.JobTimeout, match="Wait again") as late:
        client(Service(metrics=flag(False)), clock).wait(BATCH, timeout=60)
    assert (late.value.job_id, late.value.state) == ("subject-1/batch-1", "PROCESSING")


def test_a_picture_without_a_face_does_not_hide_the_results_of_the_others(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[FINDING] if "image-1" in request.url.path else [])

    batch = Batch("subject-1", "batch-1", {"front": "image-1", "left": "image-2"})
    assert len(client(Service(results=answer), clock).wait(batch)) == 1
    assert "found nothing in image-2" in caplog.text


def test_a_batch_without_pictures_is_not_waited_for(clock: FakeClock) -> None:
    begun = clock.monotonic()
    with pytest.raises(safelight.NotFound, match="has no pictures"):
        client(Service(images=said(body=[])), clock).wait("subject-1/batch-1")
    assert clock.monotonic() - begun <= 10


def test_a_wait_that_has_no_token_any_more_is_an_auth_error(clock: FakeClock) -> None:
    with pytest.raises(safelight.AuthError):
        client(Service(metrics=said(401, {})), clock).wait(BATCH)


def test_an_event_wakes_the_one_who_waits(clock: FakeClock) -> None:
    service = Service(metrics=[flag(False), flag(False), flag(True)])
    haut = client(service, clock, token="T", company_id="c")
    haut.notify(Event(service="hautai", job_id="batch-1"))
    begun = clock.monotonic()
    haut.wait(BATCH)
    assert clock.monotonic() - begun <= 3


def test_an_aux_image_whose_address_has_expired_asks_for_another(clock: FakeClock, tmp_path: Any) -> None:
    def aux(url: str) -> Answer:
        kind = {"id": 2, "name": "Mask", "tech_name": "skin_mask"}
        return said(body=[{"id": "a", "aux_image_type": kind, "urls": {"original": url}}])

    served = {"/old.png": httpx.Response(403, text="expired"), "/new.png": httpx.Response(200, content=b"PNG")}
    service = Service(
        aux=[aux("https://saas.haut.test/old.png?X-Goog-Signature=1"), aux("https://saas.haut.test/new.png")]
    )
    service.name_of = lambda request: "file" if request.url.path in served else Service.name_of(service, request)  # type: ignore[method-assign]
    service.answers["file"] = lambda request: served[request.url.path]
    (mask,) = client(service, clock).aux_images(BATCH, "image-1")
    assert mask.save(tmp_path).read_bytes() == b"PNG"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["skin_mask-original.png"]
    assert len(service.of("aux")) == 2


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_entry_whose_making_was_not_told_is_taken_back_with_the_others(clock: FakeClock, status: int) -> None:
    listed = said(body=[{"id": "image-1"}, {"id": "image-untold"}])
    service = Service(signed_upload_url=[Service().signed_upload_url, said(status, {})], images=listed)
    with pytest.raises(safelight.OutcomeUnknown):
        client(service, clock).upload("subject-1", front=selfie(), left=selfie())
    assert len(service.of("signed_upload_url")) == 2
    deleted = {request.url.path.split("/")[-2] for request in service.of("delete")}
    assert deleted >= {"image-1", "image-untold"}


def test_an_entry_that_cannot_be_deleted_at_once_is_deleted_at_the_end(clock: FakeClock) -> None:
    expired = said(400, {"Code": "ExpiredToken"})
    service = Service(
        put=[expired, said(403, {})],
        delete=[said(400, {}), said(204)],
        signed_upload_url=[said(201, {"id": n, "image_batch_id": "b", "upload_url": SIGNED}) for n in range(1, 9)],
        images=said(body=[]),
    )
    with pytest.raises(safelight.UploadExpired):
        client(service, clock).upload("subject-1", front=selfie())
    made, deleted = len(service.of("signed_upload_url")), service.of("delete")
    assert {request.url.path.split("/")[-2] for request in deleted} == {str(n) for n in range(1, made + 1)}


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_gateway_that_loses_the_computations_reply_leaves_its_outcome_unknown(clock: FakeClock, status: int) -> None:
    service = Service(compute=said(status, {}))
    with pytest.raises(safelight.OutcomeUnknown) as caught:
        client(service, clock).upload("subject-1", front=selfie())
    assert caught.value.job_id == "subject-1/batch-1"
    assert (len(service.of("compute")), service.of("delete")) == (1, [])


@pytest.mark.parametrize(
    ("words", "is_face"),
    [
        ("No face detected", True),
        ("Not full face", True),
        ("Face was not found", True),
        ("face_skin_metrics_3: worker timed out", False),
        ("Internal error in surface estimation", False),
    ],
)
def test_a_face_is_blamed_only_where_the_service_blames_it(clock: FakeClock, words: str, is_face: bool) -> None:
    with pytest.raises(safelight.JobFailed) as caught:
        client(Service(results=said(body=[{"result": {"error": words}}])), clock).wait(BATCH)
    assert caught.value.reason == ("NO_FACE" if is_face else words)


def test_a_wait_that_begins_among_results_is_more_patient(clock: FakeClock) -> None:
    begun = clock.monotonic()

    def growing(_: httpx.Request) -> httpx.Response:
        waited = clock.monotonic() - begun
        return httpx.Response(200, json=[FINDING] * min(10, 1 + int(waited // 20)))

    service = Service(metrics=said(404, {}), results=growing)
    assert len(client(service, clock).wait(BATCH)) == 10


@pytest.mark.parametrize("broken", [said(500, {}), lambda _: httpx.Response(200, text="<html>"), said(204)])
def test_a_signal_that_is_broken_is_none(clock: FakeClock, broken: Answer) -> None:
    service = Service(metrics=broken, results=[said(body=[]), said(body=[FINDING])])
    assert len(client(service, clock).wait(BATCH)) == 1


def test_a_picture_that_was_deleted_does_not_hide_the_results_of_the_others(clock: FakeClock) -> None:
    batch = Batch("subject-1", "batch-1", {"front": "image-1", "left": "image-2"})
    gone = said(404, {"detail": "no"})
    assert len(client(Service(results=[said(body=[FINDING]), gone]), clock).wait(batch)) == 1
    assert len(client(Service(results=[gone, said(body=[FINDING])]), clock).results(batch)) == 1
    with pytest.raises(safelight.NotFound):
        client(Service(results=gone), clock).results(batch)


def test_results_may_come_a_moment_after_the_signal(clock: FakeClock) -> None:
    service = Service(results=[said(body=[])] * 5 + [said(body=[FINDING])])
    assert len(client(service, clock).wait(BATCH)) == 1


def test_metrics_without_results_are_no_missing_face(clock: FakeClock) -> None:
    metrics = {"all_algorithms_calculated": True, "parameters": {"redness": {"score": 3}}}
    service = Service(results=said(body=[]), metrics=said(body={"face_skin_metrics_3": metrics}))
    assert client(service, clock).wait(BATCH) == []


def test_a_signal_that_never_comes_does_not_hide_complete_results(clock: FakeClock) -> None:
    begun = clock.monotonic()
    assert len(client(Service(metrics=flag(False)), clock).wait(BATCH)) == 1
    assert 120 <= clock.monotonic() - begun <= 300


def test_a_service_without_the_newer_version_is_asked_for_it_three_times(clock: FakeClock) -> None:
    service = Service(metrics=said(404, {}), results=[said(body=[])] * 20 + [said(body=[FINDING])])
    client(service, clock).wait(BATCH)
    assert len(service.of("metrics")) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "me.test"},
        {"secret": ""},
        {"secret": "SECRET-CANARY" * 20},
        {"key": ""},
        {"authorization": "digest"},
    ],
)
def test_a_webhook_that_makes_no_sense_is_refused_without_its_secret(clock: FakeClock, wrong: dict[str, Any]) -> None:
    service = Service()
    settings = {"url": "https://me.test/", "secret": "SECRET-CANARY", **wrong}
    with pytest.raises(safelight.ConfigError) as caught:
        client(service, clock).create_webhook(**settings)
    assert "CANARY" not in str(caught.value)
    assert service.requests == []


@pytest.mark.parametrize(
    "body",
    [
        {"detail": "SECRET-CANARY is too short"},
        {"detail": "x" * 280 + "SECRET-CANARY"},
        {"detail": [{"loc": ["body", "authorization_value"], "msg": "too short", "input": "SECRET-CANARY"}]},
    ],
)
def test_a_refusal_of_a_webhook_does_not_repeat_its_secret(clock: FakeClock, body: Any) -> None:
    with pytest.raises(safelight.InvalidRequest, match="is refused") as caught:
        client(Service(webhooks=said(400, body)), clock).create_webhook("https://me.test/", "SECRET-CANARY")
    assert "CANARY" not in str(caught.value) + repr(vars(caught.value))
    other = client(Service(webhooks=said(400, {"detail": "no such dataset"})), clock)
    with pytest.raises(safelight.InvalidRequest, match="no such dataset"):
        other.create_webhook("https://me.test/", "SECRET-CANARY")


def test_a_next_page_of_an_unknown_form_is_not_passed_over(clock: FakeClock) -> None:
    page = {"next": "https://x.test/?starting_after=2", "results": [{"id": 1}]}
    with pytest.raises(safelight.UnexpectedReply, match="next page"):
        list(client(Service(subjects=said(body=page)), clock).subjects())


def test_an_entry_that_cannot_be_deleted_costs_no_picture(clock: FakeClock) -> None:
    signed = [said(201, {"id": f"image-{n}", "image_batch_id": "b", "upload_url": SIGNED}) for n in range(1, 9)]
    service = Service(
        put=[said(403, {}), said(200)], delete=[said(500, {})] * 5 + [said(204)], signed_upload_url=signed
    )
    batch = client(service, clock).upload("subject-1", front=selfie(), right=selfie(), left=selfie())
    assert batch.images == {"front": "image-2", "right": "image-3", "left": "image-4"}
    assert {request.url.path.split("/")[-2] for request in service.of("delete")} == {"image-1"}


def test_a_login_that_fails_before_the_computation_is_no_lost_computation(clock: FakeClock) -> None:
    logins = [Service().login, said(500, {})]
    service = Service(login=logins, compute=said(401, {"detail": "revoked"}), delete=said(204))
    with pytest.raises(safelight.ServerError, match="/login/"):
        client(service, clock).upload("subject-1", front=selfie())
    assert len(service.of("compute")) == 1


def test_only_what_was_made_is_taken_back_where_nothing_is_in_doubt(clock: FakeClock) -> None:
    service = Service(put=said(400, {}), images=said(body=[{"id": "another"}, {"id": "image-1"}]))
    with pytest.raises(safelight.TransferError, match="in 1 try"):
        client(service, clock).upload("subject-1", front=selfie())
    assert [request.url.path.split("/")[-2] for request in service.of("delete")] == ["image-1"]


def test_pictures_that_cannot_be_taken_back_are_all_named(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    def interrupt(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    service = Service(compute=interrupt, delete=said(500, {}))
    with pytest.raises(KeyboardInterrupt):
        client(service, clock).upload("subject-1", front=selfie(), left=selfie())
    assert all(f"image-{n}" in caplog.text for n in (1, 2))


def test_events_without_end_do_not_make_looks_without_end(clock: FakeClock) -> None:
    service = Service(metrics=flag(False))
    haut = client(service, clock)
    wait, begun = clock.wait, clock.monotonic()

    def storm(event: threading.Event, seconds: float) -> bool:
        haut.notify(Event(service="hautai"))
        return wait(event, min(seconds, 0.01))

    clock.wait = storm  # type: ignore[method-assign]
    with pytest.raises(safelight.JobTimeout):
        haut.wait(BATCH, timeout=20)
    assert clock.monotonic() - begun <= 25
    assert len(service.of("metrics")) <= 30


def test_a_service_that_asks_for_a_pause_gets_it_in_spite_of_events(clock: FakeClock) -> None:
    service = Service(metrics=said(429, {}, **{"retry-after": "40"}))
    haut = client(service, clock, timeout=1)
    wait = clock.wait

    def storm(event: threading.Event, seconds: float) -> bool:
        haut.notify(Event(service="hautai"))
        return wait(event, min(seconds, 1))

    clock.wait = storm  # type: ignore[method-assign]
    with pytest.raises(safelight.SafelightError):
        haut.wait(BATCH, timeout=120)
    assert len(service.of("metrics")) <= 5
