"""The parts of a built document that rules look at, each with its place as a JSON pointer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from build_spec import METHODS, pointed

Found = tuple[str, Any]

# What stands below these is a value, not a part of the document.
_VALUES = {"const", "default", "enum", "example", "examples"}
# Below each of these stands a schema.
_SCHEMAS = ("items", "additionalProperties", "contains", "then", "else", "unevaluatedItems", "unevaluatedProperties")
# What stands right below these is called by names of its own, which may be those of keywords.
_BY_NAME = {
    *("callbacks", "content", "headers", "links", "parameters", "pathItems", "paths", "requestBodies", "responses"),
    *("schemas", "securitySchemes", "webhooks", "$defs", "dependentSchemas", "patternProperties", "properties"),
}


@dataclass(frozen=True)
class Spec:
    """A service's spec.

    Attributes:
        document: The built document.
        renamed: The schemas whose classes get a name of their own in generator.yaml.
    """

    document: dict[str, Any]
    renamed: Collection[str] = ()

    def followed(self, found: Found) -> Found:
        """Where a `$ref` leads, or the same if it is none. One that leads nowhere gives an empty part."""
        place, value = found
        passed = set[str]()
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            place = value["$ref"]
            value = {} if place in passed else pointed(self.document, place)
            passed.add(place)
        return place, value

    def operations(self) -> Iterator[Found]:
        """What a client asks of the service."""
        return _operations("#/paths", self.document.get("paths", {}))

    def calls(self) -> Iterator[Found]:
        """What the service asks of its user: callbacks and webhooks."""
        for place, operation in self.operations():
            for name, callback in operation.get("callbacks", {}).items():
                yield from _operations(*self.followed((below(place, "callbacks", name), callback)))
        yield from _operations("#/webhooks", self.document.get("webhooks", {}))

    def components(self, *kinds: str) -> Iterator[Found]:
        """The components of these kinds, or all."""
        for kind, group in self.document.get("components", {}).items():
            if not kinds or kind in kinds:
                yield from ((below("#/components", kind, name), part) for name, part in group.items())

    def parameters(self) -> Iterator[Found]:
        """The parameters of paths and operations, each once."""
        paths = ((below("#/paths", path), item) for path, item in self.document.get("paths", {}).items())
        found = self._once(
            (below(place, "parameters", number), part)
            for place, owner in (*paths, *self.operations())
            for number, part in enumerate(owner.get("parameters", []))
        )
        return (parameter for parameter in found if parameter[1])

    def bodies(self) -> Iterator[Found]:
        """The bodies of requests, each once."""
        return self._bodies(self.operations())

    def replies(self) -> Iterator[Found]:
        """The responses of operations, each once."""
        return self._once(
            (below(place, "responses", status), reply)
            for place, operation in self.operations()
            for status, reply in operation.get("responses", {}).items()
        )

    def sent(self) -> Iterator[Found]:
        """The schemas of what clients send."""
        for place, parameter in self.parameters():
            if "schema" in parameter:
                yield below(place, "schema"), parameter["schema"]
        yield from _contents([*self.parameters(), *self.bodies()])

    def received(self) -> Iterator[Found]:
        """The schemas of what the service sends, in replies and in calls."""
        return _contents([*self.replies(), *self._bodies(self.calls())])

    def schemas(self, roots: Iterable[Found]) -> Iterator[Found]:
        """The schemas at and below the roots, those behind a `$ref` too, each once."""
        pending, seen = list(roots)[::-1], set[str]()
        while pending:
            place, schema = self.followed(pending.pop())
            if place not in seen and isinstance(schema, dict):
                seen.add(place)
                yield place, schema
                pending += [*parts_of(place, schema), *variants_of(place, schema)][::-1]

    def all_schemas(self) -> Iterator[Found]:
        return self.schemas([*self.components("schemas"), *self.sent(), *self.received()])

    def mappings(self, root: Found | None = None) -> Iterator[Found]:
        """All mappings at and below a part, or of the document, that are neither values nor lists of parts by name."""
        start, whole = root or ("#", self.document)
        pending: list[tuple[str, Any, bool]] = [(start, whole, False)]
        while pending:
            place, node, is_by_name = pending.pop()
            if isinstance(node, list):
                pending += [(below(place, number), part, False) for number, part in enumerate(node)]
            elif isinstance(node, dict) and is_by_name:
                pending += [(below(place, name), part, False) for name, part in node.items()]
            elif isinstance(node, dict):
                yield place, node
                parts = ((key, part) for key, part in node.items() if key not in _VALUES)
                pending += [(below(place, key), part, key in _BY_NAME) for key, part in parts]

    def _bodies(self, operations: Iterable[Found]) -> Iterator[Found]:
        return self._once(
            (below(place, "requestBody"), operation["requestBody"])
            for place, operation in operations
            if "requestBody" in operation
        )

    def _once(self, parts: Iterable[Found]) -> Iterator[Found]:
        yield from dict(self.followed(part) for part in parts).items()


def below(place: str, *steps: str | int) -> str:
    """The place some steps below one."""
    return "/".join([place, *(str(step).replace("~", "~0").replace("/", "~1") for step in steps)])


def parts_of(place: str, schema: dict[str, Any]) -> Iterator[Found]:
    """The schemas right below one that are no choice, as they stand there."""
    for key in ("properties", "patternProperties", "dependentSchemas"):
        yield from ((below(place, key, name), part) for name, part in schema.get(key, {}).items())
    for key in ("allOf", "prefixItems"):
        yield from ((below(place, key, number), part) for number, part in enumerate(schema.get(key, [])))
    yield from ((below(place, key), schema[key]) for key in _SCHEMAS if key in schema)


def variants_of(place: str, schema: dict[str, Any]) -> Iterator[Found]:
    """The schemas right below one of which some one holds, as they stand there."""
    for key in ("anyOf", "oneOf"):
        yield from ((below(place, key, number), part) for number, part in enumerate(schema.get(key, [])))


def _operations(place: str, items: dict[str, Any]) -> Iterator[Found]:
    for name, item in items.items():
        yield from ((below(place, name, method), item[method]) for method in METHODS if method in item)


def _contents(holders: Iterable[Found]) -> Iterator[Found]:
    for place, holder in holders:
        for media_type, content in holder.get("content", {}).items():
            if "schema" in content:
                yield below(place, "content", media_type, "schema"), content["schema"]
