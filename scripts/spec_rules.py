"""Rules for built documents: what the generator mishandles, and what every spec of this project has to say.

A rule yields the places that break it, as JSON pointers, each with what to do about it. What the generator does was
measured with openapi-python-client 0.29.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from openapi_python_client.strings import snake_case
from spec_parts import Found, Spec, below, parts_of, variants_of

Complaint = tuple[str, str]

MARKS = ("documented", "observed", "assumed")
# The generated code has variables, methods and attributes of its own, in operations and in models.
_TAKEN_IN_OPERATIONS = {"body", "cookies", "headers", "params", "quote"}
_TAKEN_IN_MODELS = {"additional_properties", "cls", "d", "field_dict", "from_dict", "to_dict"}
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_TYPES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}
_PHRASES = {status.phrase for status in HTTPStatus}


def default_in_request(spec: Spec) -> Iterator[Complaint]:
    for place, schema in spec.schemas(spec.sent()):
        if "default" in schema:
            yield place, "generated clients would always send the default: remove it, and tell it in the description."


def ref_with_siblings(spec: Spec) -> Iterator[Complaint]:
    for place, node in spec.mappings():
        beside = ", ".join(sorted(node.keys() - {"$ref"}))
        if isinstance(node.get("$ref"), str) and beside:
            yield place, f"the generator reads the $ref alone: move {beside} to where it leads, or remove it."


def path_item_ref(spec: Spec) -> Iterator[Complaint]:
    for path, item in spec.document.get("paths", {}).items():
        if "$ref" in item:
            yield below("#/paths", path), "the generator passes over this without a word: write the operations here."


def parameter_name(spec: Spec) -> Iterator[Complaint]:
    for place, parameter in spec.parameters():
        if (name := snake_case(parameter["name"])) in _TAKEN_IN_OPERATIONS:
            yield place, f"generated functions have a `{name}` of their own and would send that: remove the parameter."


def parameter_form(spec: Spec) -> Iterator[Complaint]:
    for place, parameter in spec.parameters():
        usual = _STYLES[parameter["in"]]
        style, explode = parameter.get("style", usual), parameter.get("explode", usual == "form")
        if "content" in parameter or style != usual or explode is not (usual == "form"):
            yield place, "the generator knows no `content`, `style` or `explode`: describe what is sent, as a string."


def operation_security(spec: Spec) -> Iterator[Complaint]:
    for place, operation in spec.operations():
        if operation.get("security"):
            yield place, "`security` of an operation changes the type of its client: say it once, at the top."


def operation_tag(spec: Spec) -> Iterator[Complaint]:
    for place, operation in spec.operations():
        if not operation.get("tags"):
            yield place, "the first tag names the folder of the generated module: add one."


def missing_4xx(spec: Spec) -> Iterator[Complaint]:
    for place, operation in spec.operations():
        if not any(status.startswith("4") for status in operation.get("responses", {})):
            yield place, "generated clients make None of a status that is not there: add 4XX with its body."


def default_response(spec: Spec) -> Iterator[Complaint]:
    for place, operation in spec.operations():
        if "default" in operation.get("responses", {}):
            yield place, "generated clients read any other success as the default response: say 4XX and 5XX instead."


def body_media_type(spec: Spec) -> Iterator[Complaint]:
    for place, body in (*spec.bodies(), *spec.replies()):
        types = list(body.get("content", {}))
        if len(types) > 1:
            yield place, f"generated clients send several bodies at once and read only the first: keep one of {types}."
        if "multipart/form-data" in types:
            yield place, "the generated boundary may be in the data: remove the operation, and let the wrapper send it."


def binary_body(spec: Spec) -> Iterator[Complaint]:
    for place, schema in spec.schemas([*spec.sent(), *spec.received()]):
        if schema.get("format") == "binary":
            yield place, "generated clients hold all of it in memory: remove it, and let the wrapper move the bytes."


def closed_enum_in_reply(spec: Spec) -> Iterator[Complaint]:
    for place in dict.fromkeys(place for root in spec.received() for place in _closed(spec, root, frozenset())):
        yield (
            place,
            (
                "another value makes the reply unreadable, or comes under a wrong type: use `anyOf` with its bare "
                "type beside it or, if it tells variants apart, add a last variant for all others."
            ),
        )


def discriminator_without_const(spec: Spec) -> Iterator[Complaint]:
    for place, schema in spec.all_schemas():
        if name := schema.get("discriminator", {}).get("propertyName"):
            # The last variant may be the one for all others.
            for variant in [*variants_of(place, schema)][:-1]:
                tags = [definition for _, field, definition in _properties(spec, variant) if field == name]
                if not any("const" in tag for tag in tags):
                    yield variant[0], f"generated clients take the first variant that fits: give its `{name}` a const."


def property_name(spec: Spec) -> Iterator[Complaint]:
    for place, schema in spec.all_schemas():
        for field in schema.get("properties", {}):
            if (name := snake_case(field)) in _TAKEN_IN_MODELS:
                message = f"generated models have a `{name}` of their own and would break: remove the property."
                yield below(place, "properties", field), message


def property_like_class(spec: Spec) -> Iterator[Complaint]:
    for component in spec.components("schemas"):
        name = component[0].rpartition("/")[2]
        for place, field, definition in _properties(spec, component):
            if snake_case(field) == snake_case(name) and name not in spec.renamed and not _is_plain(definition):
                yield place, f"a model with a property of its own name fails mypy: rename {name} in generator.yaml."


def fastapi_detail(spec: Spec) -> Iterator[Complaint]:
    for place, schema in spec.components("schemas"):
        detail = schema.get("properties", {}).get("detail", {})
        if place.endswith("/HTTPValidationError") and detail.get("type") == "array":
            yield place, "services send words as `detail`, too: make it `anyOf` with the array and a string."


def unused_component(spec: Spec) -> Iterator[Complaint]:
    components = dict(spec.components())
    # From what is no component downwards: those that only refer to one another are of no use either.
    pending: list[Found] = [("#", {key: part for key, part in spec.document.items() if key != "components"})]
    used = set[str]()
    while pending:
        for _, node in spec.mappings(pending.pop()):
            place = "/".join(str(node.get("$ref")).split("/")[:4])
            if place in components and place not in used:
                used.add(place)
                pending.append((place, components[place]))
    for place in components:
        if place not in used and not place.startswith("#/components/securitySchemes/"):
            yield place, "nothing refers to it, but the generator may make code of it: remove it."


def description(spec: Spec) -> Iterator[Complaint]:
    parts = {**dict(spec.operations()), **dict(spec.calls()), **dict(spec.components("schemas", "securitySchemes"))}
    for place, schema in spec.all_schemas():
        for name, part in schema.get("properties", {}).items():
            if isinstance(part, dict) and "$ref" not in part:
                parts[below(place, "properties", name)] = part
    # Where a schema says what it is, the parameter need not say it again.
    parts |= {place: {**parameter.get("schema", {}), **parameter} for place, parameter in spec.parameters()}
    parts |= dict(spec.replies())
    for place, part in parts.items():
        if part.get("description", "").strip() in ("", *_PHRASES):
            yield place, "say what it is, in a description of your own."


def provenance(spec: Spec) -> Iterator[Complaint]:
    for place, part in (*spec.operations(), *spec.calls(), *spec.components()):
        if "x-provenance" not in part and "$ref" not in part:
            yield place, f"say how it is known: x-provenance, one of {', '.join(MARKS)}."
    for place, node in spec.mappings():
        if node.get("x-provenance", MARKS[0]) not in MARKS:
            yield place, f"x-provenance is one of {', '.join(MARKS)}: mend it."


def assumed_keyword(spec: Spec) -> Iterator[Complaint]:
    for place, node in spec.mappings():
        if missing := set(node.get("x-assumed", [])) - node.keys():
            yield place, f"x-assumed names {', '.join(sorted(missing))}, which is not there: mend it."


RULES: dict[str, Callable[[Spec], Iterator[Complaint]]] = {
    rule.__name__.replace("_", "-"): rule
    for rule in (
        default_in_request,
        ref_with_siblings,
        path_item_ref,
        parameter_name,
        parameter_form,
        operation_security,
        operation_tag,
        missing_4xx,
        default_response,
        body_media_type,
        binary_body,
        closed_enum_in_reply,
        discriminator_without_const,
        property_name,
        property_like_class,
        fastapi_detail,
        unused_component,
        description,
        provenance,
        assumed_keyword,
    )
}


def _closed(spec: Spec, found: Found, above: frozenset[str]) -> Iterator[str]:
    """The places of enums and constants at and below a schema that do not let another value of their type pass."""
    place, schema = spec.followed(found)
    if place in above or not isinstance(schema, dict):
        return
    if "enum" in schema or "const" in schema:
        yield found[0]
    above |= {place}
    variants = [(_types(spec, part), [*_closed(spec, part, above)]) for part in variants_of(place, schema)]
    taken = {name for types, closed in variants for name in types if not closed}
    for types, closed in variants:
        if not types <= taken:
            yield from closed
    for part in parts_of(place, schema):
        yield from _closed(spec, part, above)


def _types(spec: Spec, found: Found) -> set[str]:
    place, schema = spec.followed(found)
    if isinstance(schema, bool):
        return set(_TYPES.values())
    if "type" in schema:
        return set([schema["type"]] if isinstance(schema["type"], str) else schema["type"])
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        return {_TYPES[type(value)] for value in values}
    if variants := [*variants_of(place, schema)]:
        return set[str]().union(*(_types(spec, part) for part in variants))
    return {"object"} if "properties" in schema or "allOf" in schema else set(_TYPES.values())


def _properties(spec: Spec, found: Found) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """A schema's properties, those of what it extends included: place, name and definition."""
    place, schema = spec.followed(found)
    for name, part in schema.get("properties", {}).items():
        where = below(place, "properties", name)
        definition = spec.followed((where, part))[1]
        yield where, name, definition if isinstance(definition, dict) else {}
    for number, part in enumerate(schema.get("allOf", [])):
        yield from _properties(spec, (below(place, "allOf", number), part))


def _is_plain(schema: dict[str, Any]) -> bool:
    """Whether the generator takes a value as it is."""
    made = {"allOf", "anyOf", "const", "enum", "format", "oneOf"}
    return not made & schema.keys() and schema.get("type") in (None, "boolean", "integer", "number", "string")
