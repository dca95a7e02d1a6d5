"""What the tests of all specs read from a document: operations, marks, and schemas in one line each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from build_spec import METHODS


def operations(document: dict[str, Any]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for path, item in document["paths"].items():
        yield from (((method, path), item[method]) for method in METHODS if method in item)


def followed(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    found: Any = document
    for step in value["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def content_of(value: dict[str, Any]) -> str | None:
    content = value.get("content")
    return shape(content["application/json"]["schema"]) if content else None


def shape(schema: dict[str, Any]) -> str:
    """The schema in a line: `[...]` is an array, `{...}` a mapping from names, a `?` says that it may be null."""
    default = f" = {schema['default']!r}" if "default" in schema else ""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2] + default
    if "const" in schema:
        return repr(schema["const"])
    if found := schema.get("anyOf") or schema.get("oneOf"):
        variants = [shape(variant) for variant in found]
        null = "?" if "null" in variants else ""
        return "|".join(variant for variant in variants if variant != "null") + null + default
    if "type" not in schema:
        return "any"
    if schema["type"] == "array":
        return f"[{shape(schema['items'])}]{default}"
    if schema["type"] == "object":
        values = schema.get("additionalProperties", True)
        return f"{{{'any' if values is True else shape(values)}}}{default}"
    return schema["type"] + (f"({schema['format']})" if "format" in schema else "") + default


def field_shape(schema: dict[str, Any], field: str) -> str:
    """The property's shape; a `!` says that it is required."""
    return shape(schema["properties"][field]) + ("!" if field in schema.get("required", []) else "")


def bounds(schema: dict[str, Any]) -> str:
    """What a value of the schema is limited to: `1..10`, `1..`, or the values of its enum."""
    if "enum" in schema:
        return "|".join(map(str, schema["enum"]))
    if "minimum" not in schema and "maximum" not in schema:
        return ""
    return f"{schema.get('minimum', '')}..{schema.get('maximum', '')}"


def mappings(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from mappings(value)
    elif isinstance(node, list):
        for value in node:
            yield from mappings(value)


def marked(node: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Each mark with its place; parameters are called by their names."""
    if isinstance(node, dict):
        if "x-provenance" in node:
            yield " ".join(place), node["x-provenance"]
        for key, value in node.items():
            yield from marked(value, place if key in ("properties", "parameters") else (*place, key))
    elif isinstance(node, list):
        for value in node:
            yield from marked(value, (*place, value.get("name", "")) if isinstance(value, dict) else place)
