"""What the client reads of Haut.AI's replies, through the generated models, as odd as they may come."""

from __future__ import annotations

import copy
import pkgutil
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from safelight.errors import UnexpectedReply
from safelight.replies import value_of
from safelight_api.hautai import Client, models
from safelight_api.hautai.api import images
from safelight_api.hautai.api.images import (
    compute_batch,
    compute_batch_v3,
    create_private_token,
    create_subject,
    create_upload,
    create_uploads_v3,
    create_webhook,
    delete_image,
    delete_private_token,
    get_image,
    get_metrics,
    list_aux_images,
    list_images,
    list_private_tokens,
    list_results,
    list_subjects,
    login,
    refresh_token,
)
from safelight_api.hautai.models import (
    AuxImage,
    AuxImageType,
    BatchMetrics,
    ErrorReply,
    FaceSkinMetrics,
    Image,
    ImageResult,
    ImageUpload,
    Links,
    Login,
    NamedItem,
    PrivateToken,
    PrivateTokenPage,
    SidesUpload,
    SideUpload,
    Subject,
    SubjectPage,
    UploadHeaders,
    UploadUrl,
    Webhook,
)
from safelight_api.hautai.types import UNSET

ID = "adcf1265-dbd8-495c-afa4-f7aceb2e4fbe"
TIMESTAMPS = frozenset({"creation_time", "expiration_time"})
SIGNED = "https://storage.googleapis.com/b/o?X-Goog-Signature=ab12"
HEADERS = {"Content-Type": "application/octet-stream", "X-Goog-Content-Length-Range": "1,31457280"}
UPLOAD_URL = {"url": SIGNED, "method": "PUT", "headers": HEADERS}
NAMED = {"id": ID, "name": "Skin"}

LOGIN = {
    "id": 1,
    "company_id": ID,
    "token_access": "t",
    "access_token": "t",
    "refresh_token": "r",
    "profile": {"full_name": "A"},
}
TOKEN = {"id": 1, "name": "server", "expiration_time": "2027-10-08T16:21:50.095000+00:00", "data": "secret"}
SUBJECT = {
    "id": ID,
    "name": "customer-7",
    "birth_date": None,
    "biological_sex": {"id": ID, "name": "Female", "tech_name": "female"},
    "meta": {"source": [1]},
    "creation_time": "2025-10-08T20:00:33.223000+00:00",
    "company": NAMED,
    "dataset": NAMED,
    "author_id": None,
    "promote_image_id": None,
}
AUX = {
    "id": ID,
    "aux_image_type": {"id": 3, "name": "Mask of acne", "tech_name": "acne_mask"},
    "creation_time": "2021-03-01T15:33:00+00:00",
    "application_name": "Face Skin Metrics",
    "application_run_id": ID,
    "urls": {"original": SIGNED},
}
IMAGE = {
    "id": ID,
    "name": "front.jpg",
    "side": {"id": 1, "name": "Front", "tech_name": "front"},
    "light": {"id": 1, "name": "Regular", "tech_name": "regular"},
    "image_type": {"id": 1, "name": "Selfie", "tech_name": "selfie"},
    "side_name": "Front",
    "creation_time": "2025-10-08T20:00:55.784000+00:00",
    "quality_score": None,
    "quality_issues": ["blur"],
    "problems": [],
    "urls": {"original": SIGNED},
    "image_batch_id": ID,
    "aux_images": [AUX],
}
UPLOAD = IMAGE | {"upload_url": UPLOAD_URL}
RESULT = {
    "id": ID,
    "result": {"area_results": [{"area_name": "face", "main_metric": {"value": 41.0}}]},
    "is_ok": True,
    "image_id": ID,
    "algorithm_version_id": 23,
    "algorithm_family_tech_name": "selfie_v2.acne",
    "creation_time": "2021-03-01T15:33:00+00:00",
    "application_name": "Face Skin Metrics",
}
SIDES = {"front": UPLOAD_URL | {"content_type": "application/octet-stream", "id": ID}, "image_batch_id": ID}
METRICS = {"face_skin_metrics_3": {"all_algorithms_calculated": True, "parameters": {"lines": {"score": 90}}}}
WEBHOOK = {"url": "https://x.example/hautai", "authorization": "bearer", "method": "post", "secret_key": "s"}

REPLIES = [
    (login, 200, LOGIN, Login),
    (refresh_token, 200, {"access_token": "t"}, Login),
    (create_private_token, 201, TOKEN, PrivateToken),
    (list_private_tokens, 200, {"count": 1, "next": None, "previous": None, "results": [TOKEN]}, PrivateTokenPage),
    (create_subject, 201, SUBJECT, Subject),
    (list_subjects, 200, {"count": 1, "next": None, "previous": None, "results": [SUBJECT]}, SubjectPage),
    (create_upload, 201, UPLOAD, ImageUpload),
    (get_image, 200, IMAGE, Image),
    (create_webhook, 201, WEBHOOK, Webhook),
    (create_uploads_v3, 200, SIDES, SidesUpload),
    (get_metrics, 200, METRICS, BatchMetrics),
]
LISTS = [
    (list_images, IMAGE, Image),
    (list_aux_images, AUX, AuxImage),
    (list_results, RESULT, ImageResult),
    (list_subjects, SUBJECT, Subject),
    (list_private_tokens, TOKEN, PrivateToken),
]
WITHOUT_BODY = [compute_batch, compute_batch_v3, delete_image, delete_private_token]


def named(value: Any) -> str:
    return getattr(value, "__name__", "").rpartition(".")[2]


def read(endpoint: Any, body: Any, kind: Any = object, status: int = 200) -> Any:
    """What the client makes of a reply."""
    request = httpx.Request("GET", "https://saas.example/")
    response = httpx.Response(status, json=body, request=request)
    return value_of(response, endpoint, kind, TIMESTAMPS)


def items(reply: Any) -> list[Any]:
    return reply if isinstance(reply, list) else reply.results


@pytest.mark.parametrize(("endpoint", "status", "body", "kind"), REPLIES, ids=named)
def test_a_reply_goes_through_the_models_without_loss(endpoint: Any, status: int, body: Any, kind: type) -> None:
    for known in (status, 200, 201, 202):
        reply = read(endpoint, copy.deepcopy(body), kind, known)
        assert type(reply) is kind
        assert reply.to_dict() == body


@pytest.mark.parametrize(("endpoint", "item", "kind"), LISTS, ids=named)
def test_a_list_comes_bare_or_wrapped(endpoint: Any, item: dict[str, Any], kind: type) -> None:
    for body in ([item, item], {"results": [item, item]}, {"count": 2, "next": None, "results": [item, item]}):
        found = items(read(endpoint, copy.deepcopy(body)))
        assert [type(entry) for entry in found] == [kind, kind]
        assert [entry.to_dict() for entry in found] == [item, item]
    assert items(read(endpoint, [])) == items(read(endpoint, {"results": []})) == []


@pytest.mark.parametrize("body", ["text", 7, None, {"detail": "x"}, [7]])
@pytest.mark.parametrize("endpoint", [endpoint for endpoint, _, _ in LISTS], ids=named)
def test_what_is_no_list_is_an_unexpected_reply(endpoint: Any, body: Any) -> None:
    with pytest.raises(UnexpectedReply):
        read(endpoint, body)


def test_a_page_names_the_next_one() -> None:
    following = "https://saas.haut.ai/api/v1/companies/c/datasets/d/subjects/?page=2"
    page = read(list_subjects, {"count": 2, "next": following, "previous": None, "results": [SUBJECT]})
    assert (page.count, page.next_, page.previous) == (2, following, None)


@pytest.mark.parametrize(("endpoint", "status", "body", "kind"), REPLIES, ids=named)
def test_a_new_field_of_a_reply_is_kept(endpoint: Any, status: int, body: dict[str, Any], kind: type) -> None:
    newer = copy.deepcopy(body) | {"newer": {"is": [1, None]}}
    reply = read(endpoint, copy.deepcopy(newer), kind, status)
    assert reply["newer"] == {"is": [1, None]}
    assert reply.to_dict() == newer


@pytest.mark.parametrize(("endpoint", "item", "kind"), LISTS, ids=named)
def test_a_new_field_of_an_item_is_kept(endpoint: Any, item: dict[str, Any], kind: type) -> None:
    (made,) = items(read(endpoint, {"results": [item | {"newer": 1}]}))
    assert type(made) is kind
    assert made["newer"] == 1


@pytest.mark.parametrize("field", ["company", "dataset", "biological_sex"])
@pytest.mark.parametrize("value", [7, "seven", None, [1]])
def test_a_subject_is_read_with_a_number_where_an_object_was_seen(field: str, value: Any) -> None:
    subject = read(create_subject, SUBJECT | {field: value}, Subject, 201)
    assert getattr(subject, field) == value
    assert subject.id == ID
    assert isinstance(subject.creation_time, datetime)


def test_what_belongs_together_is_read_into_models() -> None:
    subject = read(create_subject, SUBJECT, Subject, 201)
    assert isinstance(subject.company, NamedItem)
    assert (subject.company.id, subject.company.name, subject.company.tech_name) == (ID, "Skin", UNSET)
    image = read(get_image, copy.deepcopy(IMAGE), Image)
    assert isinstance(image.side, NamedItem)
    assert (image.side.id, image.side.tech_name) == (1, "front")
    assert isinstance(image.urls, Links)
    assert image.urls["original"] == SIGNED
    (aux,) = read(list_aux_images, [AUX])
    assert isinstance(aux.aux_image_type, AuxImageType)
    assert (aux.aux_image_type.id, aux.aux_image_type.tech_name) == (3, "acne_mask")


@pytest.mark.parametrize("value", [3, "acne_mask", None, [3], 0.5])
def test_the_type_of_an_aux_image_may_be_a_number(value: Any) -> None:
    (aux,) = items(read(list_aux_images, [AUX | {"aux_image_type": value}]))
    assert aux.aux_image_type == value
    assert aux.urls.to_dict() == {"original": SIGNED}


@pytest.mark.parametrize("result", [0.4, 41, {"score": 1}, {"error": "No face detected"}, "good", None, [1], True])
def test_a_result_may_be_anything(result: Any) -> None:
    (made,) = items(read(list_results, {"results": [RESULT | {"result": result}]}))
    assert made.result == result
    assert made.is_ok is True


@pytest.mark.parametrize("field", ["side", "light", "image_type", "urls", "aux_images", "quality_score"])
@pytest.mark.parametrize("value", [1, "text", None, [1], {"newer": 1}])
def test_an_odd_field_does_not_cost_the_image(field: str, value: Any) -> None:
    image = read(get_image, IMAGE | {field: value}, Image)
    assert image.to_dict()[field] == value
    assert (image.id, image.name) == (ID, "front.jpg")


@pytest.mark.parametrize("field", ["id", "company_id"])
@pytest.mark.parametrize("value", [7, ID, None])
def test_the_ids_of_a_login_are_texts_or_numbers(field: str, value: Any) -> None:
    assert getattr(read(login, LOGIN | {field: value}, Login), field) == value


def test_the_token_of_a_login_has_two_names_and_either_may_be_missing() -> None:
    for name in ("access_token", "token_access"):
        reply = read(login, {name: "t"}, Login)
        assert (getattr(reply, name), reply.company_id) == ("t", UNSET)
    assert read(refresh_token, {}, Login).to_dict() == {}


@pytest.mark.parametrize("endpoint", [create_subject, get_image])
def test_an_id_may_be_a_number(endpoint: Any) -> None:
    assert read(endpoint, {"id": 7}).id == 7


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-10-08T20:00:55.784Z", datetime(2025, 10, 8, 20, 0, 55, 784000, UTC)),
        ("2025-10-08T22:00:55+02:00", datetime(2025, 10, 8, 20, 0, 55, 0, UTC)),
        ("2021-03-01 15:33:00", datetime(2021, 3, 1, 15, 33, 0, 0, UTC)),
        ("2021-03-01 15:33:00.12345", datetime(2021, 3, 1, 15, 33, 0, 123450, UTC)),
    ],
)
def test_either_form_of_a_timestamp_is_read_and_has_a_zone(text: str, moment: datetime) -> None:
    for endpoint, item, _ in LISTS:
        field = "expiration_time" if endpoint is list_private_tokens else "creation_time"
        for body in ([item | {field: text}], {"results": [item | {field: text}]}):
            (made,) = items(read(endpoint, body))
            assert getattr(made, field) == moment
            assert getattr(made, field).tzinfo is not None
    assert read(create_subject, SUBJECT | {"creation_time": text}).creation_time == moment
    assert read(create_upload, UPLOAD | {"creation_time": text}).creation_time == moment


@pytest.mark.parametrize("value", [None, "soon", "", 1614612780])
def test_a_timestamp_that_is_none_does_not_cost_the_reply(value: Any) -> None:
    assert read(get_image, IMAGE | {"creation_time": value}, Image).creation_time == value


def test_an_upload_has_the_urls_method_and_headers_as_they_were_sent() -> None:
    headers = HEADERS | {"Host": "storage.googleapis.com", "x-goog-meta-odd": " 1 "}
    upload = read(create_upload, UPLOAD | {"upload_url": UPLOAD_URL | {"headers": headers}}, ImageUpload, 201)
    assert isinstance(upload.upload_url, UploadUrl)
    assert (upload.upload_url.url, upload.upload_url.method) == (SIGNED, "PUT")
    assert isinstance(upload.upload_url.headers, UploadHeaders)
    assert list(upload.upload_url.headers.to_dict().items()) == list(headers.items())
    assert upload.image_batch_id == ID


@pytest.mark.parametrize("odd", [{}, {"method": None, "headers": None}])
def test_an_upload_needs_no_method_and_no_headers(odd: dict[str, Any]) -> None:
    assert read(create_upload, UPLOAD | {"upload_url": {"url": SIGNED} | odd}).upload_url.url == SIGNED


@pytest.mark.parametrize("missing", ["id", "image_batch_id", "upload_url"])
def test_an_upload_without_what_it_takes_is_an_unexpected_reply(missing: str) -> None:
    with pytest.raises(UnexpectedReply, match=missing):
        read(create_upload, {key: value for key, value in UPLOAD.items() if key != missing}, ImageUpload, 201)


def test_sides_that_were_not_asked_for_are_absent_or_null() -> None:
    for odd in ({}, {"left": None, "right": None}):
        upload = read(create_uploads_v3, SIDES | odd, SidesUpload)
        assert isinstance(upload.front, SideUpload)
        assert (upload.front.url, upload.front.id) == (SIGNED, ID)
        assert not upload.left
        assert not upload.right


@pytest.mark.parametrize(
    ("body", "ready"),
    [
        (METRICS, True),
        ({"face_skin_metrics_3": {"all_algorithms_calculated": False}}, False),
        ({"face_skin_metrics_3": {"all_algorithms_calculated": None}}, None),
        ({"face_skin_metrics_3": {}}, UNSET),
    ],
)
def test_the_ready_signal_is_read(body: dict[str, Any], ready: Any) -> None:
    metrics = read(get_metrics, body, BatchMetrics).face_skin_metrics_3
    assert isinstance(metrics, FaceSkinMetrics)
    assert metrics.all_algorithms_calculated is ready


@pytest.mark.parametrize("value", [7, "soon", None, [METRICS]])
def test_metrics_without_a_ready_signal_are_read(value: Any) -> None:
    assert read(get_metrics, {"face_skin_metrics_3": value}, BatchMetrics).face_skin_metrics_3 == value
    assert read(get_metrics, {}, BatchMetrics).to_dict() == {}


@pytest.mark.parametrize("endpoint", WITHOUT_BODY, ids=named)
@pytest.mark.parametrize("reply", [{}, {"text": "ok"}, {"json": {"status": "x"}}, {"json": None}])
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_reply_without_a_known_body_is_success_whatever_it_says(
    endpoint: Any, reply: dict[str, Any], status: int
) -> None:
    response = httpx.Response(status, request=httpx.Request("POST", "https://saas.example/"), **reply)
    assert value_of(response, endpoint, type(None), TIMESTAMPS) is None
    assert endpoint._parse_response(client=Client(base_url="https://saas.example"), response=response) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503])
@pytest.mark.parametrize(
    "body", [{"detail": "x"}, {"detail": [{"msg": "x"}]}, {"name": ["too long"]}, {"message": {"a": 1}}, {}]
)
def test_an_error_is_read_whatever_its_form(status: int, body: dict[str, Any]) -> None:
    client = Client(base_url="https://saas.example")
    for endpoint in (login, create_upload, list_results, delete_image, get_metrics):
        reply = endpoint._parse_response(client=client, response=httpx.Response(status, json=body))
        assert isinstance(reply, ErrorReply)
        assert reply.to_dict() == body


def test_every_operation_is_read_by_some_test_of_this_module() -> None:
    covered = {named(endpoint) for endpoint, *_ in [*REPLIES, *LISTS]} | {named(endpoint) for endpoint in WITHOUT_BODY}
    assert covered == {module.name for module in pkgutil.iter_modules(images.__path__)}


def test_what_is_not_given_is_not_sent() -> None:
    assert compute_batch._get_kwargs("c", "b", body=models.ComputeRequest())["json"] == {}
    body = models.UploadRequest(side_id=1, light_id=1, batch_id=ID)
    assert create_upload._get_kwargs("c", "s", body=body)["json"] == {"batch_id": ID, "side_id": 1, "light_id": 1}
    assert create_subject._get_kwargs("c", "d", body=models.SubjectRequest(name="n"))["json"] == {"name": "n"}
    assert list_subjects._get_kwargs("c", "d")["params"] == {}


def test_the_next_page_can_be_asked_for_by_texts() -> None:
    asked = list_subjects._get_kwargs("c", "d", page="2", page_size="50", limit="1", offset="2", cursor="x=")
    assert asked["params"] == {"limit": "1", "offset": "2", "page": "2", "page_size": "50", "cursor": "x="}


def test_a_private_token_is_asked_for_with_its_end() -> None:
    request = models.PrivateTokenRequest(name="server", expiration_time=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert create_private_token._get_kwargs(body=request)["json"] == {
        "name": "server",
        "expiration_time": "2027-01-02T03:04:05+00:00",
    }


def test_the_slash_at_the_end_is_sent() -> None:
    assert delete_image._get_kwargs("c", "d", "s", "b", "i")["url"] == (
        "/api/v1/companies/c/datasets/d/subjects/s/batches/b/images/i/"
    )
    assert delete_private_token._get_kwargs("7")["url"] == "/api/v1/auth/private_tokens/7/"
