"""Let's Enhance's spec against the facts of its documentation, typed in here once more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from build_spec import built_document, read_yaml
from jsonschema import Draft202012Validator

from safelight_api.letsenhance.models import (
    HttpSource,
    MarketplaceOperation,
    OpenOperation,
    Pipeline,
    PipelineNotice,
    PipelineReply,
    PipelineRequest,
    PipelineSubmission,
    PrintOperation,
    RealEstateOperation,
)
from tests.contract.spec_reading import (
    bounds,
    content_of,
    field_shape,
    followed,
    marked,
    operations,
    shape,
)

SERVICE = Path(__file__).resolve().parents[2] / "specs" / "letsenhance"
EXAMPLES = json.loads(Path(__file__).with_name("letsenhance_examples.json").read_text(encoding="utf-8"))
OPERATIONS = {
    ("post", "/v1/pipeline"): ("submit_pipeline", "PipelineRequest", "PipelineSubmission"),
    ("get", "/v1/pipeline/{id}"): ("get_pipeline", None, "PipelineReply"),
    ("get", "/v1/me/usage/"): ("get_usage", None, "Usage"),
}

# A `!` is a required property, a `?` one that may be null, `[...]` an array, `{...}` a mapping from names.
PRESET = {
    "width": "Pixels",
    "height": "Pixels",
    "restoration_level": "RestorationLevel",
    "lightai_intensity": "Intensity",
    "toneai_intensity": "Intensity",
    "image_format": "ImageFormat",
    "quality": "Quality",
}
SCHEMAS = {
    "HttpSource": {"url": "string|[string]!"},
    "ImageFormat": "string",
    "ImageObject": {
        "ext": "string?",
        "mps": "number?",
        "url": "string?",
        "mime": "string?",
        "size": "[integer]?",
        "width": "integer?",
        "height": "integer?",
        "format": "string?",
        "s3_key": "string?",
        "tmp_url": "string?",
        "basename": "string?",
        "filename": "string?",
        "interpret": "string?",
        "s3_bucket": "string?",
        "s3_key_prefix": "string?",
    },
    "Intensity": "number",
    "MarketplaceOperation": {"op": "'preset/marketplace'!"} | PRESET,
    "OpenOperation": {"op": "string!"},
    "Operation": "MarketplaceOperation|RealEstateOperation|PrintOperation|OpenOperation",
    "Pipeline": {
        "id": "integer",
        "status": "string",
        "source": "Source?",
        "operations": "[Operation]?",
        "sink": "Sink?",
        "notify_url": "string?",
        "error": "any",
        "errors": "[any]",
        "results": "[PipelineResult]?",
        "submitted_at": "string(date-time)?",
        "started_at": "string(date-time)?",
        "finished_at": "string(date-time)?",
    },
    "PipelineNotice": {"id": "integer?", "pipeline": "Pipeline?"},
    "PipelineReply": {"pipeline": "Pipeline?", "status": "string", "reason": "string?"},
    "PipelineRequest": {"source": "Source!", "operations": "[Operation]!", "sink": "Sink", "notify_url": "string"},
    "PipelineResult": {
        "created_at": "string(date-time)?",
        "input_object": "ImageObject?",
        "output_object": "ImageObject?",
    },
    "PipelineSubmission": {"status": "string", "pipeline": "Pipeline?", "reason": "string?"},
    "Pixels": "integer",
    "PrintOperation": {"op": "'preset/print'!", "dpi": "integer"} | PRESET,
    "Quality": "integer",
    "RealEstateOperation": {"op": "'preset/realestate'!"} | PRESET,
    "Rejection": {"status": "string", "reason": "string?"},
    "RestorationLevel": "integer",
    "Sink": {"temp_store": "boolean"},
    "Source": {"http": "HttpSource!"},
    "Usage": "{any}",
}

ASSUMED = {
    *(f"paths {path} {method} responses 2XX" for method, path in OPERATIONS),
    "components responses BadRequest",
    "components responses Failed",
    "components responses Forbidden",
    "components responses NotFound",
    "components responses PaymentRequired",
    "components responses Refused",
    "components responses TooManyRequests",
    "components responses Unauthorized",
    "components schemas OpenOperation",
    "components schemas PipelineNotice",
    "components schemas PipelineReply reason",
    "components schemas PipelineReply status",
    "components schemas Usage",
}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return read_yaml(SERVICE / "openapi.yaml")


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    return built_document(SERVICE)


def an_operation(op: str, **changes: Any) -> dict[str, Any]:
    return {"op": op, "width": 1600, "height": 900} | changes


def a_request(*operations: dict[str, Any], url: Any = "https://x.example/1.jpg") -> dict[str, Any]:
    return {"source": {"http": {"url": url}}, "operations": list(operations or [an_operation("preset/print")])}


def validator(document: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_an_example_of_the_documentation_fits_its_schema(example: dict[str, Any], built: dict[str, Any]) -> None:
    validator(built, example["model"]).validate(example["example"])


def test_host_and_key_are_the_documented_ones(spec: dict[str, Any]) -> None:
    assert [server["url"] for server in spec["servers"]] == ["https://api.letsenhance.io"]
    assert spec["security"] == [{"apiKey": []}]
    scheme = spec["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-API-KEY")


def test_the_operations_are_the_documented_ones_with_names_for_python(built: dict[str, Any]) -> None:
    found = {
        key: (
            operation["operationId"],
            content_of(operation.get("requestBody", {})),
            content_of(operation["responses"]["200"]),
        )
        for key, operation in operations(built)
    }
    assert found == OPERATIONS
    assert all(operation["tags"] == ["pipelines"] for _, operation in operations(built))


def test_all_documented_schemas_are_there(spec: dict[str, Any]) -> None:
    assert spec["components"]["schemas"].keys() == SCHEMAS.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_the_documented_fields(name: str, spec: dict[str, Any]) -> None:
    schema = spec["components"]["schemas"][name]
    if isinstance(SCHEMAS[name], str):
        assert shape(schema) == SCHEMAS[name]
        return
    assert schema["type"] == "object"
    assert {field: field_shape(schema, field) for field in schema["properties"]} == SCHEMAS[name]


@pytest.mark.parametrize(
    ("name", "limits"),
    {
        "Pixels": "1..",
        "RestorationLevel": "1..10",
        "Intensity": "0.1..1.0",
        "ImageFormat": "JPEG|PNG",
        "Quality": "1..100",
    }.items(),
)
def test_a_field_of_a_preset_is_limited_as_documented(name: str, limits: str, spec: dict[str, Any]) -> None:
    assert bounds(spec["components"]["schemas"][name]) == limits
    assert set(spec["components"]["schemas"][name].get("x-assumed", [])) == {
        "Pixels": {"minimum"},
        "Quality": {"minimum", "maximum"},
    }.get(name, set())


def test_only_prints_have_a_resolution(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    assert bounds(schemas["PrintOperation"]["properties"]["dpi"]) == "1.."
    assert [name for name in schemas if "dpi" in schemas[name].get("properties", {})] == ["PrintOperation"]


@pytest.mark.parametrize("name", ["MarketplaceOperation", "PrintOperation", "RealEstateOperation"])
def test_the_intensity_of_tones_has_the_name_of_the_examples(name: str, spec: dict[str, Any]) -> None:
    fields = spec["components"]["schemas"][name]["properties"]
    assert "toneai_intensity" in fields
    assert "tone_intensity" not in fields


@pytest.mark.parametrize("field", ["lightai_intensity", "toneai_intensity"])
@pytest.mark.parametrize("value", [0.1, 0.99, 1, 1.0, 0.09, 1.01])
def test_an_intensity_goes_from_a_tenth_to_one(field: str, value: float, built: dict[str, Any]) -> None:
    request = a_request(an_operation("preset/marketplace", **{field: value}))
    assert validator(built, "PipelineRequest").is_valid(request) is (0.1 <= value <= 1)


@pytest.mark.parametrize(
    ("op", "kind"),
    [
        ("preset/marketplace", MarketplaceOperation),
        ("preset/realestate", RealEstateOperation),
        ("preset/print", PrintOperation),
        ("upscale/x2", OpenOperation),
        ("preset/new", OpenOperation),
    ],
)
def test_an_operation_is_told_by_its_op(op: str, kind: type, built: dict[str, Any]) -> None:
    given = a_request(an_operation(op, strength={"is": [1, 2]}))
    made = PipelineRequest.from_dict(given)
    assert type(made.operations[0]) is kind
    assert made.to_dict() == given
    validator(built, "PipelineRequest").validate(given)


def test_a_known_preset_with_wrong_fields_is_not_taken_for_an_open_operation(built: dict[str, Any]) -> None:
    judge = validator(built, "PipelineRequest")
    for wrong in ({"restoration_level": 11}, {"image_format": "WEBP"}, {"quality": 0}, {"width": 0}, {"width": 1.5}):
        assert not judge.is_valid(a_request(an_operation("preset/realestate", **wrong)))
    assert not judge.is_valid(a_request(an_operation("preset/print", dpi=0)))
    assert judge.is_valid(a_request(an_operation("other", restoration_level=11)))


def test_a_preset_needs_nothing_but_its_op(built: dict[str, Any]) -> None:
    validator(built, "PipelineRequest").validate(a_request({"op": "preset/marketplace"}))
    assert MarketplaceOperation(op="preset/marketplace").to_dict() == {"op": "preset/marketplace"}


def test_one_pipeline_may_carry_several_operations(built: dict[str, Any]) -> None:
    given = a_request(an_operation("preset/marketplace"), an_operation("preset/print", dpi=300), {"op": "x"})
    validator(built, "PipelineRequest").validate(given)
    made = PipelineRequest.from_dict(given)
    assert [type(operation) for operation in made.operations] == [MarketplaceOperation, PrintOperation, OpenOperation]
    assert made.to_dict() == given


@pytest.mark.parametrize("url", ["https://x.example/1.jpg", ["https://x.example/1.jpg", "https://x.example/2.jpg"]])
def test_the_source_is_one_url_or_several_both_ways(url: Any, built: dict[str, Any]) -> None:
    request = a_request(url=url)
    validator(built, "PipelineRequest").validate(request)
    assert PipelineRequest.from_dict(request).source.http == HttpSource(url=url)
    reply = {"pipeline": {"id": 1, "source": request["source"]}}
    validator(built, "PipelineReply").validate(reply)
    assert PipelineReply.from_dict(reply).to_dict() == reply


def test_each_url_costs_a_credit_and_has_a_result(spec: dict[str, Any]) -> None:
    url = spec["components"]["schemas"]["HttpSource"]["properties"]["url"]
    assert "Each costs a credit and has a result of its own" in url["description"]
    assert "a credit for each URL" in spec["paths"]["/v1/pipeline"]["post"]["description"]
    assert (
        "One result for each URL" in spec["components"]["schemas"]["Pipeline"]["properties"]["results"]["description"]
    )


def test_a_request_needs_a_source_and_an_operation(built: dict[str, Any]) -> None:
    judge = validator(built, "PipelineRequest")
    assert not judge.is_valid({"operations": [{"op": "x"}]})
    assert not judge.is_valid({"source": {"http": {"url": "https://x.example/1.jpg"}}, "operations": []})
    assert not judge.is_valid(a_request(url=[]))


@pytest.mark.parametrize("status", ["PROCESSING", "DONE", "ERROR", "SOMETHING_NEW"])
def test_the_status_of_a_pipeline_is_an_open_text(status: str, spec: dict[str, Any]) -> None:
    pipeline = PipelineReply.from_dict({"pipeline": {"id": 1, "status": status}}).pipeline
    assert isinstance(pipeline, Pipeline)
    assert pipeline.status == status
    known = spec["components"]["schemas"]["Pipeline"]["properties"]["status"]
    assert known["examples"] == ["PROCESSING", "DONE", "ERROR"]
    assert "enum" not in known


def test_the_status_of_a_submission_is_an_open_text(spec: dict[str, Any]) -> None:
    known = spec["components"]["schemas"]["PipelineSubmission"]["properties"]["status"]
    assert known["examples"] == ["ACCEPTED", "REJECTED"]
    assert PipelineSubmission.from_dict({"status": "QUEUED"}).status == "QUEUED"


def test_a_result_is_there_for_24_hours_under_the_name_of_the_examples(spec: dict[str, Any]) -> None:
    fields = spec["components"]["schemas"]["ImageObject"]["properties"]
    assert "24 hours" in fields["tmp_url"]["description"]
    assert "temp_url" not in fields


def test_the_formats_that_are_taken_are_named(spec: dict[str, Any]) -> None:
    said = spec["components"]["schemas"]["ImageObject"]["properties"]["format"]["description"]
    assert all(name in said for name in ("JPEG", "TIFF", "PNG", "BMP", "WEBP"))


def test_the_webhook_is_a_hint_that_is_repeated(spec: dict[str, Any]) -> None:
    callbacks = spec["paths"]["/v1/pipeline"]["post"]["callbacks"]
    call = callbacks["processed"]["{$request.body#/notify_url}"]["post"]
    assert "400 or above has the call repeated after 3, then 6, then 10 minutes" in call["description"]
    assert "hint" in call["description"]
    assert content_of(call["requestBody"]) == "PipelineNotice"
    assert spec["components"]["schemas"]["PipelineNotice"]["x-provenance"] == "assumed"
    for body in ({}, {"id": 26082838}, {"pipeline": {"id": 26082838, "status": "DONE"}}, {"pipeline_id": 26082838}):
        assert PipelineNotice.from_dict(body).to_dict() == body


@pytest.mark.parametrize("key", OPERATIONS, ids=" ".join)
def test_every_2xx_has_the_same_body(key: tuple[str, str], spec: dict[str, Any]) -> None:
    replies = dict(operations(spec))[key]["responses"]
    assert content_of(replies["2XX"]) == content_of(replies["200"])


def test_every_error_is_a_rejection(spec: dict[str, Any]) -> None:
    for key, operation in operations(spec):
        errors = {status: reply for status, reply in operation["responses"].items() if status[0] in "45"}
        assert {"429", "4XX", "5XX"} <= errors.keys(), key
        assert {content_of(followed(spec, reply)) for reply in errors.values()} == {"Rejection"}
    assert "402" in spec["paths"]["/v1/pipeline"]["post"]["responses"]


def test_every_operation_says_how_it_is_known(spec: dict[str, Any]) -> None:
    assert {operation["x-provenance"] for _, operation in operations(spec)} == {"documented"}


def test_what_is_assumed_is_marked(spec: dict[str, Any]) -> None:
    assert {place for place, mark in marked(spec) if mark == "assumed"} == ASSUMED
