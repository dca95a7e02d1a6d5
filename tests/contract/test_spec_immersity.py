"""Immersity's spec, which is LeiaPix's too, against the facts of its documents, typed in here once more."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from build_spec import built_document, read_yaml
from import_spec import structure_of

from tests.contract.spec_reading import (
    bounds,
    content_of,
    field_shape,
    mappings,
    marked,
    operations,
    shape,
)

SERVICE = Path(__file__).resolve().parents[2] / "specs" / "immersity"

# One API under two names: the facts of the two guides.
IMMERSITY = (
    "https://api.immersity.ai",
    "oauth2",
    "https://auth.immersity.ai/auth/realms/immersity/protocol/openid-connect/token",
)
LEIAPIX = (
    "https://api.leiapix.com",
    "oauth2Leiapix",
    "https://auth.leialoft.com/auth/realms/leialoft/protocol/openid-connect/token",
)

OPERATIONS = {
    ("get", "/api/v1/prices"): ("get_prices", None, "Prices"),
    ("get", "/api/v1/get-upload-url"): ("get_upload_url", None, "RESTStorageApiCallResult"),
    ("post", "/api/v1/disparity"): ("create_disparity", "RESTMonoDepthEstimationParams", "RESTAPICallResult"),
    ("post", "/api/v1/animation"): ("create_animation", "RESTAnimationGenerationParams", "RESTAPICallResult"),
    ("post", "/api/v1/sbs"): ("create_stereo", "RESTStereoSbsGenerationParams", "RESTAPICallResult"),
    ("post", "/api/v1/topBottom"): ("create_top_bottom", "RESTStereoTopBottomGenerationParams", "RESTAPICallResult"),
    ("post", "/api/v1/decode"): ("decode_lif", "RESTLifDecoderParams", "RESTAPICallResult"),
    ("post", "/api/v1/encode"): ("encode_lif", "RESTLifEncoderParams", "RESTAPICallResult"),
    ("post", "/api/v1/video"): ("convert_video", "RESTVideoConversionParams", "RESTAPICallResult"),
    ("post", "/api/v1/spatial"): ("convert_spatial_video", "RESTSpatialVideoConversionParams", "RESTAPICallResult"),
}
ASYNCHRONOUS = {("post", "/api/v1/video"), ("post", "/api/v1/spatial")}
PICTURES = {key for key in OPERATIONS if key[0] == "post"} - ASYNCHRONOUS

# A `!` is a required property, a `?` one that may be null, `[...]` an array, `{...}` a mapping from names.
COMMON = {"inputImageUrl": "string!", "resultPresignedUrl": "string", "correlationId": "string"}
DEPTH = {"gain": "number", "convergence": "number"}
STEREO = COMMON | DEPTH | {"width": "integer", "height": "integer", "gainMultiplier": "number"}
CONVERSION = {
    "inputVideoUrl": "string!",
    "resultPresignedUrl": "string!",
    "videoLength": "number!",
    "creditAmount": "number!",
    "callbackUrl": "string!",
    "correlationId": "string",
}
SCHEMAS = {
    "Prices": {"disparity": "{number}", "animation": "{number}"},
    "RESTAPICallResult": {"correlationId": "string!", "resultPresignedUrl": "string!"},
    "RESTStorageApiCallResult": {"url": "string!", "urlExpiresUTC": "string(date-time)!"},
    "RESTMonoDepthEstimationParams": COMMON | {"dilation": "number", "inputType": "string", "outputBitDepth": "string"},
    "RESTAnimationGenerationParams": COMMON
    | DEPTH
    | {
        "inputDisparityUrl": "string",
        "animationType": "string",
        "pattern": "string",
        "animationLength": "number",
        "outputWidth": "integer",
        "outputHeight": "integer",
        "numberOfLoops": "integer",
        "outputFps": "integer",
    }
    | {f"{kind}{axis}": "number" for kind in ("amplitude", "phase") for axis in "XYZ"},
    "RESTStereoSbsGenerationParams": STEREO | {"inputDisparityUrl": "string", "outputType": "string"},
    "RESTStereoTopBottomGenerationParams": STEREO | {"inputDisparityUrl": "string!"},
    "RESTLifDecoderParams": COMMON,
    "RESTLifEncoderParams": DEPTH
    | {"resultPresignedUrl": "string", "correlationId": "string", "inputDisparitySource": "string"}
    | {f"inputSingle{kind}Url": "string" for kind in ("Image", "Disparity")}
    | {f"input{side}{kind}Url": "string" for side in ("Left", "Right") for kind in ("Image", "Disparity")},
    "RESTVideoConversionParams": CONVERSION
    | DEPTH
    | {
        "outputWidth": "integer!",
        "outputHeight": "integer!",
        "dilateRatio": "integer",
        "autoConvergence": "boolean",
        "inputType": "string",
        "outputType": "string",
        "bitrate": "number",
    },
    "RESTSpatialVideoConversionParams": CONVERSION | {"inputType": "string!"},
    "ErrorReply": {
        "errorCode": "string?",
        "message": "string|[string]?",
        "error": "string?",
        "statusCode": "integer?",
        "correlationId": "string?",
    },
    "VideoCallback": {"correlationId": "string?", "errorCode": "string?", "error": "string?"},
}

BOUNDS = {
    "RESTMonoDepthEstimationParams": {
        "dilation": "-0.01..0.01",
        "inputType": "image2d|image360",
        "outputBitDepth": "uint16|uint8",
    },
    "RESTAnimationGenerationParams": {
        "animationType": "gif|mp4",
        "animationLength": "1..10",
        "amplitudeX": "0..10",
        "amplitudeY": "0..10",
        "amplitudeZ": "0..10",
        "phaseX": "0..7",
        "phaseY": "0..7",
        "phaseZ": "0..7",
        "gain": "0..10",
        "convergence": "-1..1",
        "numberOfLoops": "0..10",
        "outputFps": "1|5|10|15|24|25|30|60",
        "outputWidth": "1..",
        "outputHeight": "1..",
    },
    "RESTStereoSbsGenerationParams": {
        "gain": "0..10",
        "gainMultiplier": "0..10",
        "convergence": "-1..1",
        "outputType": "anaglyph|sbs|spatial",
        "width": "1..",
        "height": "1..",
    },
    "RESTStereoTopBottomGenerationParams": {
        "gain": "0..10",
        "gainMultiplier": "0..10",
        "convergence": "-1..1",
        "width": "1..",
        "height": "1..",
    },
    "RESTLifEncoderParams": {"gain": "0..10", "convergence": "-1..1"},
    "RESTVideoConversionParams": {
        "gain": "-10..10",
        "convergence": "-1..1",
        "dilateRatio": "0..20",
        "inputType": "image360|regular",
        "outputType": "anaglyph|depth|depth_exr|sbs|spatial|tb",
        "outputWidth": "1..8000",
        "outputHeight": "1..8000",
    },
    "RESTSpatialVideoConversionParams": {"inputType": "sbs|tb"},
}

DEFAULTS = {
    ("RESTMonoDepthEstimationParams", "dilation"): "0.0063",
    ("RESTMonoDepthEstimationParams", "inputType"): "`image2d`",
    ("RESTMonoDepthEstimationParams", "outputBitDepth"): "8 where it is not given",
    ("RESTAnimationGenerationParams", "animationType"): "`mp4` where",
    ("RESTAnimationGenerationParams", "animationLength"): "4 where",
    ("RESTAnimationGenerationParams", "amplitudeX"): "1 where",
    ("RESTAnimationGenerationParams", "amplitudeY"): "1 where",
    ("RESTAnimationGenerationParams", "amplitudeZ"): "1 where",
    ("RESTAnimationGenerationParams", "phaseX"): "0 where",
    ("RESTAnimationGenerationParams", "phaseY"): "0.25 where",
    ("RESTAnimationGenerationParams", "phaseZ"): "0.25 where",
    ("RESTAnimationGenerationParams", "numberOfLoops"): "not at all where",
    ("RESTStereoSbsGenerationParams", "outputType"): "`sbs` where",
    ("RESTVideoConversionParams", "gain"): "-1 where",
    ("RESTVideoConversionParams", "convergence"): "0 where",
    ("RESTVideoConversionParams", "dilateRatio"): "3 where",
    ("RESTVideoConversionParams", "outputType"): "`sbs` where",
    ("RESTVideoConversionParams", "inputType"): "Regular where",
}

ASSUMED = (
    {f"paths {path} {method} responses {status}" for method, path in OPERATIONS for status in ("4XX", "5XX")}
    | {
        f"paths {path} {method} callbacks converted {{$request.body#/callbackUrl}} post"
        for method, path in ASYNCHRONOUS
    }
    | {"components schemas ErrorReply", "components schemas VideoCallback"}
)


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    return read_yaml(SERVICE / "openapi.yaml")


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    return built_document(SERVICE)


def test_the_imported_document_is_structure_alone(published: dict[str, Any]) -> None:
    structure, misfits = structure_of(published)
    assert structure == published
    assert misfits == []
    phrases = {status.phrase for status in HTTPStatus}
    assert {node["description"] for node in mappings(published["paths"]) if "description" in node} <= phrases
    assert not [node for node in mappings(published) if any(str(key).startswith("x-") for key in node)]


def test_the_version_of_the_published_document_is_kept(published: dict[str, Any], built: dict[str, Any]) -> None:
    assert (published["openapi"], published["info"]["version"]) == ("3.0.0", "3.1.1")
    assert (built["openapi"], built["info"]["version"]) == ("3.1.0", "3.1.1")


@pytest.mark.parametrize(("host", "scheme", "token_url"), [IMMERSITY, LEIAPIX], ids=["immersity", "leiapix"])
def test_the_facts_of_both_guides_hold(host: str, scheme: str, token_url: str, built: dict[str, Any]) -> None:
    assert host in [server["url"] for server in built["servers"]]
    oauth2 = built["components"]["securitySchemes"][scheme]
    assert host in oauth2["description"]
    assert oauth2["flows"] == {"clientCredentials": {"tokenUrl": token_url, "scopes": {}}}
    disparity = built["paths"]["/api/v1/disparity"]["post"]
    assert "allow 5 minutes" in disparity["description"]
    fields = built["components"]["schemas"]["RESTMonoDepthEstimationParams"]["properties"]
    assert {"correlationId", "inputImageUrl", "resultPresignedUrl"} <= fields.keys()
    assert "PUT" in fields["resultPresignedUrl"]["description"]
    assert "2XX" in disparity["responses"]


def test_the_hosts_are_the_new_and_the_legacy_one(built: dict[str, Any]) -> None:
    assert [server["url"] for server in built["servers"]] == [IMMERSITY[0], LEIAPIX[0]]


def test_authentication_is_by_client_credentials_and_a_bearer_token(built: dict[str, Any]) -> None:
    schemes = built["components"]["securitySchemes"]
    assert schemes.keys() == {"bearer", "oauth2", "oauth2Leiapix"}
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    assert schemes["oauth2"]["type"] == schemes["oauth2Leiapix"]["type"] == "oauth2"
    assert built["security"] == [{"bearer": []}]


def test_the_fields_of_the_token_reply_are_named(built: dict[str, Any]) -> None:
    said = built["components"]["securitySchemes"]["oauth2"]["description"]
    assert all(f"`{field}`" in said for field in ("access_token", "expires_in", "token_type"))


def test_the_operations_are_the_documented_ones_with_names_for_python(built: dict[str, Any]) -> None:
    found = {
        key: (operation["operationId"], content_of(operation.get("requestBody", {})))
        for key, operation in operations(built)
    }
    assert found == {key: (name, body) for key, (name, body, _) in OPERATIONS.items()}
    assert all(operation["tags"] == ["media"] for _, operation in operations(built))


def test_the_vendors_own_receiver_is_left_out(published: dict[str, Any], built: dict[str, Any]) -> None:
    path, schema = "/api/v1/transaction/callback", "TransactionCallbackParams"
    assert path in published["paths"]
    assert path not in built["paths"]
    assert schema in published["components"]["schemas"]
    assert schema not in json.dumps(built)


def test_known_error_codes_are_named_and_left_open(built: dict[str, Any]) -> None:
    code = built["components"]["schemas"]["ErrorReply"]["properties"]["errorCode"]
    assert code["x-provenance"] == "observed"
    assert "`ERROR_OUTPUT_URL_IS_NOT_WRITABLE`" in code["description"]
    assert "`NOT_ENOUGH_CREDIT_BALANCE`" in code["description"]
    assert shape(code) == "string?"


@pytest.mark.parametrize("key", OPERATIONS, ids=" ".join)
def test_every_2xx_is_success_with_the_same_body(key: tuple[str, str], built: dict[str, Any]) -> None:
    replies = dict(operations(built))[key]["responses"]
    assert content_of(replies["200"]) == content_of(replies["2XX"]) == OPERATIONS[key][2]


@pytest.mark.parametrize("key", OPERATIONS, ids=" ".join)
def test_every_error_has_a_body_with_an_error_code(key: tuple[str, str], built: dict[str, Any]) -> None:
    replies = dict(operations(built))[key]["responses"]
    errors = {status: content_of(reply) for status, reply in replies.items() if not status.startswith("2")}
    assert {"401", "4XX", "5XX"} <= errors.keys()
    assert set(errors.values()) == {"ErrorReply"}


def test_too_few_credits_are_told_by_402(built: dict[str, Any]) -> None:
    for key in PICTURES:
        assert "too few credits" in dict(operations(built))[key]["responses"]["402"]["description"]


@pytest.mark.parametrize("key", sorted(PICTURES), ids=" ".join)
def test_picture_operations_answer_when_the_result_is_written_within_5_minutes(
    key: tuple[str, str], built: dict[str, Any]
) -> None:
    said = dict(operations(built))[key]["description"]
    assert "The reply comes when the result has been written: allow 5 minutes." in said
    assert "callbacks" not in dict(operations(built))[key]


@pytest.mark.parametrize("key", sorted(ASYNCHRONOUS), ids=" ".join)
def test_videos_are_asynchronous_and_end_with_an_assumed_callback(key: tuple[str, str], built: dict[str, Any]) -> None:
    operation = dict(operations(built))[key]
    assert "Asynchronous: the reply comes at once" in operation["description"]
    call = operation["callbacks"]["converted"]["{$request.body#/callbackUrl}"]["post"]
    assert call["x-provenance"] == "assumed"
    assert content_of(call["requestBody"]) == "VideoCallback"


@pytest.mark.parametrize(
    "name", [name for _, name, _ in OPERATIONS.values() if name], ids=lambda name: name.removeprefix("REST")
)
def test_a_result_url_is_written_to_by_put(name: str, built: dict[str, Any]) -> None:
    schema = built["components"]["schemas"][name]
    result = schema["properties"]["resultPresignedUrl"]
    assert result["description"].startswith("A URL that takes the result by PUT")
    is_video = "Video" in name
    assert ("resultPresignedUrl" in schema.get("required", [])) is is_video
    assert ("temporary storage" in result["description"]) is not is_video


def test_without_a_result_url_the_reply_has_a_short_lived_readable_one(built: dict[str, Any]) -> None:
    said = built["components"]["schemas"]["RESTAPICallResult"]["properties"]["resultPresignedUrl"]["description"]
    assert "gives the result by GET for a short time" in said


def test_an_upload_url_takes_a_put_for_24_hours_and_cannot_be_read(built: dict[str, Any]) -> None:
    operation = built["paths"]["/api/v1/get-upload-url"]["get"]
    assert "within 24 hours" in operation["description"]
    assert "cannot be read with GET" in operation["description"]
    assert {item["name"]: f"{item['in']} {shape(item['schema'])}" for item in operation["parameters"]} == {
        "correlationId": "query string",
        "fileName": "query string",
        "mediaType": "query string",
    }
    assert not [item for item in operation["parameters"] if item["required"]]


def test_prices_are_open_maps_from_names_to_numbers_and_never_fixed(built: dict[str, Any]) -> None:
    schema = built["components"]["schemas"]["Prices"]
    assert "required" not in schema
    assert not [node for node in mappings(schema) if {"default", "const", "enum", "example"} & node.keys()]


def test_the_price_and_the_length_of_a_video_have_to_match_what_the_service_computes(built: dict[str, Any]) -> None:
    for name in ("RESTVideoConversionParams", "RESTSpatialVideoConversionParams"):
        schema = built["components"]["schemas"][name]
        assert {"creditAmount", "videoLength", "callbackUrl"} <= set(schema["required"])
        assert "refused if the service computes another" in schema["properties"]["creditAmount"]["description"]
        assert "`ERROR_VIDEO_LENGTH_MISMATCH`" in schema["properties"]["videoLength"]["description"]


def test_all_schemas_are_there(built: dict[str, Any]) -> None:
    assert built["components"]["schemas"].keys() == SCHEMAS.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_the_documented_fields(name: str, built: dict[str, Any]) -> None:
    schema = built["components"]["schemas"][name]
    assert schema["type"] == "object"
    assert {field: field_shape(schema, field) for field in schema["properties"]} == SCHEMAS[name]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_field_is_limited_as_documented(name: str, built: dict[str, Any]) -> None:
    fields = built["components"]["schemas"][name]["properties"]
    found = {field: bounds(definition) for field, definition in fields.items() if bounds(definition)}
    assert found == BOUNDS.get(name, {})


def test_numbers_that_only_make_sense_whole_are_integers(published: dict[str, Any], built: dict[str, Any]) -> None:
    whole = {"width", "height", "outputWidth", "outputHeight", "numberOfLoops", "outputFps", "dilateRatio"}
    seen = set()
    for name in published["components"]["schemas"].keys() & built["components"]["schemas"].keys():
        before = published["components"]["schemas"][name]["properties"]
        after = built["components"]["schemas"][name]["properties"]
        for field in before.keys() & whole:
            assert (before[field]["type"], after[field]["type"]) == ("number", "integer")
            seen.add(field)
    assert seen == whole


def test_an_animation_does_not_need_a_disparity_map(published: dict[str, Any], built: dict[str, Any]) -> None:
    name = "RESTAnimationGenerationParams"
    assert "inputDisparityUrl" in published["components"]["schemas"][name]["required"]
    assert built["components"]["schemas"][name]["required"] == ["inputImageUrl"]


@pytest.mark.parametrize(("place", "words"), DEFAULTS.items(), ids=[" ".join(place) for place in DEFAULTS])
def test_a_documented_default_is_told_in_words(place: tuple[str, str], words: str, built: dict[str, Any]) -> None:
    name, field = place
    assert words in built["components"]["schemas"][name]["properties"][field]["description"]


def test_every_default_of_the_published_document_is_told_in_words(published: dict[str, Any]) -> None:
    schemas = published["components"]["schemas"]
    found = {
        (name, field): str(definition["default"])
        for name, schema in schemas.items()
        for field, definition in schema.get("properties", {}).items()
        if "default" in definition
    }
    # Required, so that its default says nothing.
    del found["RESTSpatialVideoConversionParams", "inputType"]
    assert found.keys() == DEFAULTS.keys()
    told = {place: value.lower() in DEFAULTS[place].lower() for place, value in found.items()}
    # Of these the words are others than the value.
    assert {place: value for place, value in found.items() if not told[place]} == {
        ("RESTAnimationGenerationParams", "numberOfLoops"): "0",
        ("RESTMonoDepthEstimationParams", "outputBitDepth"): "uint8",
    }


@pytest.mark.parametrize("name", [name for name in BOUNDS if name != "RESTSpatialVideoConversionParams"])
def test_a_range_is_told_in_words(name: str, built: dict[str, Any]) -> None:
    fields = built["components"]["schemas"][name]["properties"]
    ranges = [field for field in fields.values() if "minimum" in field and "maximum" in field]
    assert ranges
    for field in ranges:
        told = f"from {field['minimum']} to {field['maximum']}", f"at most {field['maximum']}"
        assert any(words in field["description"] for words in told), field


def test_that_a_repeated_correlation_id_is_recognised_is_marked_as_assumed(built: dict[str, Any]) -> None:
    for _, name, _ in OPERATIONS.values():
        if name:
            field = built["components"]["schemas"][name]["properties"]["correlationId"]
            assert field["x-assumed"] == ["description"]
            assert "not charged again, is assumed" in field["description"]
    reply = built["components"]["schemas"]["RESTAPICallResult"]["properties"]["correlationId"]
    assert "x-assumed" not in reply


def test_every_operation_says_how_it_is_known(built: dict[str, Any]) -> None:
    assert {operation["x-provenance"] for _, operation in operations(built)} == {"documented"}


def test_what_is_assumed_is_marked(built: dict[str, Any]) -> None:
    assert {place for place, mark in marked(built) if mark == "assumed"} == ASSUMED
