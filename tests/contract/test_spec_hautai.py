"""Haut.AI's spec against what is known of the service, typed in here once more."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from build_spec import built_document, read_yaml
from jsonschema import Draft202012Validator

from tests.contract.spec_reading import (
    content_of,
    field_shape,
    followed,
    marked,
    operations,
    shape,
)

SERVICE = Path(__file__).resolve().parents[2] / "specs" / "hautai"
TOKENS, LOGIN, REFRESH = "/api/v1/auth/private_tokens/", "/api/v1/auth/login/", "/api/v1/auth/refresh/"
COMPANY = "/api/v1/companies/{company_id}"
DATASET = f"{COMPANY}/datasets/{{dataset_id}}"
IMAGES = f"{DATASET}/subjects/{{subject_id}}/batches/{{batch_id}}/images/"
IMAGE = f"{IMAGES}{{image_id}}/"
SIGNED_URL = f"{COMPANY}/subjects/{{subject_id}}/signed_upload_url/"
COMPUTE = f"{COMPANY}/batches/{{batch_id}}/compute/"
V3 = "/api/v3/companies/{company_id}"

# The module, how its path is known, the request's body, and the reply of success.
OPERATIONS = {
    ("post", LOGIN): ("login", "documented", "LoginRequest", "200 Login"),
    ("post", REFRESH): ("refresh_token", "observed", "RefreshRequest", "200 Login"),
    ("post", TOKENS): ("create_private_token", "documented", "PrivateTokenRequest", "201 PrivateToken"),
    ("get", TOKENS): ("list_private_tokens", "documented", None, "200 PrivateTokens"),
    ("delete", f"{TOKENS}{{token_id}}/"): ("delete_private_token", "documented", None, "204"),
    ("post", f"{DATASET}/subjects/"): ("create_subject", "documented", "SubjectRequest", "201 Subject"),
    ("get", f"{DATASET}/subjects/"): ("list_subjects", "documented", None, "200 Subjects"),
    ("post", SIGNED_URL): ("create_upload", "documented", "UploadRequest", "201 ImageUpload"),
    ("post", COMPUTE): ("compute_batch", "assumed", "ComputeRequest", "2XX"),
    ("get", IMAGES): ("list_images", "observed", None, "200 Images"),
    ("get", IMAGE): ("get_image", "assumed", None, "200 Image"),
    ("delete", IMAGE): ("delete_image", "assumed", None, "204"),
    ("get", f"{IMAGE}aux/"): ("list_aux_images", "observed", None, "200 AuxImages"),
    ("get", f"{IMAGE}results/"): ("list_results", "observed", None, "200 ImageResults"),
    ("post", f"{DATASET}/webhooks/"): ("create_webhook", "documented", "WebhookRequest", "201 Webhook"),
    ("post", f"{V3}/subjects/{{subject_id}}/upload/"): (
        "create_uploads_v3",
        "documented",
        "SidesRequest",
        "200 SidesUpload",
    ),
    ("post", f"{V3}/batches/{{batch_id}}/compute/"): ("compute_batch_v3", "documented", "ComputeRequest", "204"),
    ("get", f"{V3}/batches/{{batch_id}}/results/"): ("get_metrics", "observed", None, "200 BatchMetrics"),
}
QUERIES = {
    "list_private_tokens": {"page": "integer", "page_size": "integer"},
    "list_subjects": dict.fromkeys(("limit", "offset", "page", "page_size", "cursor"), "string|integer"),
}

# A `!` is a required property, a `?` one that may be null, `[...]` an array, `{...}` a mapping from names.
TIME, NAMED = "string(date-time)?", "NamedItem|string|integer?"
PAGE = {"count": "integer?", "next": "string?", "previous": "string?"}
IMAGE_FIELDS = {
    "id": "Id!",
    "name": "string?",
    "image_batch_id": "Id",
    "side": NAMED,
    "side_id": "integer?",
    "light": NAMED,
    "image_type": NAMED,
    "creation_time": TIME,
    "quality_score": "any",
    "quality_feedback": "any",
    "quality_result": "any",
    "quality_issues": "any",
    "problems": "any",
    "urls": "Links?",
    "aux_images": "any",
}
URL_FIELDS = {"url": "string!", "method": "string?", "headers": "UploadHeaders?"}
SCHEMAS: dict[str, str | dict[str, str]] = {
    "AppArgs": "{any}",
    "AuxImage": {
        "id": "Id?",
        "aux_image_type": "AuxImageType|string|integer?",
        "creation_time": TIME,
        "application_name": "string?",
        "application_run_id": "Id?",
        "urls": "Links?",
    },
    "AuxImageList": {"results": "[AuxImage]!"},
    "AuxImageType": {"id": "Id?", "name": "string?", "tech_name": "string?"},
    "AuxImages": "[AuxImage]|AuxImageList",
    "BatchMetrics": {"face_skin_metrics_3": "FaceSkinMetrics?"},
    "ComputeRequest": {"app_args": "AppArgs"},
    "ErrorReply": {"detail": "any", "message": "any", "error": "any", "code": "any"},
    "FaceSkinMetrics": {"all_algorithms_calculated": "boolean?", "parameters": "any"},
    "Id": "string|integer",
    "Image": IMAGE_FIELDS,
    "ImageList": {"results": "[Image]!"},
    "ImageResult": {
        "id": "Id?",
        "result": "any",
        "is_ok": "boolean?",
        "image_id": "Id?",
        "algorithm_version_id": "Id?",
        "algorithm_family_tech_name": "string?",
        "creation_time": TIME,
        "application_id": "Id?",
        "application_name": "string?",
        "application_description": "string?",
        "application_run_id": "Id?",
    },
    "ImageResultList": {"results": "[ImageResult]!"},
    "ImageResults": "[ImageResult]|ImageResultList",
    "ImageUpload": IMAGE_FIELDS | {"image_batch_id": "Id!", "upload_url": "UploadUrl!"},
    "Images": "[Image]|ImageList",
    "Links": "{string}",
    "Login": {
        "access_token": "string?",
        "token_access": "string?",
        "refresh_token": "string?",
        "company_id": "Id?",
        "id": "Id?",
    },
    "LoginRequest": {"username": "string!", "password": "string!"},
    "NamedItem": {"id": "Id?", "name": "string?", "tech_name": "string?"},
    "PrivateToken": {"id": "Id!", "name": "string?", "expiration_time": TIME, "data": "string?"},
    "PrivateTokenPage": PAGE | {"results": "[PrivateToken]!"},
    "PrivateTokenRequest": {"name": "string!", "expiration_time": "string(date-time)!"},
    "PrivateTokens": "[PrivateToken]|PrivateTokenPage",
    "RefreshRequest": {"refresh_token": "string!"},
    "SideUpload": URL_FIELDS | {"id": "Id?"},
    "SidesRequest": {
        "front": "string",
        "left": "string",
        "right": "string",
        "creation_time": "string?",
        "meta": "any",
    },
    "SidesUpload": {
        "front": "SideUpload?",
        "left": "SideUpload?",
        "right": "SideUpload?",
        "image_batch_id": "Id!",
    },
    "Subject": {
        "id": "Id!",
        "name": "string?",
        "birth_date": "string?",
        "biological_sex": NAMED,
        "meta": "any",
        "creation_time": TIME,
        "company": NAMED,
        "dataset": NAMED,
        "author_id": "Id?",
    },
    "SubjectPage": PAGE | {"results": "[Subject]!"},
    "SubjectRequest": {"name": "string!", "birth_date": "string?", "biological_sex": "string?", "meta": "any"},
    "Subjects": "[Subject]|SubjectPage",
    "UploadHeaders": "{string}",
    "UploadRequest": {
        "batch_id": "string",
        "side_id": "integer",
        "light_id": "integer?",
        "meta": "any",
        "creation_time": "string?",
        "name": "string",
        "app_args": "AppArgs",
    },
    "UploadUrl": URL_FIELDS,
    "Webhook": {
        "url": "string?",
        "authorization": "string?",
        "authorization_key": "string?",
        "authorization_value": "string?",
        "method": "string?",
        "enabled": "boolean?",
        "secret_key": "string?",
    },
    "WebhookRequest": {
        "url": "string!",
        "authorization": "string!",
        "authorization_key": "string!",
        "authorization_value": "string!",
        "method": "string!",
        "enabled": "boolean",
        "add_survey_answers": "boolean",
        "merge_webhooks": "boolean",
    },
}

CALL = f"paths {DATASET}/webhooks/ post callbacks computed {{$request.body#/url}} post"
ASSUMED = {
    # Beside what is assumed as a whole, any success but the known one.
    *(f"paths {path} {method}" for (method, path), (_, mark, _, _) in OPERATIONS.items() if mark == "assumed"),
    *(f"paths {path} {method} responses 2XX" for (method, path), known in OPERATIONS.items() if known[1] != "assumed"),
    *(f"paths {DATASET}/subjects/ get {name}" for name in QUERIES["list_subjects"]),
    f"paths {REFRESH} post responses 200",
    f"{CALL} requestBody content application/json schema",
    f"{CALL} responses 2XX",
    "components responses Failed",
    "components responses Refused",
    "components schemas AuxImageList",
    "components schemas ErrorReply",
    "components schemas Image aux_images",
    "components schemas Image side_id",
    "components schemas ImageList",
}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return read_yaml(SERVICE / "openapi.yaml")


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    return built_document(SERVICE)


def validator(document: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


def fields_of(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, str]:
    """The shapes of an object's fields, those of what it extends included."""
    shapes: dict[str, str] = {}
    for part in schema.get("allOf", [schema]):
        part = followed(document, part)
        shapes |= {field: field_shape(part, field) for field in part["properties"]}
    return shapes


def parameters_of(document: dict[str, Any], operation: dict[str, Any], place: str) -> dict[str, dict[str, Any]]:
    found = [followed(document, item) for item in operation.get("parameters", [])]
    return {item["name"]: item for item in found if item["in"] == place}


def test_the_host_is_the_documented_one_and_every_path_ends_with_a_slash(spec: dict[str, Any]) -> None:
    assert [server["url"] for server in spec["servers"]] == ["https://saas.haut.ai"]
    assert all(path.endswith("/") for path in spec["paths"])


def test_all_but_the_first_token_needs_a_bearer_token(spec: dict[str, Any]) -> None:
    scheme = spec["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"], scheme["x-provenance"]) == ("http", "bearer", "observed")
    assert spec["security"] == [{"bearer": []}]
    free = {path for (_, path), operation in operations(spec) if operation.get("security") == []}
    assert free == {LOGIN, REFRESH}


def test_the_operations_are_the_known_ones_with_names_for_python(built: dict[str, Any]) -> None:
    found = {}
    for key, operation in operations(built):
        status, reply = next(iter(operation["responses"].items()))
        found[key] = (
            operation["operationId"],
            operation["x-provenance"],
            content_of(operation.get("requestBody", {})),
            " ".join(filter(None, (status, content_of(reply)))),
        )
    assert found == OPERATIONS
    assert all(operation["tags"] == ["images"] for _, operation in operations(built))


@pytest.mark.parametrize("key", OPERATIONS, ids=lambda key: OPERATIONS[key][0])
def test_the_ids_of_a_path_are_texts(key: tuple[str, str], spec: dict[str, Any]) -> None:
    found = parameters_of(spec, dict(operations(spec))[key], "path")
    assert list(found) == re.findall(r"{(\w+)}", key[1])
    assert all(shape(item["schema"]) == "string" and item["required"] for item in found.values())


def test_the_queries_of_pages_are_optional(built: dict[str, Any]) -> None:
    found = {}
    for _, operation in operations(built):
        if query := parameters_of(built, operation, "query"):
            found[operation["operationId"]] = {name: shape(item["schema"]) for name, item in query.items()}
            assert not [name for name, item in query.items() if item.get("required")]
    assert found == QUERIES


def test_the_subject_of_an_upload_is_named_without_its_dataset(spec: dict[str, Any]) -> None:
    assert "{dataset_id}" not in SIGNED_URL
    assert "does not name the dataset" in spec["paths"][SIGNED_URL]["post"]["description"]


def test_all_known_schemas_are_there(spec: dict[str, Any]) -> None:
    assert spec["components"]["schemas"].keys() == SCHEMAS.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_the_known_fields(name: str, spec: dict[str, Any]) -> None:
    schema, known = spec["components"]["schemas"][name], SCHEMAS[name]
    assert (shape(schema) if isinstance(known, str) else fields_of(spec, schema)) == known


@pytest.mark.parametrize(
    ("name", "field", "longest"),
    [
        ("SubjectRequest", "name", 512),
        *(("SidesRequest", side, 255) for side in ("front", "left", "right")),
        *(("WebhookRequest", field, 128) for field in ("authorization_key", "authorization_value")),
    ],
)
def test_a_text_has_one_character_up_to_the_documented_number(
    name: str, field: str, longest: int, built: dict[str, Any]
) -> None:
    ways = {"authorization": "basic", "authorization_key": "k", "authorization_value": "v", "method": "post"}
    request = {"name": "n", "url": "https://x.example", **ways}
    judge = validator(built, name)
    for length in (0, 1, longest, longest + 1):
        assert judge.is_valid({**request, field: "x" * length}) is (1 <= length <= longest)


def test_a_webhook_is_authorised_in_the_documented_ways(spec: dict[str, Any]) -> None:
    fields = spec["components"]["schemas"]["WebhookRequest"]["properties"]
    assert fields["authorization"]["enum"] == ["query", "basic", "bearer"]
    assert fields["method"]["enum"] == ["post", "get"]


def test_every_field_of_an_upload_is_optional(built: dict[str, Any]) -> None:
    judge = validator(built, "UploadRequest")
    judge.validate({})
    judge.validate({"batch_id": "b", "side_id": 1, "light_id": None, "meta": None, "creation_time": None})


def test_the_rules_of_a_picture_are_told(spec: dict[str, Any]) -> None:
    said = spec["paths"][SIGNED_URL]["post"]["description"]
    assert "at least 256x256 pixels and at most 31457280 bytes, best 3 to 5 MB" in said
    headers = spec["components"]["schemas"]["UploadHeaders"]["description"]
    assert "exactly as they are" in headers
    assert all(text in headers for text in ("application/octet-stream", "X-Goog-Content-Length-Range", "1,31457280"))


@pytest.mark.parametrize("name", ["UploadRequest", "Image"])
def test_the_sides_have_the_documented_numbers(name: str, spec: dict[str, Any]) -> None:
    side, light = ("side_id", "light_id") if name == "UploadRequest" else ("side", "light")
    fields = spec["components"]["schemas"][name]["properties"]
    assert "1 front, 2 right, 3 left" in fields[side]["description"]
    assert "1 regular" in fields[light]["description"]


def test_a_computation_takes_an_empty_object_and_no_null_for_its_arguments(built: dict[str, Any]) -> None:
    judge = validator(built, "ComputeRequest")
    assert judge.is_valid({})
    assert judge.is_valid({"app_args": {}})
    assert not judge.is_valid({"app_args": None})
    body = built["paths"][COMPUTE]["post"]["requestBody"]
    assert body["x-provenance"] == "observed"
    assert not body.get("required", False)


def test_a_login_that_needs_a_second_factor_and_the_life_of_a_token_are_told(spec: dict[str, Any]) -> None:
    login = spec["paths"][LOGIN]["post"]
    assert "second factor" in login["responses"]["400"]["description"]
    assert {"401", "403"} <= login["responses"].keys()
    assert "lives for an hour" in login["description"]
    assert "Only this reply shows it" in spec["paths"][TOKENS]["post"]["description"]


def test_when_results_are_ready_is_told(spec: dict[str, Any]) -> None:
    ready = spec["paths"][f"{V3}/batches/{{batch_id}}/results/"]["get"]["description"]
    assert "Ready when `all_algorithms_calculated` is true" in ready
    assert "Empty until something is computed" in spec["paths"][f"{IMAGE}results/"]["get"]["description"]


def test_a_missing_face_is_an_error_in_a_result(spec: dict[str, Any]) -> None:
    result = spec["components"]["schemas"]["ImageResult"]["properties"]["result"]
    assert "`No face detected`" in result["description"]
    assert result["x-provenance"] == "observed"


def test_the_webhooks_body_is_open_and_its_ids_are_assumed(spec: dict[str, Any]) -> None:
    call = spec["paths"][f"{DATASET}/webhooks/"]["post"]["callbacks"]["computed"]["{$request.body#/url}"]["post"]
    body = call["requestBody"]["content"]["application/json"]["schema"]
    judge = Draft202012Validator({**body, "components": spec["components"]})
    links = {"original": {"signed_url": "https://x.example/1?a=b"}}
    shown = {"application_name": "Face Skin Metrics 2.0", "area_results": [{"area_name": "face", "value": 38}]}
    for given in ({}, {"image_batch_id": "b", "image_id": 7}, {"images": links}, shown, {"anything": [1]}):
        judge.validate(given)
    assert body["x-provenance"] == "assumed"
    known = {field for field, schema in body["properties"].items() if schema.get("x-provenance") == "documented"}
    assert known == {"application_name", "application_run_id", "area_results", "images"}
    assert "for an hour" in body["properties"]["images"]["description"]
    assert "there is no signature" in call["description"]
    assert "up to 3 MB for three sides" in call["description"]


@pytest.mark.parametrize("key", OPERATIONS, ids=lambda key: OPERATIONS[key][0])
def test_every_2xx_has_the_same_body_and_every_error_is_an_error_reply(
    key: tuple[str, str], spec: dict[str, Any]
) -> None:
    replies = dict(operations(spec))[key]["responses"]
    assert len({content_of(reply) for status, reply in replies.items() if status[0] == "2"}) == 1
    errors = {status: content_of(followed(spec, reply)) for status, reply in replies.items() if status[0] in "45"}
    assert errors.keys() >= {"4XX", "5XX"}
    assert set(errors.values()) == {"ErrorReply"}


def test_what_is_assumed_is_marked(spec: dict[str, Any]) -> None:
    assert {place for place, mark in marked(spec) if mark == "assumed"} == ASSUMED
