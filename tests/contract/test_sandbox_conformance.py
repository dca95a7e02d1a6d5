"""Schemathesis against the sandbox's Immersity and Let's Enhance: replies to generated requests are the contract's."""

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
from tests.contract.sandbox_api import Media, frozen_media

SERVICES = ("immersity", "letsenhance")
CONFORMANCE = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# These take nothing, or nothing but strings: there is no wrong request.
NEVER_WRONG = {"get_prices", "get_upload_url", "get_usage"}
# What a success needs and chance does not give: a price that is agreed on, a LIF file, an operation that is known.
SUCCESS_IS_UNLIKELY = {"convert_video", "convert_spatial_video", "decode_lif"}
CASES = [
    (service, operation, mode)
    for service in SERVICES
    for operation in sorted(contract_of(service).operations)
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or operation not in NEVER_WRONG
]
# Every frame of every size would be made: large ones are for other tests.
SMALL = {"outputWidth": 16, "outputHeight": 12, "width": 16, "height": 12, "outputFps": 1, "numberOfLoops": 1}


@pytest.fixture(scope="module")
def media() -> Iterator[Media]:
    with frozen_media(credits=10**6, processing_seconds=0) as media:
        yield media


@pytest.fixture(scope="module")
def schemas(media: Media) -> dict[str, Any]:
    found = {}
    for service in SERVICES:
        document = (resources.files("safelight_api") / service / "openapi.json").read_text()
        # The services leave the zone out of their timestamps, against the format that they document.
        document = document.replace('"format": "date-time"', '"format": "date-time-without-zone"')
        schema = schemathesis.openapi.from_dict(json.loads(document))
        schema.config.update(base_url=media.sandbox.base_url)
        found[service] = schema
    return found


def settled(body: Mapping[str, Any], media: Media) -> dict[str, Any]:
    """The body with addresses that exist: generated ones lead nowhere, or to strangers."""
    source = media.source()
    changed = dict(body)
    for name, value in body.items():
        if isinstance(value, str) and name.startswith("input") and name.endswith("Url"):
            changed[name] = source
        elif name == "resultPresignedUrl" and isinstance(value, str):
            changed[name] = media.target()
        elif name in ("callbackUrl", "notify_url") and isinstance(value, str):
            changed[name] = "http://127.0.0.1:1/"
        elif name in SMALL and isinstance(value, int) and value > 0:
            changed[name] = SMALL[name]
        elif name == "correlationId" and isinstance(value, str):
            # An id belongs to its first request.
            changed[name] = f"{value}-{len(media.sandbox.immersity.charges)}"
    http = body["source"].get("http") if isinstance(body.get("source"), dict) else None
    if isinstance(http, dict) and isinstance(http.get("url"), str):
        changed["source"] = {**body["source"], "http": {**http, "url": source}}
    elif isinstance(http, dict) and isinstance(http.get("url"), list) and http["url"]:
        changed["source"] = {**body["source"], "http": {**http, "url": [source, *http["url"][1:]]}}
    return changed


@pytest.mark.parametrize(("service", "operation", "mode"), CASES)
def test_whatever_is_sent_the_reply_is_in_the_contract(
    service: str, operation: str, mode: GenerationMode, schemas: dict[str, Any], media: Media
) -> None:
    names = ("Authorization", "X-API-KEY")
    headers = {name: media.http.headers[name] for name in names}
    number = media.submit(media.source()).json()["pipeline"]["id"]
    checks = [*CONFORMANCE, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CONFORMANCE
    statuses = set()

    @given(case=schemas[service].find_operation_by_id(operation).as_strategy(generation_mode=mode))
    @settings(
        max_examples=15,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def send(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE and "id" in case.path_parameters:
            case.path_parameters["id"] = number
        if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
            case.body = settled(case.body, media)
        statuses.add(case.call_and_validate(headers=headers, checks=checks).status_code)

    send()
    if mode is GenerationMode.NEGATIVE:
        assert 400 in statuses
    else:
        assert statuses & {200, 201} or operation in SUCCESS_IS_UNLIKELY
        # Somebody who asks for a video of millions of years at its right price cannot pay for it.
        unpaid = {402} if operation in SUCCESS_IS_UNLIKELY else set()
        assert statuses <= {200, 201, 400} | unpaid
