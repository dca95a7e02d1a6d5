"""Write `docs/evidence.md` from `specs/`: how it is known what each spec says, and what would settle the rest."""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

try:
    from build_spec import METHODS, SpecError, built_document, pointed
    from generate import services_in
    from spec_rules import MARKS
except ModuleNotFoundError as error:
    sys.exit(f"scripts/evidence.py: {error.name} is not installed here: run `make evidence`, which sets everything up.")

from evidence_settling import Part, Use, settled_by
from terminal import run

ROOT = Path(__file__).resolve().parent.parent
PAGE = "docs/evidence.md"
_COLUMNS = {"operation": "Operations", "property": "Properties", "parameter": "Parameters", "response": "Responses"}
_ORDER = ("operation", "parameter", "response", "")
# What stands below these is a value; callbacks are operations of their own.
_VALUES = ("const", "default", "enum", "example", "examples", "callbacks")
_INTRODUCTION = """\
# What the specs rest on

Made from `specs/` by `make evidence`: nothing is edited here. There, `x-provenance` says how a thing is known:

- **documented**: the vendor says so.
- **observed**: several independent clients do so, and work.
- **assumed**: nobody outside the vendor has shown it. It is modelled leniently, and is listed here with what would
  settle it.

A part without the mark has that of its operation or schema; a schema without one has the best of the operations that
use it. Where a thing is known but a keyword of its schema is not, `x-assumed` names the keyword.

`make record SERVICE=... LIVE=1` records a small scenario against the real service with your own keys, and says before
what it costs; what it does not call, `client.api` does. Who has settled something writes the new mark into `specs/`,
removes its `x-settled-by` if it has one, and runs `make generate evidence`.
"""
_LEGEND = """\
Documented / observed / assumed. Callbacks and webhooks, which the service sends, count as operations; parameters and
responses that operations share count once:
"""


@dataclass(frozen=True)
class Assumption:
    """One assumed mark of a spec.

    Attributes:
        order: Of which kind the part is, and its name: the order on the page.
        what: The part, or the keyword of the part.
        where: The operations to try it with.
        settled_by: What would show whether it is so.
    """

    order: tuple[int, str]
    what: str
    where: tuple[str, ...]
    settled_by: str


@dataclass
class Evidence:
    """What one spec rests on: its operations, how many parts there are by kind and mark, and every assumption."""

    operations: set[str] = field(default_factory=set)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    assumptions: list[Assumption] = field(default_factory=list)


def evidence_of(document: dict[str, Any], place: str) -> Evidence:
    """Read a built document.

    Args:
        document: The service's document, mended by its overlay.
        place: What it is called in an error.

    Raises:
        SpecError: An operation has no mark, or a mark is none.
    """
    found = Evidence()
    for part in parts(document):
        if part.mark not in MARKS:
            raise SpecError(f"{place}: {part.name} has no mark that is known: give it an x-provenance of {MARKS}.")
        if part.kind in _COLUMNS:
            found.counts[part.kind, part.mark] += 1
        if part.kind == "operation" and part.uses[0].direction == "request":
            found.operations.add(part.name)
        order = (_ORDER.index(part.kind if part.kind in _ORDER else ""), part.name)
        # What is sent can be tried out; where nothing is, it has to come.
        where = [use.operation for use in part.uses if use.direction == "request"]
        where = tuple(dict.fromkeys(where or [use.operation for use in part.uses]))
        if part.node.get("x-provenance") == "assumed":
            what = f"{part.name}, with its {', '.join(part.heirs)}" if part.heirs else part.name
            found.assumptions.append(Assumption(order, what, where, settled_by(part)))
        for keyword in part.node.get("x-assumed", []):
            what = f"{part.name}: its `{keyword}`"
            found.assumptions.append(Assumption(order, what, where, settled_by(part, keyword)))
    return found


def page(specs: Path) -> str:
    """The whole page.

    Raises:
        SpecError: A spec has to be mended.
    """
    documents = {service.name: built_document(service) for service in services_in(specs)}
    known = {name: evidence_of(document, f"specs/{name}") for name, document in documents.items()}
    lines = [
        _INTRODUCTION,
        _LEGEND,
        f"| Service | {' | '.join(_COLUMNS.values())} | Assumed marks |",
        "| --- " * (len(_COLUMNS) + 2) + "|",
    ]
    for name, evidence in known.items():
        cells = (" / ".join(str(evidence.counts[kind, mark]) for mark in MARKS) for kind in _COLUMNS)
        lines.append(f"| [{name}](#{name}) | {' | '.join(cells)} | {len(evidence.assumptions)} |")
    for name, evidence in known.items():
        lines.append(f"\n## {name}\n")
        lines.append(f"{documents[name]['info']['title']}: {len(evidence.assumptions)} marks of what is assumed.")
        if evidence.assumptions:
            lines.append("\n| Assumed | Where | What would settle it |\n| --- | --- | --- |")
        lines += _rows(evidence)
    return "\n".join(lines) + "\n"


def _rows(evidence: Evidence) -> Iterator[str]:
    """One row for all marks that say the same of the same, and so are settled by the same."""
    alike: dict[tuple[tuple[int, str], str, str], list[str]] = defaultdict(list)
    for one in evidence.assumptions:
        alike[one.order, one.what, one.settled_by].extend(one.where)
    for (_, what, settled), places in sorted(alike.items()):
        where = set(places)
        everywhere = len(where) > 1 and where >= evidence.operations
        told = ", ".join(
            ["all operations"] * everywhere + sorted(where - (evidence.operations if everywhere else set()))
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in (what, told, settled))} |"


def parts(document: dict[str, Any]) -> Iterator[Part]:
    """All that a document says, each once, by the operations and then by the components."""
    uses = _uses(document)
    for use, operation in _operations(document):
        mark = operation.get("x-provenance", "")
        yield from _parts_in(operation, Part("operation", use.operation, operation, mark, (use,)), None)
    for section, components in document.get("components", {}).items():
        for name, node in components.items():
            used = tuple(uses.get(f"#/components/{section}/{name}", []))
            mark = min((use.mark for use in used), key=MARKS.index, default="assumed")
            title = {"responses": _statuses(used), "parameters": _parameter(node)}.get(section, f"`{name}`")
            yield from _parts_in(node, Part(section.removesuffix("s"), title, node, mark, used), None)


def _parts_in(node: dict[str, Any], part: Part, owner: Part | None) -> Iterator[Part]:
    """The part, if it is one, and all within it.

    Args:
        node: Its object.
        part: What it is if it has no mark of its own.
        owner: The part whose mark it has then.
    """
    own = node.get("x-provenance")
    part = replace(part, node=node, mark=own or part.mark, heirs=[])
    if part.kind or own or "x-assumed" in node:
        if own:
            owner = part
        elif owner and part.kind in _COLUMNS:
            owner.heirs.append(part.short_name)
    inner = [found for key, value in node.items() for found in _inner(key, value, part)]
    below = [found for child, child_part in inner for found in _parts_in(child, child_part, owner)]
    # After all below is known, as a part tells which parts have its mark.
    if part.kind or own or "x-assumed" in node:
        yield part
    yield from below


def _inner(key: str, value: Any, part: Part) -> Iterator[tuple[dict[str, Any], Part]]:
    """The objects below a key, with what they are."""
    if key in _VALUES or key.startswith("x-"):
        return
    if key == "properties":
        for name, child in value.items():
            whole = f"`{name}` in the {part.name}" if " " in part.name else f"{part.name[:-1]}.{name}`"
            yield child, replace(part, kind="property", name=whole, short_name=f"`{name}`")
    elif key == "parameters":
        for child in value:
            if "$ref" not in child:
                yield child, _named(part, "parameter", _parameter(child))
    elif key == "responses":
        for status, child in value.items():
            if "$ref" not in child:
                uses = tuple(use.answered(status) for use in part.uses)
                yield child, replace(_named(part, "response", _statuses(uses)), uses=uses)
    elif isinstance(value, dict | list):
        within = f"body of {part.name}" if key == "requestBody" else part.name
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, dict):
                yield child, replace(part, kind="", name=within)


def _operations(document: dict[str, Any]) -> Iterator[tuple[Use, dict[str, Any]]]:
    for path, item in document.get("paths", {}).items():
        for method in _methods(item):
            name = f"`{item[method].get('operationId', f'{method.upper()} {path}')}`"
            yield Use(name, item[method].get("x-provenance", ""), "request"), item[method]
            for called, urls in item[method].get("callbacks", {}).items():
                for operation in (there[inner] for there in urls.values() for inner in _methods(there)):
                    yield Use(f"call `{called}` of {name}", operation.get("x-provenance", ""), "call"), operation
    for called, item in document.get("webhooks", {}).items():
        for method in _methods(item):
            yield Use(f"webhook `{called}`", item[method].get("x-provenance", ""), "call"), item[method]


def _methods(item: dict[str, Any]) -> list[str]:
    return [method for method in METHODS if method in item]


def _uses(document: dict[str, Any]) -> dict[str, list[Use]]:
    """Which operations use each component, and for what; by way of other components too."""
    uses: dict[str, list[Use]] = defaultdict(list)

    def follow(value: Any, use: Use) -> None:
        if isinstance(value, list):
            for child in value:
                follow(child, use)
        elif isinstance(value, dict):
            for key, child in value.items():
                if key == "$ref" and use not in uses[child]:
                    uses[child].append(use)
                    follow(pointed(document, child), use)
                elif key == "responses":
                    for status, response in child.items():
                        follow(response, use.answered(status))
                elif key not in _VALUES:
                    follow(child, use)

    for use, operation in _operations(document):
        follow(operation, use)
    return uses


def _named(part: Part, kind: str, name: str) -> Part:
    return replace(part, kind=kind, name=name, short_name=name)


def _parameter(node: dict[str, Any]) -> str:
    return f"`{node.get('name', '')}` ({node.get('in', '')} parameter)"


def _statuses(uses: Iterable[Use]) -> str:
    return "status " + ", ".join(sorted({f"`{use.status}`" for use in uses}))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/evidence.py", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree with specs/ and docs/")
    path = parser.parse_args(arguments).root / PAGE
    try:
        text = page(path.parents[1] / "specs")
    except SpecError as error:
        print(f"scripts/evidence.py: {error}", file=sys.stderr)
        return 1
    changed = not path.exists() or path.read_text(encoding="utf-8") != text
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"{PAGE}: {'made anew' if changed else 'unchanged'}")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
