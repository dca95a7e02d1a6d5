"""What the workflows say of this repository, which nothing but GitHub would notice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import record
from build_spec import read_yaml

from safelight.cli.accounts import HAUTAI, IMMERSITY, LEIAPIX, LETSENHANCE, TELEPORT

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github/workflows"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in read_yaml(workflow)["jobs"].values() for step in job["steps"]]


def test_every_service_can_be_recorded_with_its_own_credentials() -> None:
    workflow = read_yaml(WORKFLOWS / "record.yml")
    assert workflow["on"]["workflow_dispatch"]["inputs"]["service"]["options"] == sorted(record.SCENARIOS)
    given = {name for step in steps(WORKFLOWS / "record.yml") for name in step.get("env", {})}
    for account in (IMMERSITY, LEIAPIX, LETSENHANCE, TELEPORT):
        assert set(account.variables) <= given
    assert HAUTAI.instead in given


@pytest.mark.parametrize("workflow", sorted(WORKFLOWS.glob("*.yml")), ids=lambda path: path.stem)
def test_workflows_run_what_is_there(workflow: Path) -> None:
    commands = "\n".join(step.get("run", "") for step in steps(workflow))
    for target in re.findall(r"^\s*make ([\w-]+)", commands, re.MULTILINE):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
    for path in re.findall(r"(?:^|\s)((?:tests|scripts|wrapper|\.ci)/[\w./]+)", commands):
        assert (ROOT / path).exists(), path


def test_the_tests_run_on_every_python_that_is_promised() -> None:
    promised = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    matrix = read_yaml(WORKFLOWS / "test.yml")["jobs"]["all"]["strategy"]["matrix"]["python"]
    assert promised
    assert set(promised) <= set(matrix)
