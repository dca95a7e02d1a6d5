"""What changed between two OpenAPI documents, and what each change means for those who use the client.

Documents are compared by what they mean: the order of things, words, and the way references are used are no change.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Any
from urllib.parse import unquote

from build_spec import METHODS, SpecError
from import_spec import structure_of
from schema_changes import (
    BREAKING,
    INFORMATIVE,
    SAFE,
    Change,
    Impact,
    Reach,
    Reaches,
    SchemaComparison,
    followed,
    judged,
    makes_a_class,
    required_changes,
    told,
)

Node = dict[str, Any]
Operations = dict[tuple[str, str], Node]

_SENT: Reaches = frozenset({Reach.REQUEST})
_READ: Reaches = frozenset({Reach.REPLY})
_UNUSED = "nothing generated depends on it"
_ELSEWHERE = "the client's own address may have to follow"
_NEW, _GONE = "it is new", "it is gone"
# What the rules below compare by themselves, of each kind of object.
_OPERATION = {
    "path",
    "operationId",
    "tags",
    "parameters",
    "requestBody",
    "responses",
    "security",
    "callbacks",
    "servers",
}
_PARAMETER = {"name", "in", "required", "schema", "content"}
_RESPONSE = {"description", "content"}
_MEDIA = {"schema"}
_SCHEMAS = "#/components/schemas/"
_WAY_TO_SIGN = ("type", "in", "name", "scheme")


def changes_between(old: Node, new: Node) -> list[Change]:
    """The differences of two documents, the worst first.

    Args:
        old: OpenAPI 3, as it was read.
        new: The same, later.

    Raises:
        SpecError: One of them is no OpenAPI 3.
    """
    comparison = _Comparison(structure_of(old)[0], structure_of(new)[0])
    worst = list(Impact)
    try:
        found = list(comparison.changes())
    except RecursionError as error:
        raise SpecError("a document is nested too deeply") from error
    return sorted(found, key=lambda change: (worst.index(change.impact), change.place, change.what))


class _Comparison:
    def __init__(self, old: Node, new: Node) -> None:
        self._old = old
        self._new = new
        self._schemas = SchemaComparison(old, new)

    def changes(self) -> Iterator[Change]:
        old, new = self._old, self._new
        yield from self._paths("", old["paths"], new["paths"], sent=_SENT, read=_READ)
        # What a service posts is read by the user, and what answers it is sent.
        yield from self._paths("webhook ", old.get("webhooks", {}), new.get("webhooks", {}), sent=_READ, read=_SENT)
        yield from self._components()
        before, after = (_operations(document, document["paths"]) for document in (old, new))
        if any("security" not in before[key] and "security" not in after[key] for key in before.keys() & after.keys()):
            yield from _security("all operations", old.get("security", []), new.get("security", []))
        yield from self._security_schemes()
        for key, why in (("servers", _ELSEWHERE), ("openapi", _UNUSED)):
            if old.get(key) != new.get(key):
                yield told(key, "the document", INFORMATIVE, why, old.get(key), new.get(key))
        before, after = (document.get("info", {}).get("version") for document in (old, new))
        if before != after:
            yield told("version", "the document", INFORMATIVE, _UNUSED, before, after)

    def _paths(self, prefix: str, old: Node, new: Node, *, sent: Reaches, read: Reaches) -> Iterator[Change]:
        for place, before, after in _paired(_operations(self._old, old), _operations(self._new, new)):
            where = prefix + place
            if not after:
                yield Change("removed", "operation", where, BREAKING, _GONE, (before or {}).get("operationId", place))
            elif not before:
                yield Change("added", "operation", where, SAFE, _NEW, None, after.get("operationId", place))
            else:
                yield from self._operation(where, before, after, sent=sent, read=read)

    def _operation(self, place: str, old: Node, new: Node, *, sent: Reaches, read: Reaches) -> Iterator[Change]:
        # No function is generated for what the service calls.
        named = judged(sent, request=BREAKING, reply=INFORMATIVE)
        for what, why in (("path", "it is elsewhere now"), ("operationId", "its function is named so")):
            if old.get(what) != new.get(what):
                why = why if named is BREAKING else _UNUSED
                yield told(what, place, named, why, old.get(what), new.get(what))
        before, after = (operation.get("tags", [])[:1] for operation in (old, new))
        if before != after:
            yield told("tag", place, named, "its module lies in the folder of this name", before, after)
        yield from self._parameters(place, old["parameters"], new["parameters"], sent)
        yield from self._body(f"{place} request", old.get("requestBody"), new.get("requestBody"), sent)
        yield from self._responses(place, old.get("responses", {}), new.get("responses", {}), read)
        if "security" in old or "security" in new:
            asked = [
                operation.get("security", document.get("security", []))
                for document, operation in ((self._old, old), (self._new, new))
            ]
            yield from _security(place, *asked)
        calls, later = old.get("callbacks", {}), new.get("callbacks", {})
        for name in sorted(calls.keys() | later.keys()):
            paths = followed(self._old, calls.get(name, {})), followed(self._new, later.get(name, {}))
            yield from self._paths(f"{place} callback ", *paths, sent=read, read=sent)
        if old.get("servers") != new.get("servers"):
            yield told("servers", place, INFORMATIVE, _ELSEWHERE, old.get("servers"), new.get("servers"))
        yield from _rest(place, old, new, _OPERATION, _UNUSED)

    def _parameters(self, place: str, old: Node, new: Node, sent: Reaches) -> Iterator[Change]:
        for key in sorted(old.keys() | new.keys()):
            where = f"{place} {key}"
            before, after = old.get(key), new.get(key)
            if not after:
                yield Change("removed", "parameter", where, judged(sent, request=BREAKING, reply=BREAKING), _GONE, key)
            elif not before:
                yield self._added("parameter", where, after, sent, key)
            else:
                yield from required_changes(where, bool(before.get("required")), bool(after.get("required")), sent)
                yield from self._schemas.changes(where, before.get("schema", {}), after.get("schema", {}), sent)
                yield from self._content(where, before, after, sent)
                yield from _rest(where, before, after, _PARAMETER, "it is written in another way")

    def _body(self, place: str, old: Any, new: Any, sent: Reaches) -> Iterator[Change]:
        before, after = followed(self._old, old), followed(self._new, new)
        if before and after:
            yield from required_changes(place, bool(before.get("required")), bool(after.get("required")), sent)
            yield from self._content(place, before, after, sent)
        elif before:
            yield Change("removed", "body", place, BREAKING, _GONE, ", ".join(before.get("content", {})))
        elif after:
            yield self._added("body", place, after, sent, ", ".join(after.get("content", {})))

    def _added(self, what: str, place: str, added: Node, sent: Reaches, shown: str) -> Change:
        required = bool(added.get("required"))
        impact = judged(sent, request=BREAKING if required else SAFE, reply=SAFE)
        return Change("added", what, place, impact, "it has to be sent" if required else _NEW, None, shown)

    def _responses(self, place: str, old: Node, new: Node, read: Reaches) -> Iterator[Change]:
        for status in sorted(old.keys() | new.keys()):
            where = f"{place} reply {status}"
            # 2XX has room for 200.
            shared = f"{status[:1]}XX"
            before = followed(self._old, old.get(status, old.get(shared)))
            after = followed(self._new, new.get(status, new.get(shared)))
            if not after:
                is_read = status.startswith("2") and not (status == shared and any(one[:1] == "2" for one in new))
                impact = BREAKING if is_read else INFORMATIVE
                yield Change("removed", "status", where, impact, "nothing is generated for it any more", status)
            elif not before:
                yield Change("added", "status", where, INFORMATIVE, "it may come", None, status)
            else:
                yield from self._content(where, before, after, read)
                yield from _rest(where, before, after, _RESPONSE, _UNUSED)

    def _content(self, place: str, old: Node, new: Node, reaches: Reaches) -> Iterator[Change]:
        before, after = (
            {name.partition(";")[0].strip().lower(): media for name, media in node.get("content", {}).items()}
            for node in (old, new)
        )
        for media in sorted(before.keys() | after.keys()):
            if media not in after:
                yield Change("removed", "media type", place, BREAKING, _GONE, media)
            elif media not in before:
                yield Change("added", "media type", place, SAFE, _NEW, None, media)
            else:
                schemas = before[media].get("schema", {}), after[media].get("schema", {})
                yield from self._schemas.changes(place, *schemas, reaches)
                yield from _rest(place, before[media], after[media], _MEDIA, "it is written in another way")

    def _components(self) -> Iterator[Change]:
        old, new = (document.get("components", {}).get("schemas", {}) for document in (self._old, self._new))
        before, after = _reached(self._old), _reached(self._new)
        for name in sorted(old.keys() | new.keys()):
            if name not in new:
                impact = BREAKING if makes_a_class(old[name]) else INFORMATIVE
                yield Change("removed", "schema", name, impact, "its class is gone from the client", name)
            elif name not in old:
                yield Change("added", "schema", name, SAFE, _NEW, None, name)
            else:
                yield from self._schemas.changes(name, old[name], new[name], frozenset(before[name] | after[name]))

    def _security_schemes(self) -> Iterator[Change]:
        old, new = (document.get("components", {}).get("securitySchemes", {}) for document in (self._old, self._new))
        for name in sorted(old.keys() | new.keys()):
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            # That a scheme is there or not matters by who asks for it, and that is compared for itself.
            is_other = bool(before and after) and any(before.get(key) != after.get(key) for key in _WAY_TO_SIGN)
            why = "the client's own way to sign has to follow" if before and after else _UNUSED
            yield told("security scheme", name, BREAKING if is_other else INFORMATIVE, why, before, after)


def _operations(document: Node, paths: Node) -> Operations:
    """The operations, each with its path and with all its parameters, those of its path's item among them."""
    found: Operations = {}
    for path, reference in paths.items():
        item = followed(document, reference)
        for method in METHODS:
            if method not in item:
                continue
            listed = chain(item.get("parameters", []), item[method].get("parameters", []))
            parameters = {}
            for parameter in (followed(document, value) for value in listed):
                # Names of headers are the same in any case.
                name = str(parameter.get("name"))
                name = name.lower() if parameter.get("in") == "header" else name
                parameters[f"{parameter.get('in')} {name}"] = _without_usual(parameter)
            own = {"parameters": parameters, "path": f"{method.upper()} {path}"}
            shared = {"servers": item["servers"]} if "servers" in item else {}
            found[method, path] = shared | _without_usual(item[method]) | own
    return found


def _without_usual(node: Node) -> Node:
    """The parameter or operation without what it would mean anyway."""
    style = "form" if node.get("in") in ("query", "cookie") else "simple"
    usual = {"deprecated": False, "allowEmptyValue": False, "allowReserved": False, "style": style}
    usual["explode"] = node.get("style", style) == "form"
    return {key: value for key, value in node.items() if key not in usual or value != usual[key]}


def _paired(old: Operations, new: Operations) -> Iterator[tuple[str, Node | None, Node | None]]:
    """Each operation with what has become of it.

    That is what has its path, else what has its path with other names in it, else what has its operationId.
    """
    left = dict(new)
    gone = []
    for key, operation in old.items():
        if key in left:
            yield operation["path"], operation, left.pop(key)
        else:
            gone.append(operation)
    for operation in gone:
        successor = _successor(operation, left)
        if successor:
            renamed = left.pop(successor)
            if _nameless(renamed["path"]) == _nameless(operation["path"]):
                # The same path on the wire: that a parameter has another name is told by the parameters.
                renamed = renamed | {"path": operation["path"]}
            yield operation["path"], operation, renamed
        else:
            yield operation["path"], operation, None
    for operation in left.values():
        yield operation["path"], None, operation


def _successor(operation: Node, others: Operations) -> tuple[str, str] | None:
    for key, other in others.items():
        if _nameless(other["path"]) == _nameless(operation["path"]):
            return key
    name = operation.get("operationId")
    return next((key for key, other in others.items() if name and other.get("operationId") == name), None)


def _nameless(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _reached(document: Node) -> defaultdict[str, set[Reach]]:
    """On which ways the values of each component schema travel, in requests, replies or both."""
    reached: defaultdict[str, set[Reach]] = defaultdict(set)
    schemas = document.get("components", {}).get("schemas", {})
    seen: set[tuple[str, Reach]] = set()

    def walk(node: Any, reach: Reach) -> None:
        if isinstance(node, list):
            for value in node:
                walk(value, reach)
        elif isinstance(node, dict):
            target = node.get("$ref")
            if isinstance(target, str) and (target, reach) not in seen:
                seen.add((target, reach))
                # Also what leads into a schema: its property changes with it.
                name = unquote(target).removeprefix(_SCHEMAS).split("/")[0] if target.startswith(_SCHEMAS) else ""
                reached[name].add(reach)
                walk(schemas.get(name) or followed(document, node), reach)
            for value in node.values():
                walk(value, reach)

    def walk_paths(paths: Node, sent: Reach, read: Reach) -> None:
        for operation in _operations(document, paths).values():
            walk([operation["parameters"], operation.get("requestBody")], sent)
            walk(operation.get("responses"), read)
            for call in operation.get("callbacks", {}).values():
                walk_paths(followed(document, call), read, sent)

    walk_paths(document["paths"], Reach.REQUEST, Reach.REPLY)
    walk_paths(document.get("webhooks", {}), Reach.REPLY, Reach.REQUEST)
    return reached


def _security(place: str, old: list[Node], new: list[Node]) -> Iterator[Change]:
    """Who met a former requirement has to meet one of the later ones; no requirement is one that asks for nothing."""
    before, after = ({_requirement(one) for one in asked} or {frozenset[str]()} for asked in (old, new))
    for one in sorted(before - after, key=sorted):
        is_met = any(other <= one for other in after)
        why = "less is asked for now" if is_met else "who signs so is refused"
        yield Change("removed", "security", place, INFORMATIVE if is_met else BREAKING, why, _asked(one))
    for one in sorted(after - before, key=sorted):
        yield Change("added", "security", place, SAFE, "one may sign so", None, _asked(one))


def _requirement(asked: Node) -> frozenset[str]:
    return frozenset(chain(asked, (f"{name}: {scope}" for name, scopes in asked.items() for scope in scopes)))


def _asked(requirement: frozenset[str]) -> str:
    return ", ".join(sorted(requirement)) or "nothing"


def _rest(place: str, old: Node, new: Node, compared: set[str], why: str) -> Iterator[Change]:
    for key in sorted((old.keys() | new.keys()) - compared - {"content"}):
        if old.get(key) != new.get(key):
            yield told(key, place, INFORMATIVE, why, old.get(key), new.get(key))
