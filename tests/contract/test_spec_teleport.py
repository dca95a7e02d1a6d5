"""Teleport's spec against the facts of its documentation, typed in here once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from build_spec import built_document, read_yaml

from tests.contract.spec_reading import (
    content_of,
    field_shape,
    followed,
    marked,
    operations,
    shape,
)

SERVICE = Path(__file__).resolve().parents[2] / "specs" / "teleport"

OPERATIONS = {
    ("get", "/api/v1/captures"): ("list_captures", None, "200 [CaptureOutput]"),
    ("post", "/api/v1/captures"): ("create_capture", "NewCaptureInput", "200 NewCaptureOutput"),
    ("put", "/api/v1/captures/{eid}"): ("rename_capture", "EditCaptureInput", "200 CaptureOutput"),
    ("delete", "/api/v1/captures/{eid}"): ("delete_capture", None, "204"),
    ("post", "/api/v1/captures/{eid}/create-upload-url/{part_no}"): (
        "create_upload_url",
        "RecreateCaptureUploadUrls",
        "200 UploadUrlOutput",
    ),
    ("post", "/api/v1/captures/{eid}/uploaded"): ("complete_upload", "CaptureUploadedInput", "200 CaptureOutput"),
    ("get", "/share/{sid}/metadata"): ("share_metadata", None, "200 CaptureMetadata"),
    ("get", "/api/v2/captures/{sid}/metadata"): ("capture_metadata", None, "200 CaptureMetadataV2"),
}

PARAMETERS = {
    ("get", "/api/v1/captures"): {
        "limit": "query integer = 25",
        "offset": "query integer = 0",
        "time_zone": "query boolean = False",
    },
    ("post", "/api/v1/captures"): {},
    ("put", "/api/v1/captures/{eid}"): {"eid": "path string", "time_zone": "query boolean = False"},
    ("delete", "/api/v1/captures/{eid}"): {"eid": "path string"},
    ("post", "/api/v1/captures/{eid}/create-upload-url/{part_no}"): {"eid": "path string", "part_no": "path integer"},
    ("post", "/api/v1/captures/{eid}/uploaded"): {"eid": "path string"},
    ("get", "/share/{sid}/metadata"): {
        "lod": "query boolean",
        "profiles": "query [string]",
        "quality": "query string",
        "sid": "path string",
        "use_cdn": "query boolean = True",
    },
    ("get", "/api/v2/captures/{sid}/metadata"): {
        "sid": "path string",
        "content_profile": "query string = 'ply'",
        "crop_variant": "query string",
        "coord_system": "query string",
    },
}

# A `!` is a required property, a `?` one that may be null, `[...]` an array, `{...}` a mapping from names.
SCHEMAS = {
    "CaptureErrorReason": "string",
    "CaptureMetadata": {
        "eid": "string!",
        "sid": "string?",
        "name": "string!",
        "segmented_capture_eid": "string?!",
        "profile_name": "string!",
        "lod": "boolean!",
        "hdr_mode": "string?",
        "nominal_ev": "integer? = 0",
        "tmo_parameters": "[number]?",
        "model_urls": "[string]!",
        "cameras": "[Matrix]!",
        "models": "[SegmentModel]!",
        "video_trajectory": "VideoTrajectory?",
        "reposition_data": "CaptureRepositionDataOutputSchema?",
    },
    "CaptureMetadataV2": {"model_url": "string!", "cameras_url": "string"},
    "CaptureOutput": {
        "eid": "string!",
        "sid": "string?!",
        "name": "string!",
        "created": "string(date-time)!",
        "uploaded": "string(date-time)?!",
        "state": "CaptureState!",
        "error_reason": "CaptureErrorReason?!",
        "state_description": "string?!",
        "error_reason_slug": "string?!",
        "preview_urls": "{string}!",
        "preview_url": "string?!",
        "viewer_url": "string?!",
        "share_url": "string?!",
        "share_link": "string?!",
        "gif_url": "string?!",
        "video_url": "string?!",
        "share_video_url": "string?!",
        "is_public": "boolean!",
    },
    "CaptureRepositionDataOutputSchema": {
        "rotation_w": "number!",
        "rotation_x": "number!",
        "rotation_y": "number!",
        "rotation_z": "number!",
        "scale": "number!",
    },
    "CaptureState": "string",
    "CaptureUploadedInput": {"eid": "string!", "parts": "[UploadedPart]!"},
    "EditCaptureInput": {"name": "string!"},
    "ErrorDetail": {"detail": "string"},
    "FocusArea": {
        "buffer_meters": "number?",
        "crop_method": "FocusCropMethod?",
        "max_lat": "number?",
        "max_lng": "number?",
        "min_lat": "number?",
        "min_lng": "number?",
        "polylines": "[string]",
    },
    "FocusCropMethod": "string",
    "HTTPValidationError": {"detail": "[ValidationError]"},
    "InputDataFormatEnum": "string",
    "LodAabb": {"max": "[number]!", "min": "[number]!"},
    "Matrix": {"matrix": "[number]!"},
    "ModelV3": {
        "splat_count": "integer!",
        "training_resolution": "integer!",
        "spherical_harmonics_degrees": "integer!",
        "level_of_detail": "boolean!",
    },
    "NewCaptureInput": {
        "name": "string!",
        "bytesize": "integer!",
        "created": "string",
        "num_frames": "integer?",
        "input_data_format": "InputDataFormatEnum = 'commonformat-ios'",
        "guided_mode": "boolean?",
        "ios_app_version": "string?",
        "training_parameters": "TrainingParameters?",
    },
    "NewCaptureOutput": {"eid": "string!", "chunk_size": "integer!", "num_parts": "integer!"},
    "RecreateCaptureUploadUrls": {"eid": "string!", "bytesize": "integer!"},
    "SegmentModel": {
        "aabb": "LodAabb?",
        "id": "integer|string?",
        "parent": "integer|string?",
        "resolution_range": "[number]?",
        "size": "integer",
        "url": "string!",
    },
    "TrainingParameters": {"focus_area": "FocusArea?", "modelv3": "ModelV3?"},
    "UploadedPart": {"etag": "string!", "number": "integer!"},
    "UploadUrlOutput": {"eid": "string!", "upload_url": "string!", "chunk_size": "integer!"},
    "ValidationError": {"loc": "[string|integer]!", "msg": "string!", "type": "string!"},
    "VideoTrajectory": {"fps": "number!", "keyframes": "[Matrix]!"},
}

ENUMS = {
    "CaptureState": ["CREATED", "UPLOADING", "PROCESSING", "READY", "ERROR", "FAILED"],
    "CaptureErrorReason": [
        "NOT_ENOUGH_FRAMES",
        "INPUT_VALIDATION_FAILED",
        "CONVERSION_FAILED",
        "POSE_REFINEMENT_FAILED",
    ],
    "InputDataFormatEnum": ["bulk-images", "video", "commonformat-ios"],
    "FocusCropMethod": None,
}

ASSUMED = {
    "paths /api/v1/captures/{eid} put time_zone",
    "paths /share/{sid}/metadata get lod",
    "components responses BadRequest",
    "components responses Forbidden",
    "components responses NotFound",
    "components responses TooManyRequests",
    "components responses Unauthorized",
    "components schemas ErrorDetail",
    "components schemas FocusArea buffer_meters",
    "components schemas FocusArea crop_method",
    "components schemas FocusArea max_lat",
    "components schemas FocusArea max_lng",
    "components schemas FocusArea min_lat",
    "components schemas FocusArea min_lng",
    "components schemas FocusCropMethod",
    "components schemas SegmentModel aabb",
    "components schemas SegmentModel id",
    "components schemas SegmentModel parent",
    "components schemas SegmentModel resolution_range",
    "components schemas TrainingParameters focus_area",
    "components schemas ValidationError loc",
    "webhooks captureEnded post X-Teleport-Signature schema",
    "webhooks captureEnded post responses 2XX",
}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return read_yaml(SERVICE / "openapi.yaml")


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    return built_document(SERVICE)


def test_the_paths_and_methods_are_the_documented_ones(spec: dict[str, Any]) -> None:
    assert {key for key, _ in operations(spec)} == OPERATIONS.keys()


@pytest.mark.parametrize("key", OPERATIONS, ids=" ".join)
def test_an_operation_takes_and_returns_what_is_documented(key: tuple[str, str], spec: dict[str, Any]) -> None:
    operation = dict(operations(spec))[key]
    _, body, success = OPERATIONS[key]
    status, _, reply = success.partition(" ")
    assert status in operation["responses"]
    assert content_of(operation["responses"][status]) == (reply or None)
    assert content_of(operation.get("requestBody", {})) == body
    assert operation.get("requestBody", {}).get("required", False) is (body is not None)
    assert content_of(followed(spec, operation["responses"]["422"])) == "HTTPValidationError"
    for error in operation["responses"].keys() - {status, "422"}:
        assert content_of(followed(spec, operation["responses"][error])) == "ErrorDetail"


@pytest.mark.parametrize("key", PARAMETERS, ids=" ".join)
def test_an_operation_has_the_documented_parameters(key: tuple[str, str], spec: dict[str, Any]) -> None:
    parameters = [followed(spec, item) for item in dict(operations(spec))[key].get("parameters", [])]
    assert {item["name"]: f"{item['in']} {shape(item['schema'])}" for item in parameters} == PARAMETERS[key]
    assert all(item.get("required", False) is (item["in"] == "path") for item in parameters)


def test_all_documented_schemas_are_there(spec: dict[str, Any]) -> None:
    assert spec["components"]["schemas"].keys() == SCHEMAS.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_the_documented_fields(name: str, spec: dict[str, Any]) -> None:
    schema = spec["components"]["schemas"][name]
    if isinstance(SCHEMAS[name], str):
        assert shape(schema) == SCHEMAS[name]
        return
    assert schema["type"] == "object"
    assert set(schema.get("required", [])) <= schema["properties"].keys()
    assert {field: field_shape(schema, field) for field in schema["properties"]} == SCHEMAS[name]


@pytest.mark.parametrize("name", ENUMS)
def test_known_values_are_listed(name: str, spec: dict[str, Any]) -> None:
    assert spec["components"]["schemas"][name].get("enum") == ENUMS[name]


def test_what_the_documentation_deprecates_is_marked(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    assert schemas["NewCaptureInput"]["properties"]["created"]["deprecated"] is True
    assert schemas["CaptureMetadata"]["properties"]["model_urls"]["deprecated"] is True


def test_the_bounds_of_the_third_model_are_the_documented_ones(spec: dict[str, Any]) -> None:
    fields = spec["components"]["schemas"]["ModelV3"]["properties"]
    assert (fields["splat_count"]["minimum"], fields["splat_count"]["maximum"]) == (500_000, 10_000_000)
    assert fields["training_resolution"]["enum"] == [1600, 2500, 3200]
    assert fields["spherical_harmonics_degrees"]["enum"] == [0, 3]


def test_parts_are_counted_from_one(spec: dict[str, Any]) -> None:
    operation = spec["paths"]["/api/v1/captures/{eid}/create-upload-url/{part_no}"]["post"]
    part_no = next(item for item in operation["parameters"] if item.get("name") == "part_no")
    assert part_no["schema"]["minimum"] == 1
    assert spec["components"]["schemas"]["UploadedPart"]["properties"]["number"]["minimum"] == 1


def test_host_and_token_url_are_the_documented_ones(spec: dict[str, Any]) -> None:
    assert [server["url"] for server in spec["servers"]] == ["https://teleport.varjo.com"]
    assert spec["security"] == [{"oauth2": []}]
    flows = spec["components"]["securitySchemes"]["oauth2"]["flows"]
    assert flows["clientCredentials"]["tokenUrl"] == "https://signin.teleport.varjo.com/oauth2/token"
    assert flows["clientCredentials"]["scopes"].keys() == {"openid", "profile", "email"}


def test_the_webhook_has_the_documented_fields_and_a_signature_of_its_raw_body(spec: dict[str, Any]) -> None:
    call = spec["webhooks"]["captureEnded"]["post"]
    body = call["requestBody"]["content"]["application/json"]["schema"]
    assert {field: field_shape(body, field) for field in body["properties"]} == {
        "eid": "string!",
        "sid": "string?",
        "state": "string!",
        "error_reason": "string",
    }
    assert body["properties"]["state"]["examples"] == ["READY", "ERROR"]
    (header,) = call["parameters"]
    assert (header["name"], header["in"], header["required"]) == ("X-Teleport-Signature", "header", True)
    assert "HMAC-SHA256 of the body's raw bytes" in header["description"]
    assert all(form in header["schema"]["description"] for form in ("Hexadecimal", "`sha256=`", "base64"))
    assert call["x-provenance"] == "documented"


def test_every_operation_says_how_it_is_known(spec: dict[str, Any]) -> None:
    marks = {key: operation.get("x-provenance") for key, operation in operations(spec)}
    newer = ("get", "/api/v2/captures/{sid}/metadata")
    assert marks == {key: "observed" if key == newer else "documented" for key in OPERATIONS}


def test_what_is_assumed_is_marked(spec: dict[str, Any]) -> None:
    assert {place for place, mark in marked(spec) if mark == "assumed"} == ASSUMED


def test_the_built_document_names_its_operations_for_python(built: dict[str, Any]) -> None:
    assert {key: operation["operationId"] for key, operation in operations(built)} == {
        key: name for key, (name, _, _) in OPERATIONS.items()
    }


def test_the_built_document_opens_what_is_not_known_to_be_complete(built: dict[str, Any]) -> None:
    schemas = built["components"]["schemas"]
    assert shape(schemas["CaptureOutput"]["properties"]["state"]) == "CaptureState|string"
    assert shape(schemas["CaptureOutput"]["properties"]["error_reason"]) == "CaptureErrorReason|string?"
    assert shape(schemas["NewCaptureInput"]["properties"]["input_data_format"]) == "InputDataFormatEnum|string"
    assert shape(schemas["HTTPValidationError"]["properties"]["detail"]) == "[ValidationError]|string"
