"""What the generated models make of Let's Enhance's requests and replies, its documentation's examples first."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from safelight_api.letsenhance import Client, models
from safelight_api.letsenhance.api.pipelines import get_pipeline, get_usage, submit_pipeline
from safelight_api.letsenhance.models import (
    HttpSource,
    ImageObject,
    MarketplaceOperation,
    OpenOperation,
    Pipeline,
    PipelineReply,
    PipelineRequest,
    PipelineResult,
    PipelineSubmission,
    PrintOperation,
    Rejection,
    Sink,
    Source,
    Usage,
)

CLIENT = Client(base_url="https://enhance.example")
EXAMPLES = json.loads(Path(__file__).with_name("letsenhance_examples.json").read_text(encoding="utf-8"))
RATE_LIMIT = {"status": "REJECTED", "reason": "Too Many Requests. Rate limit exceeded."}
STATUSES_OF_A_REJECTION = (200, 202, 400, 401, 402, 403, 404, 409, 422, 429, 500, 503)
OPERATIONS = [(submit_pipeline, PipelineSubmission), (get_pipeline, PipelineReply), (get_usage, Usage)]


def operation_of(value: Any) -> str:
    return value.__name__.rpartition(".")[2]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_an_example_of_the_documentation_goes_through_the_models_without_loss(example: dict[str, Any]) -> None:
    given = example["example"]
    made = getattr(models, example["model"]).from_dict(given)
    assert with_even_timestamps(made.to_dict()) == with_even_timestamps(given)
    assert not [node for node in parts_of(made) if node.additional_properties]


def test_every_kind_of_example_is_there() -> None:
    assert sorted(example["model"] for example in EXAMPLES) == [
        "MarketplaceOperation",
        *["PipelineReply"] * 2,
        *["PipelineRequest"] * 3,
        *["PipelineSubmission"] * 2,
        "PrintOperation",
        "RealEstateOperation",
        "Rejection",
    ]


def test_a_pipeline_that_is_done_is_read_into_models_to_the_last_part() -> None:
    (full,) = [example["example"] for example in EXAMPLES if example["name"] == "the pipeline of the reference, done"]
    pipeline = PipelineReply.from_dict(full).pipeline
    assert isinstance(pipeline, Pipeline)
    assert isinstance(pipeline.source, Source)
    assert isinstance(pipeline.sink, Sink)
    assert isinstance(pipeline.operations, list)
    assert isinstance(pipeline.operations[0], MarketplaceOperation)
    assert isinstance(pipeline.results, list)
    assert isinstance(pipeline.results[0], PipelineResult)
    image = pipeline.results[0].output_object
    assert isinstance(image, ImageObject)
    assert (image.size, image.width, image.height, image.mps) == ([1800, 1200], 1800, 1200, 2.16)
    assert (image.format_, image.interpret, image.url) == ("JPEG", "srgb", None)
    assert isinstance(image.tmp_url, str)
    assert "X-Amz-Expires=86400" in image.tmp_url
    assert (pipeline.error, pipeline.errors, pipeline.status, pipeline.id) == (None, [], "DONE", 27312832)


def test_the_path_of_the_usage_ends_with_a_slash() -> None:
    assert get_usage._get_kwargs()["url"] == "/v1/me/usage/"


def test_a_pipeline_is_fetched_by_the_number_of_its_submission() -> None:
    assert get_pipeline._get_kwargs(26082838)["url"] == "/v1/pipeline/26082838"


@pytest.mark.parametrize("status", STATUSES_OF_A_REJECTION)
@pytest.mark.parametrize(("module", "kind"), OPERATIONS, ids=operation_of)
def test_a_rejection_is_read_whatever_its_status(module: Any, kind: type, status: int) -> None:
    reply = module._parse_response(client=CLIENT, response=httpx.Response(status, json=RATE_LIMIT))
    assert type(reply) is (kind if status < 300 else Rejection)
    assert reply.to_dict() == RATE_LIMIT


def test_a_rejection_with_200_has_its_reason() -> None:
    for module, kind in ((submit_pipeline, PipelineSubmission), (get_pipeline, PipelineReply)):
        reply = module._parse_response(client=CLIENT, response=httpx.Response(200, json=RATE_LIMIT))
        assert isinstance(reply, kind)
        assert (reply.status, reply.reason) == ("REJECTED", "Too Many Requests. Rate limit exceeded.")


@pytest.mark.parametrize("pipeline", [None, {}, {"id": None}])
def test_a_rejection_may_have_a_pipeline_without_an_id(pipeline: Any) -> None:
    rejected = {"status": "REJECTED", "pipeline": pipeline, "reason": None}
    assert PipelineSubmission.from_dict(rejected).to_dict() == rejected


@pytest.mark.parametrize("name", ["ImageObject", "Pipeline", "PipelineReply", "PipelineResult", "PipelineSubmission"])
def test_no_field_of_a_reply_has_to_be_there(name: str) -> None:
    assert getattr(models, name).from_dict({}).to_dict() == {}


def test_what_is_not_known_of_a_reply_is_kept() -> None:
    image = {"tmp_url": "https://x.example/1", "temp_url": "https://x.example/2", "icc": {"a": 1}}
    reply = {"pipeline": {"id": 1, "results": [{"output_object": image, "cost": 1}], "queue": "fast"}, "trace": "t"}
    made = PipelineReply.from_dict(reply)
    assert made.to_dict() == reply
    assert isinstance(made.pipeline, Pipeline)
    assert made.pipeline["queue"] == "fast"


def test_an_echo_that_cannot_be_read_does_not_cost_the_results() -> None:
    pipeline = {
        "id": 1,
        "operations": [{"op": "preset/print", "image_format": "TIFF"}, {"op": "preset/marketplace", "width": None}],
        "source": {"s3": {}},
        "sink": None,
        "errors": [{"code": 1}, "text", 3],
        "results": [{"created_at": None, "input_object": None, "output_object": {"tmp_url": "https://x.example/1"}}],
    }
    made = Pipeline.from_dict(pipeline)
    assert made.to_dict() == pipeline
    assert isinstance(made.operations, list)
    assert [type(operation) for operation in made.operations] == [OpenOperation, MarketplaceOperation]
    assert isinstance(made.results, list)
    assert isinstance(made.results[0].output_object, ImageObject)


@pytest.mark.parametrize(
    ("text", "microsecond"), [("2021-04-06T11:22:57.72606", 726060), ("2021-04-06T11:22:57.940067", 940067)]
)
def test_timestamps_without_a_zone_and_with_five_or_six_digits_are_read(text: str, microsecond: int) -> None:
    made = Pipeline.from_dict({"submitted_at": text, "started_at": None})
    assert made.submitted_at == datetime.datetime(2021, 4, 6, 11, 22, 57, microsecond)  # noqa: DTZ001 - as it was sent
    assert made.started_at is None


def test_a_timestamp_that_cannot_be_read_is_kept_as_it_came() -> None:
    assert Pipeline.from_dict({"finished_at": "soon"}).to_dict() == {"finished_at": "soon"}


def test_the_usage_is_a_free_form_object() -> None:
    usage = {"credits": {"used": 3, "limit": [1, None]}, "plan": "x"}
    assert Usage.from_dict(usage).to_dict() == usage


def test_what_is_not_given_is_not_sent() -> None:
    request = PipelineRequest(
        source=Source(http=HttpSource(url="https://x.example/1.jpg")),
        operations=[PrintOperation(op="preset/print", dpi=300)],
    )
    assert submit_pipeline._get_kwargs(body=request)["json"] == {
        "source": {"http": {"url": "https://x.example/1.jpg"}},
        "operations": [{"op": "preset/print", "dpi": 300}],
    }


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(("module", "kind"), OPERATIONS, ids=operation_of)
def test_every_2xx_is_read_as_the_same_reply(module: Any, kind: type, status: int) -> None:
    body = {"status": "ACCEPTED", "pipeline": {"id": 1}}
    reply = module._parse_response(client=CLIENT, response=httpx.Response(status, json=body))
    assert type(reply) is kind
    assert reply.to_dict() == body


def with_even_timestamps(node: Any, key: str = "") -> Any:
    """The same, with every timestamp in Python's own form of it: the models hold points in time, not texts."""
    if isinstance(node, dict):
        return {name: with_even_timestamps(value, name) for name, value in node.items()}
    if isinstance(node, list):
        return [with_even_timestamps(value) for value in node]
    if key.endswith("_at") and isinstance(node, str):
        return datetime.datetime.fromisoformat(node).isoformat()
    return node


def parts_of(model: Any) -> Iterator[Any]:
    """A model and all models in it, each of which keeps what it does not know."""
    if hasattr(model, "additional_properties"):
        yield model
        for name in model.__slots__:
            if name not in ("additional_properties", "__weakref__"):
                yield from parts_of(getattr(model, name))
    elif isinstance(model, list):
        for item in model:
            yield from parts_of(item)
