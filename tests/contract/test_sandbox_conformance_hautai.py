"""Schemathesis against the sandbox's Haut.AI: replies to generated requests are the contract's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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

from safelight.sandbox.contract import contract_of
from tests.contract.hautai_api import Haut, frozen_haut

CONFORMANCE = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# What takes a body can get a wrong one; all else takes strings.
WITH_BODY = {
    name for name, operation in contract_of("hautai").operations.items() if "requestBody" in operation.definition
}
CASES = [
    (operation, mode)
    for operation in sorted(contract_of("hautai").operations)
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or operation in WITH_BODY
]


@pytest.fixture(scope="module")
def haut() -> Iterator[Haut]:
    with frozen_haut(processing_seconds=0) as haut:
        yield haut


@pytest.fixture(scope="module")
def schema(haut: Haut) -> Any:
    document = json.loads((resources.files("safelight_api") / "hautai" / "openapi.json").read_text())
    # Every other timestamp has no zone, against the format that is documented.
    text = json.dumps(document).replace('"format": "date-time"', '"format": "date-time-without-zone"')
    schema = schemathesis.openapi.from_dict(json.loads(text))
    schema.config.update(base_url=haut.sandbox.base_url)
    return schema


def known(haut: Haut) -> dict[str, str]:
    """A path's parameters that lead to something: a new image with its picture, and a new token."""
    image, expiration_time = haut.upload(), "2100-01-01T00:00:00Z"
    token = haut.http.post("/api/v1/auth/private_tokens/", json={"name": "x", "expiration_time": expiration_time})
    return {
        "company_id": haut.sandbox.hautai.company_id,
        "dataset_id": haut.sandbox.hautai.dataset_id,
        "subject_id": haut.subject,
        "batch_id": image["image_batch_id"],
        "image_id": image["id"],
        "token_id": token.json()["id"],
    }


def settled(body: Mapping[str, Any], batch_id: str, haut: Haut) -> dict[str, Any]:
    """The body with what exists instead of what is made up."""
    service = haut.sandbox.hautai
    there = {
        "batch_id": batch_id,
        "side_id": 1,
        "expiration_time": "2100-01-01T00:00:00Z",
        "username": service.username,
        "password": service.password,
        "refresh_token": service._logins.log_in(service.username, service.password)["refresh_token"],
        "url": "http://127.0.0.1:1/",
    }
    return {**body, **{name: value for name, value in there.items() if name in body}}


@pytest.mark.parametrize(("operation", "mode"), CASES)
def test_whatever_is_sent_the_reply_is_in_the_contract(
    operation: str, mode: GenerationMode, schema: Any, haut: Haut
) -> None:
    headers = {"Authorization": haut.http.headers["Authorization"]}
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
        places = known(haut)
        for name in case.path_parameters:
            case.path_parameters[name] = places[name]
        if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
            case.body = settled(case.body, places["batch_id"], haut)
        statuses.add(case.call_and_validate(headers=headers, checks=checks).status_code)

    send()
    if mode is GenerationMode.NEGATIVE:
        assert 400 in statuses
    else:
        assert statuses & {200, 201, 204}
        assert statuses <= {200, 201, 204, 400}
