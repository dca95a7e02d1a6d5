"""Compare what a vendor publishes today with `specs/<service>/openapi.yaml`, structure against structure.

Ends with 0 where both say the same, with 1 where they differ, with 2 where they cannot be compared.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any

try:
    from build_spec import SpecError, apply_action, read_actions, read_yaml
    from changes_table import table
    from generate import services_in
    from import_spec import read_document, structure_of
    from schema_changes import Change
    from spec_changes import changes_between
except ModuleNotFoundError as error:
    sys.exit(f"scripts/drift.py: {error.name} is not installed here: `make drift` sets everything up.")

from terminal import run

ROOT = Path(__file__).resolve().parent.parent
SAME, DIFFERS, UNKNOWN = 0, 1, 2
# At the top of an overlay: where the document that openapi.yaml is taken from is published, by whomever.
_PUBLISHED = "x-published"


class Drift:
    """How far a vendor's document has moved away from a service's own.

    Attributes:
        changes: The differences, the worst for users first.
        is_covered: Of each difference, whether it is gone once the overlay is applied to both. A default never is:
            overlays take it away and tell it in words.
        unfit: What is to be said of actions that fitted the service's document and do not fit the vendor's.
    """

    def __init__(self, service: Path, published: dict[str, Any]) -> None:
        """
        Raises:
            SpecError: One of the documents, or the overlay, cannot be read.
        """
        ours = structure_of(read_document(str(service / "openapi.yaml")))[0]
        theirs = structure_of(published)[0]
        self.changes: list[Change] = changes_between(ours, theirs)
        overlay = service / "overlay.yaml"
        mended, _ = _mended(ours, overlay)
        theirs_mended, self.unfit = _mended(theirs, overlay)
        open_places = {change.place for change in changes_between(mended, theirs_mended)}
        self.is_covered = [change.what != "default" and change.place not in open_places for change in self.changes]

    def __bool__(self) -> bool:
        return bool(self.changes)


def _mended(document: dict[str, Any], overlay: Path) -> tuple[dict[str, Any], list[str]]:
    """The document with all actions applied that fit it, and what is to be said of those that do not."""
    unfit = []
    for where, action in read_actions(overlay) if overlay.exists() else ():
        try:
            document = apply_action(document, action, where)
        except SpecError as problem:
            unfit.append(str(problem))
    return document, unfit


def compare(service: Path, source: str, *, is_json: bool) -> int:
    """Print how a service's document and the vendor's differ, and return the exit code."""
    try:
        drift = Drift(service, read_document(source))
    except SpecError as error:
        print(f"scripts/drift.py: {service.name}, {source}: {error}", file=sys.stderr, flush=True)
        return UNKNOWN
    code = DIFFERS if drift else SAME
    if is_json:
        changes = [
            change._asdict() | {"covered": covered}
            for change, covered in zip(drift.changes, drift.is_covered, strict=True)
        ]
        print(json.dumps({"service": service.name, "from": source, "changes": changes, "overlay": drift.unfit}))
        return code
    if not drift:
        print(f"{service.name}: the same as specs/{service.name}/openapi.yaml")
        return code
    number, uncovered = len(drift.changes), drift.is_covered.count(False)
    print(f"{service.name}: {number} difference{'s' * (number != 1)}, {uncovered} of them not covered by the overlay")
    notes = ["covered by the overlay" if covered else "open" for covered in drift.is_covered]
    for line in table(drift.changes, notes):
        print(f"  {line}")
    for line in drift.unfit:
        print(f"  {line}")
    print(f"Next: `make import-spec SERVICE={service.name} FROM={shlex.quote(source)}`, and as CONTRIBUTING.md says.")
    return code


def compare_all(root: Path, *, is_json: bool) -> int:
    """Compare each service whose document is published at a known address."""
    code = SAME
    for service in services_in(root / "specs"):
        address = read_yaml(service / "overlay.yaml").get(_PUBLISHED)
        if address:
            code = max(code, compare(service, address, is_json=is_json))
        elif not is_json:
            print(f"{service.name}: no address of a published document is known, nothing to compare")
    return code


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/drift.py", description=__doc__)
    parser.add_argument("service", nargs="?", help="the name of the folder in specs/")
    parser.add_argument("source", nargs="?", help="the vendor's document: a JSON or YAML file, or an http(s) URL")
    parser.add_argument("--all", action="store_true", help="all services whose documents have a known address")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each service")
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree with specs/")
    options = parser.parse_args(arguments)
    try:
        if options.all:
            return compare_all(options.root, is_json=options.json)
        if not options.service or not options.source:
            parser.error("name the service and the vendor's document, or say --all")
        service = options.root / "specs" / options.service
        if not service.is_dir():
            names = ", ".join(found.name for found in services_in(options.root / "specs"))
            raise SpecError(f"specs/ has no {options.service!r}: there are {names}")
        return compare(service, options.source, is_json=options.json)
    except SpecError as error:
        print(f"scripts/drift.py: {error}", file=sys.stderr)
        return UNKNOWN


if __name__ == "__main__":
    sys.exit(run(main))
