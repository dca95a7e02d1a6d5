"""Schemathesis against the sandbox, in this process: generated requests, every reply compared with the contract."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from safelight.sandbox.contract import contract_of
from tests.contract.sandbox_api import Api, frozen_sandbox

CASES = [
    (operation, mode)
    for operation in sorted(contract_of("teleport").operations)
    for mode in GenerationMode
    # These take nothing but strings in the path and the query: there is no wrong request.
    if mode is GenerationMode.POSITIVE or operation not in ("delete_capture", "capture_metadata")
]
# Where a part, its ETag or a model must be met by chance.
SUCCESS_IS_UNLIKELY = {"create_upload_url": {400}, "complete_upload": {400}}
CONFORMANCE = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def shared() -> Iterator[Api]:
    with frozen_sandbox() as api:
        yield api


@pytest.fixture(scope="module")
def schema(shared: Api) -> Any:
    document = (resources.files("safelight_api") / "teleport" / "openapi.json").read_text()
    # The service leaves the zone out of its timestamps, against the format that it documents, and so does the sandbox.
    document = document.replace('"format": "date-time"', '"format": "date-time-without-zone"')

    async def with_document(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/openapi.json":
            await Response(document, media_type="application/json")(scope, receive, send)
        else:
            await shared.sandbox.api_app(scope, receive, send)

    return schemathesis.openapi.from_asgi("/openapi.json", with_document)


@pytest.mark.parametrize(("operation", "mode"), CASES)
def test_whatever_is_sent_the_reply_is_in_the_contract(
    operation: str, mode: GenerationMode, schema: Any, shared: Api
) -> None:
    headers = {"Authorization": f"Bearer {shared.sandbox.tokens.issue()}"}
    sid = shared.ready(b"a video")
    checks = [*CONFORMANCE, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CONFORMANCE
    statuses = set()

    @given(case=schema.find_operation_by_id(operation).as_strategy(generation_mode=mode))
    @settings(
        max_examples=15,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def send(case: schemathesis.Case) -> None:
        # Generated ids are unknown to the sandbox, which would say nothing but 404.
        if "eid" in case.path_parameters:
            case.path_parameters["eid"] = shared.create(1)["eid"]
        if "sid" in case.path_parameters:
            case.path_parameters["sid"] = sid
        statuses.add(case.call_and_validate(headers=headers, checks=checks).status_code)

    send()
    if mode is GenerationMode.NEGATIVE:
        assert 422 in statuses
    else:
        assert statuses & {200, 204} or statuses == SUCCESS_IS_UNLIKELY[operation]
