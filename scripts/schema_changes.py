"""What changed between two schemas, and what that means for those who send or read such values.

What a user sends may be taken more widely, what a user reads may come more narrowly: the other way round breaks them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import zip_longest
from typing import Any, NamedTuple

from build_spec import pointed


class Impact(StrEnum):
    """What a change means for the users of the client."""

    BREAKING = "breaking"  # Code that works today may fail.
    INFORMATIVE = "informative"  # No code has to change; a program may meet what it has not met before.
    SAFE = "safe"  # All that worked goes on working.


class Reach(StrEnum):
    """On which way a schema's values travel."""

    REQUEST = "request"
    REPLY = "reply"


class Change(NamedTuple):
    """One difference between two documents; `what` and `place` name the thing, `kind` is added, removed or changed."""

    kind: str
    what: str
    place: str
    impact: Impact
    why: str
    before: Any = None
    after: Any = None


BREAKING, INFORMATIVE, SAFE = Impact.BREAKING, Impact.INFORMATIVE, Impact.SAFE
Reaches = frozenset[Reach]
Schema = dict[str, Any]

# Beside a schema's type: what is said of the place where it stands.
_ANNOTATIONS = {"default", "deprecated", "discriminator", "readOnly", "writeOnly", "xml"}
_LOWER = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_UPPER = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_COMPARED = {"type", "enum", "format", "multipleOf", "pattern", "uniqueItems", "required", "properties", "items"}
# Said of nothing, these bounds take all values.
_WIDE = {"minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False}
_SCALARS = {"boolean", "integer", "number", "string"}
# The generator gives these a type of their own; other formats stay strings.
_TYPED_FORMATS = {"date", "date-time", "uuid", "binary"}
_FOR_PROGRAMS_ONLY = {"contentEncoding", "contentMediaType", "contentSchema"}


def judged(reaches: Reaches, *, request: Impact, reply: Impact) -> Impact:
    """The worst of what a change means on the ways that a value travels."""
    worst = list(Impact)
    found = [impact for reach, impact in ((Reach.REQUEST, request), (Reach.REPLY, reply)) if reach in reaches]
    return min(found, key=worst.index, default=INFORMATIVE)


def told(what: str, place: str, impact: Impact, why: str, before: Any = None, after: Any = None) -> Change:
    """A change whose kind follows from what is there before and after."""
    kind = "added" if before is None else "removed" if after is None else "changed"
    return Change(kind, what, place, impact, why, before, after)


def followed(document: Mapping[str, Any], value: Any) -> Any:
    """What a chain of references leads to, or the value itself; a reference that leads to other files stays one."""
    seen: set[str] = set()
    while isinstance(value, dict) and value.get("$ref", "").startswith("#/") and value["$ref"] not in seen:
        seen.add(value["$ref"])
        value = pointed(document, value["$ref"])
    return value


def _written(value: Any) -> str:
    """One text for equal values; Python itself takes 1 for True."""
    return json.dumps(value, sort_keys=True)


def makes_a_class(schema: Schema) -> bool:
    """Whether the generator makes something with a name of a component's schema, rather than a mere alias."""
    kinds = {_kind(one) for one in _alternatives(schema) if "$ref" not in one}
    return "object" in kinds or "enum" in schema


class SchemaComparison:
    """Compares schemas of two documents. References of the same name are not followed: components are compared once."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self._old = old
        self._new = new
        self._open: set[str] = set()

    def changes(self, place: str, old: Any, new: Any, reaches: Reaches) -> Iterator[Change]:
        """The differences of two schemas at a place."""
        pair = _written([old, new])
        if pair == _written([new, old]):
            return
        if pair in self._open:
            return  # A schema that holds itself.
        self._open.add(pair)
        yield from _annotations(place, _annotated(old), _annotated(new), reaches)
        yield from self._types(place, old, new, reaches)
        self._open.remove(pair)

    def _types(self, place: str, old: Any, new: Any, reaches: Reaches) -> Iterator[Change]:
        befores, afters = _without_common(_alternatives(old), _alternatives(new))
        if (befores and afters) or any("$ref" in one for one in befores + afters):
            expanded = _expanded(self._old, befores), _expanded(self._new, afters)
            befores, afters = _without_common(*expanded)
        gone, come = [], []
        kinds = dict.fromkeys(_kind(one) for one in befores + afters)
        for kind in kinds:
            one = [schema for schema in befores if _kind(schema) == kind]
            other = [schema for schema in afters if _kind(schema) == kind]
            for before, after in zip_longest(one, other):
                if before is None:
                    come.append(after)
                elif after is None:
                    gone.append(before)
                else:
                    yield from self._keywords(place, before, after, reaches)
        if not gone and not come:
            return
        if {_kind(one) for one in gone + come} == {"integer", "number"} and len(gone) == len(come) == 1:
            yield from self._keywords(place, gone[0], come[0], reaches)
        every = _expanded(self._old, _alternatives(old)), _expanded(self._new, _alternatives(new))
        impact, why = _type_verdict(gone, come, *every, reaches)
        yield Change("changed", "type", place, impact, why, _described(every[0]), _described(every[1]))

    def _keywords(self, place: str, old: Schema, new: Schema, reaches: Reaches) -> Iterator[Change]:
        """The differences of two schemas of one type, which are neither references nor alternatives."""
        yield from _enum(place, old.get("enum"), new.get("enum"), reaches)
        yield from _format(place, old.get("format"), new.get("format"), reaches)
        yield from _bounds(place, old, new, reaches)
        yield from self._properties(place, old, new, reaches)
        yield from self._additional(place, old, new, reaches)
        if "items" in old or "items" in new:
            yield from self.changes(f"{place}[]", old.get("items", {}), new.get("items", {}), reaches)
        handled = _COMPARED | _LOWER | _UPPER | {"additionalProperties"}
        for key in sorted((old.keys() | new.keys()) - handled):
            if old.get(key) != new.get(key):
                impact = judged(reaches, request=BREAKING, reply=INFORMATIVE)
                impact = INFORMATIVE if key in _FOR_PROGRAMS_ONLY else impact
                yield told(key, place, impact, "no rule can judge this: look at it", old.get(key), new.get(key))

    def _properties(self, place: str, old: Schema, new: Schema, reaches: Reaches) -> Iterator[Change]:
        demanded = set(old.get("required", [])), set(new.get("required", []))
        named = old.get("properties", {}), new.get("properties", {})
        before, after = ({name: {} for name in names} | known for names, known in zip(demanded, named, strict=True))
        for name in sorted(before.keys() | after.keys()):
            where = f"{place}.{name}"
            # What is only required has no attribute in the client.
            if name not in after or (name in named[0] and name not in named[1]):
                shown = _described(_alternatives(before[name]))
                yield told("property", where, judged(reaches, request=BREAKING, reply=BREAKING), "it is gone", shown)
            elif name not in before:
                required = name in demanded[1]
                impact = judged(reaches, request=BREAKING if required else SAFE, reply=SAFE)
                why = "it is new, and has to be sent" if impact is BREAKING else "it is new"
                yield told("property", where, impact, why, None, _described(_alternatives(after[name])))
                if isinstance(former := old.get("additionalProperties"), dict):
                    # A mapping may have had this name all along.
                    yield from self.changes(where, former, after[name], reaches)
            else:
                yield from required_changes(where, name in demanded[0], name in demanded[1], reaches)
                yield from self.changes(where, before[name], after[name], reaches)

    def _additional(self, place: str, old: Schema, new: Schema, reaches: Reaches) -> Iterator[Change]:
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if before is not False and after is not False:
            values = ({} if value is True else value for value in (before, after))
            yield from self.changes(f"{place}.*", next(values), next(values), reaches)
        elif before is not after:
            closed = after is False
            impact = judged(reaches, request=BREAKING, reply=BREAKING) if closed else SAFE
            why = f"properties beyond the named ones are {'no longer' if closed else 'now'} possible"
            yield Change("changed", "additionalProperties", place, impact, why, before, after)


def required_changes(place: str, before: bool, after: bool, reaches: Reaches) -> Iterator[Change]:
    """What it means that a property, parameter or body has to be there now, or need not be there any more."""
    if before == after:
        return
    request, reply = (BREAKING, SAFE) if after else (SAFE, BREAKING)
    why = "it has to be there now" if after else "it may be missing now"
    yield Change("changed", "required", place, judged(reaches, request=request, reply=reply), why, before, after)


def _annotated(schema: Any) -> Schema:
    return {key: schema[key] for key in _ANNOTATIONS & schema.keys()} if isinstance(schema, dict) else {}


def _annotations(place: str, old: Schema, new: Schema, reaches: Reaches) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) == new.get(key) and (key in old) == (key in new):
            continue
        is_default = key == "default"
        impact = judged(reaches, request=BREAKING if is_default else INFORMATIVE, reply=INFORMATIVE)
        why = "what is left out means something else now" if is_default else "nothing generated depends on it"
        yield told(key, place, impact, why, _shown(old, key), _shown(new, key))


def _shown(schema: Schema, key: str) -> Any:
    return None if key not in schema else "null" if schema[key] is None else schema[key]


def _alternatives(schema: Any) -> list[Schema]:
    """The schema as plain schemas of one type each, and references, one of which a value has to fit."""
    if not isinstance(schema, dict):
        return [{}] if schema is not False else [{"not": {}}]
    body = {key: value for key, value in schema.items() if key not in _ANNOTATIONS}
    if body.pop("nullable", False) is True:
        if "enum" in body:
            body["enum"] = [value for value in body["enum"] if value is not None]
        return [*_alternatives(body), {"type": "null"}]
    for key in ("anyOf", "oneOf"):
        if members := body.pop(key, None):
            return [found for member in members for found in _alternatives(_met(body, member))]
    # A reference beside other keywords is put together with them when it is followed.
    if len(members := body.get("allOf", [])) == 1 and (len(body) == 1 or "$ref" not in members[0]):
        body.pop("allOf")
        return _alternatives(_met(body, members[0]))
    if "const" in body:
        body["enum"] = [body.pop("const")]
    types = body.get("type", _implied_type(body))
    if types is None or "$ref" in body:
        return [body]
    names = [types] if isinstance(types, str) else list(types)
    enum = body.get("enum")
    if enum and None in enum and "null" in names:
        body = body | {"enum": [value for value in enum if value is not None]}
    return [{"type": "null"} if name == "null" else _of_type(body, name) for name in names]


def _of_type(body: Schema, name: str) -> Schema:
    """The schema of one type, with its bounds written in one way."""
    found = body | {"type": name}
    for exclusive, bound, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
        # In 3.0 it is a switch of the other bound.
        if isinstance(found.get(exclusive), bool) and found.pop(exclusive) and bound in found:
            found[exclusive] = found.pop(bound)
        limit = found.get(exclusive)
        if name == "integer" and isinstance(limit, int):
            del found[exclusive]
            found = _met(found, {bound: limit + step})
    return {key: value for key, value in found.items() if key not in _WIDE or value != _WIDE[key]}


def _met(outer: Any, member: Any) -> Any:
    """What fits both, as far as one schema can say it; what no rule knows is the member's."""
    if not isinstance(outer, dict) or not isinstance(member, dict) or not outer:
        return member
    if "$ref" in member:
        return outer | {"allOf": [*outer.get("allOf", []), member]}
    met = outer | member
    for key in outer.keys() & member.keys():
        one, other = outer[key], member[key]
        if key == "properties":
            met[key] = one | {name: _met(one.get(name), value) for name, value in other.items()}
        elif key == "required":
            met[key] = sorted({*one, *other})
        elif key == "enum":
            met[key] = [value for value in other if value in one]
        elif key in _LOWER | _UPPER and not isinstance(one, bool) and not isinstance(other, bool):
            met[key] = max(one, other) if key in _LOWER else min(one, other)
    return met


def _implied_type(schema: Schema) -> str | None:
    if schema.keys() & {"properties", "required", "additionalProperties", "allOf"}:
        return "object"
    if "items" in schema:
        return "array"
    if values := schema.get("enum"):
        names = {str: "string", bool: "boolean", int: "integer", float: "number"}
        return names.get(type(values[0]))
    return None


def _expanded(document: Mapping[str, Any], schemas: list[Schema]) -> list[Schema]:
    """The alternatives with their references followed, and with the members of `allOf` put together."""
    found = []
    for schema in schemas:
        if "$ref" in schema:
            target = followed(document, {"$ref": schema["$ref"]})
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            is_open = isinstance(target, dict) and "$ref" in target  # It leads to itself, or to another file.
            found += [schema] if is_open else _expanded(document, _alternatives(_met(beside, target)))
        elif "allOf" in schema:
            met: Any = {key: value for key, value in schema.items() if key != "allOf"}
            for member in schema["allOf"]:
                for part in _expanded(document, _alternatives(member)):
                    met = _met(met, part)
            found.append(met)
        else:
            found.append(schema)
    return found


def _without_common(old: list[Schema], new: list[Schema]) -> tuple[list[Schema], list[Schema]]:
    gone, rest = list(old), list(new)
    for schema in old:
        twin = next((other for other in rest if _written(other) == _written(schema)), None)
        if twin is not None:
            gone.remove(schema)
            rest.remove(twin)
    return gone, rest


def _kind(schema: Schema) -> str:
    # Without a type, and with bounds nevertheless: a kind of its own, which fits into no other.
    return str(schema.get("type", "untyped" if schema else "any"))


def _described(schemas: list[Schema]) -> str:
    names = [schema["$ref"].rpartition("/")[2] if "$ref" in schema else _kind(schema) for schema in schemas]
    return " | ".join(dict.fromkeys(names))


def _type_verdict(
    gone: list[Schema], come: list[Schema], old: list[Schema], new: list[Schema], reaches: Reaches
) -> tuple[Impact, str]:
    lost, gained = {_kind(schema) for schema in gone}, {_kind(schema) for schema in come}
    if not gone or "any" in gained or (lost, gained) == ({"integer"}, {"number"}):
        if gone or not gained <= {_kind(schema) for schema in old}:
            return judged(reaches, request=SAFE, reply=BREAKING), "more may be sent, and may come, than before"
        # A text that is none of the known ones is a text; an object of a new kind has other attributes.
        reply = INFORMATIVE if gained <= _SCALARS else BREAKING
        return judged(reaches, request=SAFE, reply=reply), "more of the same type may be sent, and may come"
    if not come or "any" in lost or (lost, gained) == ({"number"}, {"integer"}):
        if not come and all(_is_covered(schema, new) for schema in gone):
            return INFORMATIVE, "what remains takes all of it"
        return judged(reaches, request=BREAKING, reply=SAFE), "fewer values are possible"
    return judged(reaches, request=BREAKING, reply=BREAKING), "it is of another type now"


def _is_covered(schema: Schema, others: list[Schema]) -> bool:
    return any(other.keys() <= {"type"} and _kind(other) in ("any", _kind(schema)) for other in others)


def _enum(place: str, old: list[Any] | None, new: list[Any] | None, reaches: Reaches) -> Iterator[Change]:
    if old is None and new is not None:
        impact = judged(reaches, request=BREAKING, reply=INFORMATIVE)
        yield told("enum", place, impact, "only these values are left", None, new)
    elif old is not None and new is None:
        impact = judged(reaches, request=SAFE, reply=BREAKING)
        yield told("enum", place, impact, "any value may be sent, and may come, as it is", old, None)
    elif old is not None and new is not None:
        known, later = ([_written(value) for value in values] for values in (old, new))
        for value in old:
            if _written(value) not in later:
                impact = judged(reaches, request=BREAKING, reply=BREAKING)
                yield told("enum value", place, impact, "its name is gone from the client", str(value))
        for value in new:
            if _written(value) not in known:
                impact = judged(reaches, request=SAFE, reply=INFORMATIVE)
                yield told("enum value", place, impact, "it may be sent, and may come", None, str(value))


def _format(place: str, old: str | None, new: str | None, reaches: Reaches) -> Iterator[Change]:
    if old == new:
        return
    typed = bool({old, new} & _TYPED_FORMATS)
    impact = judged(reaches, request=BREAKING, reply=BREAKING) if typed else INFORMATIVE
    why = "its Python type is another one now" if typed else "its Python type is the same"
    yield told("format", place, impact, why, old, new)


def _bounds(place: str, old: Schema, new: Schema, reaches: Reaches) -> Iterator[Change]:
    for key in sorted(_LOWER | _UPPER | {"multipleOf", "pattern", "uniqueItems"}):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        takes_less, takes_more = _turn(key, before, after)
        request, reply = BREAKING if takes_less else SAFE, INFORMATIVE if takes_more else SAFE
        why = "other values" if takes_less and takes_more else "fewer values" if takes_less else "more values"
        yield told(key, place, judged(reaches, request=request, reply=reply), f"{why} are possible", before, after)


def _turn(key: str, before: Any, after: Any) -> tuple[bool, bool]:
    """Whether a bound takes less than before, and whether it takes more."""
    if before is None or after is None:
        return before is None, after is None  # Without a bound all values are taken.
    if not isinstance(before, (int, float)) or not isinstance(after, (int, float)):
        return True, True  # Whether one pattern takes all that another takes cannot be told in general.
    if key == "multipleOf":
        return before % after != 0, after % before != 0
    return (after > before, after < before) if key in _LOWER else (after < before, after > before)
