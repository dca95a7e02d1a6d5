"""Schemathesis in chains: what replies give feeds later requests, and each reply is what the contract says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import attrs
import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ensure_resource_availability,
    response_schema_conformance,
    status_code_conformance,
    use_after_free,
)

from safelight.sandbox import Sandbox
from safelight.transport import tls_context
from tests.contract.hautai_api import put, selfie
from tests.contract.sandbox_api import MARKETPLACE, SINK, Media

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    use_after_free,
    ensure_resource_availability,
]
SETTINGS = settings(
    max_examples=6,
    stateful_step_count=20,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
# Hypothesis takes constants from the modules that happen to be loaded, so that one seed may lead elsewhere each time.
SEEDS = range(12)
NOWHERE = "http://127.0.0.1:1/"
# Every frame of every size would be made: large ones are for other tests.
SMALL = {"outputWidth": 16, "outputHeight": 12, "width": 16, "height": 12, "outputFps": 1, "numberOfLoops": 1}


@attrs.frozen
class Link:
    """Where what a success of one operation told goes in another: OpenAPI's, which no vendor documents."""

    source: str
    target: str
    parameters: Mapping[str, str | int] = {}
    body: Mapping[str, str] | None = None


class Walk:
    """A way through a service. Those below it know what cannot be made up, and what is done besides the API.

    Attributes:
        service: Its name.
        links: From which operation to which.
    """

    service: str
    links: Sequence[Link]

    def __init__(self, http: httpx.Client, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.headers = {name: http.headers[name] for name in ("Authorization", "X-API-KEY") if name in http.headers}

    def before(self, operation: str, case: Any) -> None:
        """Put what exists in the place of what is made up and cannot work."""

    def after(self, operation: str, case: Any, reply: Any) -> None:
        """What follows a success."""


class TeleportWalk(Walk):
    service = "teleport"
    links = (
        Link("create_capture", "create_upload_url", {"eid": "$response.body#/eid", "part_no": 1}),
        Link("create_upload_url", "complete_upload", {"eid": "$request.path.eid"}),
        Link("complete_upload", "list_captures"),
        Link("list_captures", "share_metadata", {"sid": "$response.body#/0/sid"}),
        Link("list_captures", "capture_metadata", {"sid": "$response.body#/0/sid"}),
        Link("list_captures", "rename_capture", {"eid": "$response.body#/0/eid"}),
        Link("rename_capture", "delete_capture", {"eid": "$request.path.eid"}),
    )

    def __init__(self, http: httpx.Client, sandbox: Sandbox) -> None:
        super().__init__(http, sandbox)
        self._etags: dict[str, str] = {}

    def before(self, operation: str, case: Any) -> None:
        if operation == "create_capture":
            case.body = {**case.body, "bytesize": 7, "input_data_format": "video"}
        elif operation == "create_upload_url":
            case.body = {"eid": case.path_parameters["eid"], "bytesize": 7}
        elif operation == "complete_upload":
            eid = case.path_parameters["eid"]
            case.body = {"eid": eid, "parts": [{"number": 1, "etag": self._etags.get(eid, "none")}]}
        elif operation == "list_captures":
            case.query = {}
        elif operation == "share_metadata":
            case.query = {"quality": "hd", "profiles": ["ply"]}
        elif operation == "capture_metadata":
            case.query = {"content_profile": "ply"}

    def after(self, operation: str, case: Any, reply: Any) -> None:
        if operation == "create_upload_url":
            stored = httpx.put(reply["upload_url"], content=b"a video", verify=tls_context())
            self._etags[case.path_parameters["eid"]] = stored.headers["ETag"].strip('"')
        elif operation == "complete_upload":
            self.sandbox.clock.advance(5)


class ImmersityWalk(Walk):
    service = "immersity"
    links = (
        *(
            Link("create_disparity", target, body={"inputDisparityUrl": "$response.body#/resultPresignedUrl"})
            for target in ("create_animation", "create_stereo", "create_top_bottom")
        ),
        Link("create_disparity", "encode_lif", body={"inputSingleDisparityUrl": "$response.body#/resultPresignedUrl"}),
        Link("encode_lif", "decode_lif", body={"inputImageUrl": "$response.body#/resultPresignedUrl"}),
        Link("decode_lif", "create_disparity", body={"inputImageUrl": "$response.body#/resultPresignedUrl"}),
    )

    def __init__(self, http: httpx.Client, sandbox: Sandbox) -> None:
        super().__init__(http, sandbox)
        self._picture = Media(http, sandbox).source()

    def before(self, operation: str, case: Any) -> None:
        if not isinstance(case.body, dict):
            return
        # Without an address of its own a result is at the service's, which the reply tells.
        body = {name: value for name, value in case.body.items() if name not in ("resultPresignedUrl", "correlationId")}
        for name, value in body.items():
            if name.endswith("Url") and not str(value).startswith(self.sandbox.storage_url):
                body[name] = self._picture
        if operation == "encode_lif":
            body = {name: body[name] for name in ("gain", "convergence", "inputSingleDisparityUrl") if name in body}
            body["inputSingleImageUrl"] = self._picture
        case.body = {**body, **{name: size for name, size in SMALL.items() if name in body}}


class LetsEnhanceWalk(Walk):
    service = "letsenhance"
    links = (
        Link("submit_pipeline", "get_pipeline", {"id": "$response.body#/pipeline/id"}),
        Link("get_pipeline", "get_usage"),
        Link("get_usage", "submit_pipeline"),
    )

    def __init__(self, http: httpx.Client, sandbox: Sandbox) -> None:
        super().__init__(http, sandbox)
        self._picture = Media(http, sandbox).source()

    def before(self, operation: str, case: Any) -> None:
        if operation == "submit_pipeline":
            known = {"source": {"http": {"url": self._picture}}, "operations": [MARKETPLACE], "sink": SINK}
            case.body = {**case.body, **known, **({"notify_url": NOWHERE} if "notify_url" in case.body else {})}

    def after(self, operation: str, case: Any, reply: Any) -> None:
        if operation == "submit_pipeline":
            self.sandbox.clock.advance(5)


SUBJECT = {name: f"$request.path.{name}" for name in ("company_id", "dataset_id", "subject_id")}
BATCH = {**SUBJECT, "batch_id": "$request.path.batch_id"}
IMAGE = {**BATCH, "image_id": "$request.path.image_id"}


class TokensWalk(Walk):
    service = "hautai"
    links = (
        Link("login", "refresh_token", body={"refresh_token": "$response.body#/refresh_token"}),
        Link("create_private_token", "delete_private_token", {"token_id": "$response.body#/id"}),
        Link("delete_private_token", "list_private_tokens"),
    )

    def before(self, operation: str, case: Any) -> None:
        if operation == "login":
            case.body = {"username": self.sandbox.hautai.username, "password": self.sandbox.hautai.password}
        elif operation == "create_private_token":
            case.body["expiration_time"] = "2100-01-01T00:00:00Z"


class HautWalk(Walk):
    service = "hautai"
    links = (
        Link("create_subject", "create_upload", {"subject_id": "$response.body#/id"}),
        Link("create_subject", "create_uploads_v3", {"subject_id": "$response.body#/id"}),
        Link("delete_image", "list_subjects"),
        Link("create_upload", "compute_batch", {"batch_id": "$response.body#/image_batch_id"}),
        *(
            Link(
                "create_upload",
                target,
                {
                    "subject_id": "$request.path.subject_id",
                    "batch_id": "$response.body#/image_batch_id",
                    "image_id": "$response.body#/id",
                },
            )
            for target in ("get_image", "list_results", "list_aux_images")
        ),
        Link("list_results", "list_images", {name: BATCH[name] for name in ("subject_id", "batch_id")}),
        Link("list_results", "delete_image", IMAGE),
        Link("delete_image", "get_image", IMAGE),
        Link("create_uploads_v3", "compute_batch_v3", {"batch_id": "$response.body#/image_batch_id"}),
        Link("compute_batch_v3", "get_metrics", {"batch_id": "$request.path.batch_id"}),
    )

    def before(self, operation: str, case: Any) -> None:
        service = self.sandbox.hautai
        known = {"company_id": service.company_id, "dataset_id": service.dataset_id}
        case.path_parameters.update({name: known[name] for name in known if name in case.path_parameters})
        if operation == "create_upload":
            # A batch must be there, and a side be one of three.
            case.body = {**{name: case.body[name] for name in case.body if name != "batch_id"}, "side_id": 1}

    def after(self, operation: str, case: Any, reply: Any) -> None:
        if operation == "create_upload":
            put(reply["upload_url"], selfie())
        elif operation == "create_uploads_v3":
            for side in {"front", "left", "right"} & reply.keys():
                put(reply[side], selfie())
        elif operation.startswith("compute_batch"):
            self.sandbox.clock.advance(10)


def linked(walk: Walk) -> dict[str, Any]:
    """The service's document with the walk's links."""
    text = (resources.files("safelight_api") / walk.service / "openapi.json").read_text()
    # The services leave the zone out of their timestamps, against the format that they document.
    document = json.loads(text.replace('"format": "date-time"', '"format": "date-time-without-zone"'))
    operations = {
        definition["operationId"]: definition
        for item in document["paths"].values()
        for method, definition in item.items()
        if method in ("get", "put", "post", "delete")
    }
    for link in walk.links:
        told: dict[str, Any] = {"operationId": link.target, "parameters": dict(link.parameters)}
        if link.body is not None:
            told["requestBody"] = dict(link.body)
        responses = operations[link.source]["responses"]
        for status in {"200", "201", "204", "2XX"} & responses.keys():
            responses[status].setdefault("links", {})[link.target] = told
    return document


def never_gone(walk: Walk, chains: Sequence[str]) -> list[str]:
    """Walk until each of these chains has been gone; those that were not to be."""
    schema = schemathesis.openapi.from_dict(linked(walk))
    schema.config.update(base_url=walk.sandbox.base_url)
    # Wrong requests are for the other tests: they lead nowhere.
    schema.config.generation.update(modes=[GenerationMode.POSITIVE])
    # What it guesses besides leads astray, and off from the long ways.
    schema.config.phases.stateful.inference.algorithms = []
    runs: list[list[str]] = []

    links: Any = schema.as_state_machine()

    class Machine(links):
        def setup(self) -> None:
            runs.append([])

        def before_call(self, case: Case) -> None:
            walk.before(_name(case), case)

        def after_call(self, response: Response, case: Case) -> None:
            super().after_call(response, case)
            if response.status_code < 300:
                runs[-1].append(_name(case))
                walk.after(_name(case), case, response.json() if response.content else None)

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return {"headers": walk.headers}

        def validate_response(self, response: Response, case: Case, **more: Any) -> None:
            case.validate_response(response, checks=CHECKS, recorder=self.recorder)

    missing = list(chains)
    for number in SEEDS:
        run_state_machine_as_test(seed(number)(Machine), settings=SETTINGS)
        missing = [chain for chain in missing if not any(is_in(chain, run) for run in runs)]
        if not missing:
            break
    return missing


def _name(case: Case) -> str:
    name = case.operation.definition.raw["operationId"]
    assert isinstance(name, str)
    return name


def is_in(chain: str, run: list[str]) -> bool:
    """Whether these came in this order, with whatever between."""
    rest = iter(run)
    return all(operation in rest for operation in chain.split())


WALKS: dict[type[Walk], tuple[str, list[str]]] = {
    TeleportWalk: (
        "api",
        [
            "create_capture create_upload_url complete_upload list_captures rename_capture delete_capture",
            "complete_upload list_captures share_metadata",
            "complete_upload list_captures capture_metadata",
        ],
    ),
    ImmersityWalk: (
        "media",
        [
            "create_disparity encode_lif decode_lif create_disparity",
            "create_disparity create_animation",
            "create_disparity create_stereo",
            "create_disparity create_top_bottom",
        ],
    ),
    LetsEnhanceWalk: ("media", ["submit_pipeline get_pipeline get_usage submit_pipeline get_pipeline"]),
    HautWalk: (
        "haut",
        [
            "create_subject create_upload compute_batch list_results delete_image list_subjects",
            "create_upload get_image list_aux_images",
            "create_upload list_results list_images",
            "create_subject create_uploads_v3 compute_batch_v3 get_metrics",
        ],
    ),
    TokensWalk: (
        "haut",
        ["login refresh_token", "create_private_token delete_private_token list_private_tokens"],
    ),
}


@pytest.mark.parametrize("walk", WALKS)
def test_a_way_through_a_service_is_in_the_contract_at_each_step(
    walk: type[Walk], request: pytest.FixtureRequest
) -> None:
    fixture, chains = WALKS[walk]
    known = request.getfixturevalue(fixture)
    assert never_gone(walk(known.http, known.sandbox), chains) == []
