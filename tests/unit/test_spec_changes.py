"""What a change of a document means for users: a table of seeded changes, each read in both directions."""

from __future__ import annotations

import json
import random
from importlib import resources
from typing import Any

import pytest
from build_spec import SpecError
from changes_table import table
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from schema_changes import Change, Impact
from spec_changes import changes_between

from tests.unit.lamps import GONE, LAMPS, lamps

# The columns of the table: breaking, of note, safe.
B, N, S = Impact.BREAKING, Impact.INFORMATIVE, Impact.SAFE

REFS = "#/components/schemas/"
LIST, CREATE = "paths /lamps get", "paths /lamps post"
CHANGE, DELETE = "paths /lamps/{id} put", "paths /lamps/{id} delete"
LAMP, NEW, SHADE = (f"components schemas {name}" for name in ("Lamp", "NewLamp", "Shade"))
LAMP_P, NEW_P, SHADE_P = f"{LAMP} properties", f"{NEW} properties", f"{SHADE} properties"
LIT = LAMPS["components"]["schemas"]["Lamp"]["properties"]["lit"]["anyOf"]
OWNER = LAMPS["components"]["schemas"]["Lamp"]["properties"]["owner"]
KIND = LAMPS["components"]["schemas"]["Lamp"]["properties"]["kind"]
WATTS = LAMPS["components"]["schemas"]["NewLamp"]["properties"]["watts"]
WATTS_BELOW_200 = {"type": "integer", "minimum": 1, "exclusiveMaximum": 200}
NAME = LAMPS["components"]["schemas"]["NewLamp"]["properties"]["name"]
OBJECT = {"type": "object", "properties": {"of": {"type": "string"}}}
QUERY = {"name": "since", "in": "query", "schema": {"type": "string"}}
BODY = "requestBody content application/json"

# What is changed, what the change is called, and what it means; last, what taking it back means.
SEEDS: dict[str, tuple[dict[str, Any], str, Impact, Impact]] = {
    # Operations
    "an operation goes": ({DELETE: GONE}, "operation", B, S),
    "an operation comes": ({"paths /lamps/{id} get": LAMPS["paths"]["/lamps"]["get"]}, "operation", S, B),
    "a path is another": (
        {"paths /lights/{id}": LAMPS["paths"]["/lamps/{id}"], "paths /lamps/{id}": GONE},
        "path",
        B,
        B,
    ),
    "a method is another": (
        {"paths /lamps/{id} patch": LAMPS["paths"]["/lamps/{id}"]["put"], CHANGE: GONE},
        "path",
        B,
        B,
    ),
    "an operation has another id": ({f"{LIST} operationId": "get_lamps"}, "operationId", B, B),
    "an operation moves to another folder": ({f"{LIST} tags": ["lights"]}, "tag", B, B),
    "an operation is deprecated": ({f"{LIST} deprecated": True}, "deprecated", N, N),
    # Parameters
    "a parameter goes": ({f"{LIST} parameters 0": GONE}, "parameter", B, S),
    "an optional parameter comes": ({f"{LIST} parameters 3": QUERY}, "parameter", S, B),
    "a required parameter comes": ({f"{LIST} parameters 3": QUERY | {"required": True}}, "parameter", B, B),
    "a parameter has to be sent": ({f"{LIST} parameters 0 required": True}, "required", B, S),
    "a parameter moves to the header": ({f"{LIST} parameters 0 in": "header"}, "parameter", B, B),
    "a parameter's bound is tighter": ({f"{LIST} parameters 0 schema maximum": 50}, "maximum", B, S),
    "a parameter is written in another way": ({f"{LIST} parameters 0 style": "deepObject"}, "style", N, N),
    "a shared parameter is of another type": ({"components parameters Tenant schema type": "integer"}, "type", B, B),
    "a path parameter has another name": (
        {
            "paths /lamps/{eid}": LAMPS["paths"]["/lamps/{id}"]
            | {"parameters": [{"name": "eid", "in": "path", "required": True, "schema": {"type": "string"}}]},
            "paths /lamps/{id}": GONE,
        },
        "parameter",
        B,
        B,
    ),
    # Bodies
    "a body goes": ({f"{CHANGE} requestBody": GONE}, "body", B, S),
    "a body has to be sent": ({f"{CHANGE} requestBody required": True}, "required", B, S),
    "a required body comes": ({f"{DELETE} requestBody": LAMPS["paths"]["/lamps"]["post"]["requestBody"]}, "body", B, B),
    "a body is of another media type": (
        {f"{CREATE} requestBody content": {"application/xml": {"schema": {"type": "string"}}}},
        "media type",
        B,
        B,
    ),
    "a required property of a request comes": (
        {f"{NEW_P} volts": {"type": "integer"}, f"{NEW} required": ["watts", "volts"]},
        "property",
        B,
        B,
    ),
    "an optional property of a request comes": ({f"{NEW_P} volts": {"type": "integer"}}, "property", S, B),
    "a property of a request has to be sent": ({f"{NEW} required": ["watts", "name"]}, "required", B, S),
    "a request's enum is narrower": ({f"{NEW_P} mode enum": ["warm"]}, "enum value", B, S),
    "a request's text becomes an enum": ({f"{NEW_P} url enum": ["a"]}, "enum", B, S),
    "a request's type is narrower": ({f"{NEW_P} size type": "number"}, "type", B, S),
    "a request's number becomes an integer": ({f"{NEW_P} size type": ["integer", "null"]}, "type", B, S),
    "a request's type is another": ({f"{NEW_P} name": {"type": "integer"}}, "type", B, B),
    "a request's bound is tighter": ({f"{NEW_P} watts maximum": 100}, "maximum", B, S),
    "a request's bound is new": ({f"{NEW_P} name minLength": 1}, "minLength", B, S),
    "a request's step is coarser": ({f"{NEW_P} size multipleOf": 1}, "multipleOf", B, S),
    "a request's bound falls to nothing": ({f"{NEW_P} watts maximum": 0}, "maximum", B, S),
    "a request's bound rises to nothing": ({f"{LIST} parameters 0 schema minimum": 0}, "minimum", S, B),
    "a request's bound goes below nothing": ({f"{NEW_P} watts minimum": -1}, "minimum", S, B),
    "a request's bound excludes its end": (
        {f"{NEW_P} watts": {"type": "integer", "minimum": 1, "exclusiveMaximum": 200}},
        "maximum",
        B,
        S,
    ),
    "a request's step is neither": ({f"{NEW_P} size multipleOf": 0.75}, "multipleOf", B, B),
    "a bound beside a reference is tighter": (
        {f"{NEW_P} name": {"$ref": "#/components/schemas/Name", "maxLength": 3}, "components schemas Name": NAME},
        "maxLength",
        B,
        N,
    ),
    "a bound in all of is tighter": ({f"{NEW_P} watts": {"allOf": [WATTS, {"maximum": 9}]}}, "maximum", B, S),
    "a request's pattern is another": ({f"{NEW_P} name pattern": "^[a-z0-9]+$"}, "pattern", B, B),
    "a request's pattern goes": ({f"{NEW_P} name pattern": GONE}, "pattern", S, B),
    "a request's default comes": ({f"{NEW_P} mode default": "warm"}, "default", B, B),
    "a request is closed": ({f"{NEW} additionalProperties": False}, "additionalProperties", B, S),
    "a request's mapping holds other values": ({f"{NEW_P} extra additionalProperties type": "integer"}, "type", B, B),
    "a name of a mapping gets a type of its own": (
        {f"{NEW_P} extra properties": {"of": {"type": "integer"}}},
        "type",
        B,
        B,
    ),
    "a request's format is of a typed kind": ({f"{NEW_P} url format": "date"}, "format", B, B),
    "a request's format is mere advice": ({f"{NEW_P} url format": "iri"}, "format", N, N),
    "a constraint that no rule knows comes": ({f"{NEW_P} name not": {"const": "x"}}, "not", B, B),
    # Replies
    "a reply's property goes": ({f"{LAMP_P} tags": GONE}, "property", B, S),
    "a reply's property has another name": ({f"{LAMP_P} tags": GONE, f"{LAMP_P} labels": OBJECT}, "property", B, B),
    "a reply's nested property goes": (
        {f"{LAMP_P} owner properties name": GONE, f"{LAMP_P} owner required": []},
        "property",
        B,
        S,
    ),
    "a reply's property may be missing": ({f"{LAMP} required": ["id"]}, "required", B, S),
    "a reply's property may be null": ({f"{LAMP_P} id type": ["string", "null"]}, "type", B, S),
    "a reply's integer becomes a number": ({f"{LAMP_P} watts type": "number"}, "type", B, S),
    "a reply's type is another": ({f"{LAMP_P} owner": {"type": "string"}}, "type", B, B),
    "a reply's items are of another type": ({f"{LAMP_P} tags items": OBJECT}, "type", B, B),
    "a reply's bound is looser": ({f"{LAMP_P} watts minimum": 0}, "minimum", N, S),
    "a reply's property stays in its list of required names": ({f"{LAMP_P} watts": GONE}, "property", B, S),
    "a reply's enum becomes a text": ({"components schemas Lamp properties kind": {"type": "string"}}, "enum", B, N),
    "a reply may be an object of another kind": ({f"{LAMP_P} owner": {"anyOf": [OWNER, OBJECT]}}, "type", B, S),
    "a reply's closed enum is opened": ({f"{LAMP_P} kind": {"anyOf": [KIND, {"type": "string"}]}}, "type", N, S),
    "a reply's true becomes a one": ({f"{LAMP_P} on enum": [1]}, "type", B, B),
    "a reply's time becomes a text": ({f"{LAMP_P} lit anyOf 0 format": GONE}, "format", B, B),
    "a status becomes all of its kind": (
        {f"{CREATE} responses": {"2XX": LAMPS["paths"]["/lamps"]["post"]["responses"]["201"]}},
        "status",
        N,
        N,
    ),
    "another reply of success comes": ({f"{CREATE} responses 200": {"description": "Ok"}}, "status", N, B),
    "a refusal goes": ({f"{LIST} responses 404": GONE}, "status", N, N),
    "a reply's schema is another": (
        {f"{CHANGE} responses 200 content application/json schema": {"type": "string"}},
        "type",
        B,
        B,
    ),
    # Values that travel both ways, that come by webhook, and names
    "an enum value comes": ({"components schemas Color enum": ["red", "white", "blue"]}, "enum value", N, B),
    "a property of both ways may be null": ({f"{SHADE_P} form type": ["string", "null"]}, "type", B, B),
    "a property of both ways comes": ({f"{SHADE_P} tilt": {"type": "integer"}}, "property", S, B),
    "a webhook goes": ({"webhooks burnt": GONE}, "operation", B, S),
    "a webhook's property goes": ({"components schemas Burnt properties hours": GONE}, "property", B, S),
    "a webhook has an id": ({"webhooks burnt post operationId": "lamp_burnt"}, "operationId", N, N),
    "a callback's property may be missing": ({"components schemas Lit required": []}, "required", B, S),
    "a schema goes": (
        {
            "components schemas Problem": GONE,
            "components responses NotFound content application/json schema": LAMPS["components"]["schemas"]["Problem"],
        },
        "schema",
        B,
        S,
    ),
    # Security and addresses
    "a way to sign goes": ({"security": [{"bearer": []}]}, "security", B, S),
    "one operation asks for another key": ({f"{DELETE} security": [{"key": []}]}, "security", B, B),
    "a scope is asked for": ({f"{DELETE} security": [{"bearer": ["write"]}]}, "security", B, N),
    "a key has another header": ({"components securitySchemes key name": "X-API-KEY"}, "security scheme", B, B),
    "a path has an address of its own": (
        {"paths /lamps servers": [{"url": "https://lights.example"}]},
        "servers",
        N,
        N,
    ),
    "the address is another": ({"servers": [{"url": "https://lights.example"}]}, "servers", N, N),
    "the document has another version": ({"info version": "2"}, "version", N, N),
}

WORST = list(Impact)


def worst(changes: list[Change]) -> Change:
    return min(changes, key=lambda change: WORST.index(change.impact))


def test_the_table_has_more_than_forty_changes() -> None:
    assert len(SEEDS) >= 40
    impacts = {impact for _, _, *impacts in SEEDS.values() for impact in impacts}
    assert impacts == set(Impact)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_change_is_found_and_judged(seed: str) -> None:
    edit, what, forward, _ = SEEDS[seed]
    found = changes_between(lamps(), lamps(edit))
    assert worst(found).impact is forward, found
    assert what in {change.what for change in found if change.impact is forward}, found


@pytest.mark.parametrize("seed", SEEDS)
def test_taking_a_change_back_is_judged_by_itself(seed: str) -> None:
    edit, _, _, backward = SEEDS[seed]
    found = changes_between(lamps(edit), lamps())
    assert worst(found).impact is backward, found


SAME: dict[str, dict[str, Any]] = {
    "words": {
        "info title": "Lights",
        "info description": "Other words",
        f"{LIST} summary": "Every lamp",
        f"{LIST} description": "More of it",
        f"{LAMP_P} id description": "Its id",
        f"{LAMP_P} id example": "l-1",
        f"{NEW} title": "A lamp to be made",
        f"{CREATE} {BODY} examples": {"one": {"value": {"watts": 5}}},
        "components responses NotFound description": "Unknown",
        "x-remark": "of no meaning",
        f"{LIST} x-provenance": "assumed",
    },
    "the order of required names": {f"{LAMP} required": ["watts", "id"]},
    "the order of enum values": {"components schemas Color enum": ["white", "red"]},
    "the order of parameters": {f"{LIST} parameters": LAMPS["paths"]["/lamps"]["get"]["parameters"][::-1]},
    "the order of alternatives": {f"{LAMP_P} lit anyOf": LIT[::-1]},
    "the order of ways to sign": {"security": [{"key": []}, {"bearer": []}]},
    "null written as a type": {f"{LAMP_P} lit": {"type": ["null", "string"], "format": "date-time"}},
    "null written as in 3.0": {f"{LAMP_P} lit": {"type": "string", "format": "date-time", "nullable": True}},
    "one of, for any of": {f"{LAMP_P} lit": {"oneOf": LIT}},
    "a reference in all of": {f"{LAMP_P} next": {"allOf": [{"$ref": "#/components/schemas/Lamp"}]}},
    "a shared parameter in its place": {f"{LIST} parameters 2": LAMPS["components"]["parameters"]["Tenant"]},
    "a shared response in its place": {f"{LIST} responses 404": LAMPS["components"]["responses"]["NotFound"]},
    "a path's parameter at its operations": {
        "paths /lamps/{id} parameters": GONE,
        f"{CHANGE} parameters": LAMPS["paths"]["/lamps/{id}"]["parameters"],
        f"{DELETE} parameters": LAMPS["paths"]["/lamps/{id}"]["parameters"],
    },
    "an empty list of parameters": {f"{CREATE} parameters": []},
    "what is so anyway": {
        f"{LAMP} additionalProperties": True,
        f"{LAMP_P} tags uniqueItems": False,
        f"{NEW_P} name minLength": 0,
        f"{LIST} deprecated": False,
        f"{LIST} parameters 0 required": False,
        f"{LIST} parameters 0 style": "form",
        f"{LIST} parameters 0 explode": True,
    },
    "a bound that excludes its end": {f"{NEW_P} watts": {"type": "integer", "exclusiveMinimum": 0, "maximum": 200}},
    "a bound that excludes its end, as in 3.0": {
        f"{NEW_P} watts": {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 200}
    },
    "null among the values of an enum, as in 3.0": {
        f"{LAMP_P} mood": {"type": "string", "nullable": True, "enum": ["calm", None]}
    },
    "all of what is one": {f"{NEW_P} watts": {"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 200}]}},
    "a header in another case": {"components parameters Tenant name": "x-tenant"},
    "what is asked of all, asked of each": {
        "security": GONE,
        **{f"{place} security": LAMPS["security"] for place in (LIST, CREATE, CHANGE)},
    },
    "a media type with its charset": {
        f"{CREATE} requestBody content": {"application/json; charset=utf-8": {"schema": {"$ref": f"{REFS}NewLamp"}}}
    },
}


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_other_words_another_order_and_another_spelling_are_no_change(edit: dict[str, Any]) -> None:
    assert changes_between(lamps(), lamps(edit)) == []
    assert changes_between(lamps(edit), lamps()) == []


def shuffled(node: Any, chance: random.Random) -> Any:
    if isinstance(node, dict):
        keys = list(node)
        chance.shuffle(keys)
        return {key: shuffled(node[key], chance) for key in keys}
    return [shuffled(value, chance) for value in node] if isinstance(node, list) else node


@pytest.mark.parametrize("service", ["hautai", "immersity", "letsenhance", "teleport"])
def test_a_service_s_document_in_another_order_has_not_changed(service: str) -> None:
    document = json.loads((resources.files("safelight_api") / service / "openapi.json").read_text())
    assert changes_between(document, shuffled(document, random.Random(7))) == []


@given(st.lists(st.sampled_from(sorted(SEEDS)), min_size=1, max_size=4, unique=True), st.integers())
@settings(max_examples=80, deadline=None, derandomize=True, database=None)
def test_what_differs_one_way_differs_the_other_way(seeds: list[str], chance: int) -> None:
    edits: dict[str, Any] = {}
    for seed in seeds:
        edits |= SEEDS[seed][0]
    try:
        changed = lamps(edits)
    except (KeyError, IndexError):
        reject()  # Two changes of one place.
    differs = json.dumps(changed, sort_keys=True) != json.dumps(lamps(), sort_keys=True)
    other = shuffled(changed, random.Random(chance))
    assert changes_between(changed, other) == []
    assert bool(changes_between(lamps(), other)) == bool(changes_between(other, lamps())) == differs


def test_a_change_is_told_where_it_stands_with_what_was_and_is() -> None:
    [change] = changes_between(lamps(), lamps({f"{NEW_P} watts maximum": 100}))
    assert change == Change("changed", "maximum", "NewLamp.watts", B, "fewer values are possible", 200, 100)


def test_a_shared_schema_s_change_is_told_once() -> None:
    edit = {"components schemas Color enum": ["red"]}
    assert [change.place for change in changes_between(lamps(), lamps(edit))] == ["Color"]


def test_the_worst_comes_first() -> None:
    edit = {"info version": "2", f"{LAMP_P} tags": GONE, f"{NEW_P} volts": {"type": "integer"}}
    impacts = [change.impact for change in changes_between(lamps(), lamps(edit))]
    assert impacts == [B, N, S]


def test_schemas_that_hold_each_other_come_to_an_end() -> None:
    other = {"$ref": "#/components/schemas/Other"}
    edit = {
        "components schemas Other": LAMPS["components"]["schemas"]["Lamp"],
        "components schemas Other properties next": other,
        f"{LAMP_P} next": other,
    }
    assert [change.what for change in changes_between(lamps(), lamps(edit))] == ["schema"]


def test_a_reference_into_a_schema_is_followed() -> None:
    inside = {f"{NEW_P} name": {"$ref": "#/components/schemas/Burnt/properties/id"}}
    other = inside | {"components schemas Burnt properties id type": "integer"}
    [change] = changes_between(lamps(inside), lamps(other))
    assert (change.place, change.what, change.impact) == ("Burnt.id", "type", B)


def test_a_reference_to_another_file_is_compared_by_its_name() -> None:
    one, other = ({f"{NEW_P} name": {"$ref": f"{name}.yaml#/Name"}} for name in ("a", "b"))
    assert [change.place for change in changes_between(lamps(one), lamps(other))] == ["NewLamp.name"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "allOf": [{"$ref": f"{REFS}Lit"}]},
        {"required": ["id"], "allOf": [{"$ref": f"{REFS}Lit"}]},
        {"properties": {"at": {"type": "string"}}, "allOf": [{"$ref": f"{REFS}Lit"}]},
        {"type": "object", "anyOf": [{"$ref": f"{REFS}Lit"}, {"$ref": f"{REFS}Problem"}]},
        {"required": ["id"], "oneOf": [{"$ref": f"{REFS}Lit"}, {"$ref": f"{REFS}Burnt"}]},
        {"minProperties": 1, "allOf": [{"$ref": f"{REFS}Lit"}]},
        {"$ref": f"{REFS}Lit", "allOf": [{"$ref": f"{REFS}Burnt"}]},
    ],
)
def test_references_beside_other_keywords_are_compared(schema: dict[str, Any]) -> None:
    place = f"{LAMP_P} owner"
    assert changes_between(lamps({place: schema}), lamps({place: schema})) == []
    other = schema | {"properties": {"count": {"type": "integer"}}, "required": ["count"]}
    found = changes_between(lamps({place: schema}), lamps({place: other}))
    assert "Lamp.owner.count" in {change.place for change in found}
    assert worst(changes_between(lamps({place: schema}), lamps({place: {"type": "string"}}))).impact is B


def test_a_document_that_is_nested_too_deeply_is_refused() -> None:
    one, other = {"type": "string"}, {"type": "integer"}
    for _ in range(400):
        one, other = ({"type": "array", "items": schema} for schema in (one, other))
    with pytest.raises(SpecError, match="nested too deeply"):
        changes_between(lamps({f"{NEW_P} name": one}), lamps({f"{NEW_P} name": other}))


def test_a_document_of_another_kind_is_refused() -> None:
    with pytest.raises(SpecError, match="OpenAPI 3"):
        changes_between({"swagger": "2.0", "paths": {}}, lamps())


def test_the_table_s_columns_stand_below_each_other() -> None:
    changes = changes_between(lamps(), lamps({"info version": "2" * 99, f"{LAMP_P} tags": GONE}))
    lines = table(changes, ["open", "covered"])
    assert len({line.index(word) for line, word in zip(lines, ("Lamp.tags", "the document"), strict=True)}) == 1
    assert [line.split()[-1] for line in lines] == ["open", "covered"]
    assert "2" * 57 + "..." in lines[1]
    assert "2" * 58 not in lines[1]
    assert table([]) == []
