from __future__ import annotations

import functools
import shutil
from pathlib import Path
from typing import Any

import check
import evidence
import pytest
from build_spec import METHODS, SpecError, built_document
from generate import services_in

from tests.contract.spec_reading import mappings, marked

ROOT = Path(__file__).resolve().parents[2]
JSON = "application/json"
SERVICES = services_in(ROOT / "specs")
each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
document_of = functools.cache(built_document)


def an_operation(mark: str = "documented", **parts: Any) -> dict[str, Any]:
    return {"x-provenance": mark, "operationId": "list_lamps", "responses": {"200": {"description": "Fine."}}} | parts


def a_document(operation: dict[str, Any], **components: Any) -> dict[str, Any]:
    return {"paths": {"/lamps": {"get": operation}}, "components": components}


def replying(schema: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "Fine.", "content": {JSON: {"schema": schema}}}}


def taking(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {JSON: {"schema": schema}}}


def settled(document: dict[str, Any]) -> dict[str, str]:
    return {one.what: one.settled_by for one in evidence.evidence_of(document, "specs/lamps").assumptions}


def lamp(**properties: Any) -> dict[str, Any]:
    return {"schemas": {"Lamp": {"type": "object", "properties": properties}}}


REF = {"$ref": "#/components/schemas/Lamp"}
REFUSED = "whether it is refused; if it is taken, it makes and costs what any other does."


def test_parts_are_counted_by_kind_and_mark_and_have_that_of_what_they_are_in() -> None:
    parameters = [{"name": "page", "in": "query", "x-provenance": "assumed"}, {"name": "size", "in": "query"}]
    operation = an_operation(
        "observed",
        parameters=parameters,
        responses=replying(REF) | {"404": {"description": "None.", "x-provenance": "documented"}},
    )
    document = a_document(operation, **lamp(colour={"x-provenance": "documented"}, watts={}, age={}))
    assert evidence.evidence_of(document, "specs/lamps").counts == {
        ("operation", "observed"): 1,
        ("parameter", "assumed"): 1,
        ("parameter", "observed"): 1,
        ("response", "observed"): 1,
        ("response", "documented"): 1,
        ("property", "documented"): 1,
        ("property", "observed"): 2,
    }


def test_a_schema_without_a_mark_has_the_best_of_the_operations_that_use_it_even_by_way_of_another() -> None:
    shop = {"type": "object", "x-provenance": "assumed", "properties": {"lamps": {"type": "array", "items": REF}}}
    document = a_document(an_operation("assumed", responses=replying(REF)), **lamp(watts={}))
    document["components"]["schemas"]["Shop"] = shop
    document["paths"]["/shops"] = {"get": an_operation(responses=replying({"$ref": "#/components/schemas/Shop"}))}
    counts = evidence.evidence_of(document, "specs/lamps").counts
    assert (counts["property", "documented"], counts["property", "assumed"]) == (1, 1)


def test_what_has_its_mark_from_an_assumed_part_is_named_with_it() -> None:
    components = lamp(watts={}, colour={"x-provenance": "documented"}, age={})
    components["schemas"]["Lamp"]["x-provenance"] = "assumed"
    document = a_document(an_operation(responses=replying(REF)), **components)
    assert list(settled(document)) == ["`Lamp`, with its `watts`, `age`"]


def test_what_settles_an_assumption_depends_on_what_it_is() -> None:
    properties = {
        "watts": {"type": "integer", "minimum": 5, "maximum": 60, "x-assumed": ["minimum", "maximum", "type"]},
        "tags": {"type": "array", "minItems": 1, "x-assumed": ["minItems"]},
        "url": {"type": "string", "pattern": "^https:", "x-assumed": ["pattern"]},
        "colour": {"x-provenance": "assumed"},
    }
    told = settled(a_document(an_operation(requestBody=taking(REF)), **lamp(**properties)))
    assert told == {
        "`Lamp.watts`: its `minimum`": f"A request with 4, below its bound: {REFUSED}",
        "`Lamp.watts`: its `maximum`": f"A request with 61, above its bound: {REFUSED}",
        "`Lamp.watts`: its `type`": f"A request with 1.5: {REFUSED}",
        "`Lamp.tags`: its `minItems`": f"A request with 0 of them: {REFUSED}",
        "`Lamp.url`: its `pattern`": f"A request with what `^https:` does not fit: {REFUSED}",
        "`Lamp.colour`": "A request with it: whether it is taken, and what it changes.",
    }


def test_a_reply_is_settled_by_a_recorded_one_and_an_error_by_a_refusal() -> None:
    components = lamp(watts={"x-provenance": "assumed"})
    components["schemas"]["Lamp"] |= {"required": ["watts"], "x-assumed": ["required"]}
    assert settled(a_document(an_operation(responses=replying(REF)), **components)) == {
        "`Lamp`: its `required`": "Recorded replies: whether any is without one of `watts`.",
        "`Lamp.watts`": "A recorded reply: whether it has this, and in this form.",
    }
    refused = {"400": replying(REF)["200"]}
    told = settled(a_document(an_operation(responses=refused), **lamp(watts={"x-provenance": "assumed"})))
    assert told == {"`Lamp.watts`": "A recorded refusal: whether it has this, and in this form."}


def test_a_status_is_settled_by_what_provokes_it() -> None:
    assumed = {"description": "Not so.", "x-provenance": "assumed"}
    told = settled(a_document(an_operation(responses=dict.fromkeys(["402", "2XX", "5XX"], assumed))))
    assert told["status `402`"].startswith("The recorded reply to a request of an account without credits")
    assert told["status `2XX`"].startswith("Recorded successes")
    assert told["status `5XX`"].startswith("Nobody can provoke it")


def test_a_call_of_the_service_is_settled_by_a_call() -> None:
    call = {"x-provenance": "assumed", "requestBody": taking(REF)}
    operation = an_operation(callbacks={"done": {"{$request.body#/url}": {"post": call}}})
    document = a_document(operation, **lamp(watts={"x-provenance": "assumed"}))
    document["webhooks"] = {"lampBroke": {"post": call}}
    found = evidence.evidence_of(document, "specs/lamps")
    assert found.operations == {"`list_lamps`"}
    assert [(one.what, one.settled_by.partition(",")[0]) for one in found.assumptions] == [
        ("call `done` of `list_lamps`", "A call of the service"),
        ("webhook `lampBroke`", "A call of the service"),
        ("`Lamp.watts`", "A call of the service"),
    ]
    assert found.assumptions[2].where == ("call `done` of `list_lamps`", "webhook `lampBroke`")


def test_the_experiment_that_a_spec_names_comes_first() -> None:
    own = {"x-provenance": "assumed", "x-settled-by": "A lamp,\nswitched on."}
    told = settled(a_document(an_operation(responses=replying(REF)), **lamp(watts=own)))
    assert told == {"`Lamp.watts`": "A lamp, switched on."}


def test_a_missing_or_unknown_mark_is_refused_with_its_place() -> None:
    for mark in ("", "guessed"):
        with pytest.raises(SpecError, match=r"specs/lamps: `list_lamps` has no mark that is known: give it"):
            evidence.evidence_of(a_document(an_operation(mark)), "specs/lamps")


@each_service
def test_every_assumed_mark_of_the_specs_is_on_the_page(service: Path) -> None:
    document = document_of(service)
    marks = [mark for _, mark in marked(document)].count("assumed")
    marks += sum(len(node["x-assumed"]) for node in mappings(document) if "x-assumed" in node)
    assumptions = evidence.evidence_of(document, service.name).assumptions
    assert len(assumptions) == marks > 0
    section = (
        (ROOT / evidence.PAGE).read_text(encoding="utf-8").partition(f"\n## {service.name}\n")[2].partition("\n## ")[0]
    )
    rows = {tuple(line.replace("\\|", "&").strip("| ").split(" | ")) for line in section.splitlines()}
    on_page = {(row[0], row[2]) for row in rows if len(row) == 3}
    for one in assumptions:
        assert (one.what.replace("|", "&"), one.settled_by.replace("|", "&")) in on_page
    assert f"{marks} marks of what is assumed" in section


@each_service
def test_all_that_is_counted_as_assumed_is_named_by_a_mark(service: Path) -> None:
    assumed = [part for part in evidence.parts(document_of(service)) if part.mark == "assumed"]
    heirs = sum(len(part.heirs) for part in assumed)
    counted = {"operation", "parameter", "property", "response"}
    assert heirs == sum(part.kind in counted and "x-provenance" not in part.node for part in assumed)


@each_service
def test_no_experiment_is_named_for_what_is_not_assumed(service: Path) -> None:
    for node in mappings(document_of(service)):
        if "x-settled-by" in node:
            assert node.get("x-provenance") == "assumed" or "x-assumed" in node, node


@each_service
def test_all_operations_of_the_specs_are_counted(service: Path) -> None:
    document = document_of(service)
    written = sum(method in item for item in document["paths"].values() for method in METHODS)
    assert len(evidence.evidence_of(document, service.name).operations) == written


def test_a_stale_page_is_told_and_a_tree_without_docs_is_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "specs/letsenhance", tmp_path / "specs/letsenhance")
    with pytest.raises(check.Skipped, match="no docs/"):
        check.stale_evidence(tmp_path)
    assert evidence.main(["--root", str(tmp_path)]) == 0
    assert "made anew" in capsys.readouterr().out
    assert check.stale_evidence(tmp_path) == []
    with (tmp_path / evidence.PAGE).open("a", encoding="utf-8") as file:
        file.write("More.\n")
    assert check.stale_evidence(tmp_path) == ["docs/evidence.md is not what specs/ make: run `make evidence`."]


def test_a_spec_that_cannot_be_built_is_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evidence.main(["--root", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("scripts/evidence.py: ")
    assert not (tmp_path / "docs").exists()
