"""A small API with a place for everything that can change: what the tests of changes start from."""

from __future__ import annotations

import copy
import json
from typing import Any

GONE = object()


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


LAMPS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Lamps", "version": "1", "description": "Lamps for rent."},
    "servers": [{"url": "https://lamps.example"}],
    "tags": [{"name": "lamps"}],
    "security": [{"bearer": []}, {"key": []}],
    "paths": {
        "/lamps": {
            "get": {
                "operationId": "list_lamps",
                "tags": ["lamps"],
                "summary": "All lamps",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
                    {"name": "color", "in": "query", "schema": _ref("Color")},
                    {"$ref": "#/components/parameters/Tenant"},
                ],
                "responses": {
                    "200": {"description": "Lamps", **_json({"type": "array", "items": _ref("Lamp")})},
                    "404": {"$ref": "#/components/responses/NotFound"},
                },
            },
            "post": {
                "operationId": "create_lamp",
                "tags": ["lamps"],
                "requestBody": {"required": True, **_json(_ref("NewLamp"))},
                "responses": {"201": {"description": "Made", **_json(_ref("Lamp"))}},
                "callbacks": {
                    "lit": {
                        "{$request.body#/url}": {
                            "post": {"requestBody": _json(_ref("Lit")), "responses": {"200": {"description": "Taken"}}}
                        }
                    }
                },
            },
        },
        "/lamps/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "put": {
                "operationId": "change_lamp",
                "tags": ["lamps"],
                "requestBody": _json(_ref("Shade")),
                "responses": {"200": {"description": "Changed", **_json(_ref("Shade"))}},
            },
            "delete": {
                "operationId": "delete_lamp",
                "tags": ["lamps"],
                "security": [{"bearer": []}],
                "responses": {"204": {"description": "Gone"}},
            },
        },
    },
    "webhooks": {"burnt": {"post": {"requestBody": _json(_ref("Burnt")), "responses": {"200": {"description": "Ok"}}}}},
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-KEY"},
        },
        "parameters": {"Tenant": {"name": "X-Tenant", "in": "header", "schema": {"type": "string"}}},
        "responses": {"NotFound": {"description": "No such lamp", **_json(_ref("Problem"))}},
        "schemas": {
            "Color": {"type": "string", "enum": ["red", "white"]},
            "Lamp": _object(
                ["id", "watts"],
                id={"type": "string"},
                watts={"type": "integer", "minimum": 1},
                color={"anyOf": [_ref("Color"), {"type": "string"}]},
                lit={"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                tags={"type": "array", "items": {"type": "string"}, "maxItems": 9},
                owner=_object(["name"], name={"type": "string"}),
                kind={"type": "string", "enum": ["floor", "desk"]},
                mood={"type": ["string", "null"], "enum": ["calm", None]},
                on={"enum": [True]},
                next=_ref("Lamp"),
            ),
            "NewLamp": _object(
                ["watts"],
                watts={"type": "integer", "minimum": 1, "maximum": 200},
                name={"type": "string", "maxLength": 40, "pattern": "^[a-z]+$"},
                mode={"type": "string", "enum": ["warm", "cold"]},
                size={"type": ["number", "null"], "multipleOf": 0.5},
                url={"type": "string", "format": "uri"},
                extra={"type": "object", "additionalProperties": {"type": "string"}},
            ),
            "Shade": _object(["form"], form={"type": "string"}, depth={"type": "integer"}),
            "Lit": _object(["id"], id={"type": "string"}),
            "Burnt": _object(["id"], id={"type": "string"}, hours={"type": "integer"}),
            "Problem": _object([], detail={"type": "string"}),
        },
    },
}


def lamps(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The API, with some places changed: `{"components schemas Lamp required": ["id"]}`, or `GONE`."""
    document = copy.deepcopy(LAMPS)
    for place, value in (changes or {}).items():
        *steps, last = place.split(" ")
        node: Any = document
        for step in steps:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        key: Any = int(last) if isinstance(node, list) else last
        if value is GONE:
            del node[key]
        elif isinstance(node, list) and key == len(node):
            node.append(value)
        else:
            node[key] = value
    return json.loads(json.dumps(document))
