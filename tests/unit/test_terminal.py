from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from terminal import run

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def test_ctrl_c_ends_a_script_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert run(interrupted) == 130
    assert capsys.readouterr().err == "Interrupted.\n"
    assert run(lambda: 1) == 1


def test_a_reader_that_has_gone_away_ends_a_script_without_a_word() -> None:
    program = "import sys; from terminal import run; sys.exit(run(lambda: print('x' * 100_000) or 0))"
    script = subprocess.Popen(
        [sys.executable, "-c", program], cwd=SCRIPTS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert script.stdout is not None
    script.stdout.close()
    assert script.stderr is not None
    with script.stderr:
        assert script.stderr.read() == ""
    assert script.wait(10) == 141


@pytest.mark.parametrize("script", [path.stem for path in SCRIPTS.glob("*.py") if "__main__" in path.read_text()])
def test_every_script_ends_so(script: str) -> None:
    assert "sys.exit(run(main))" in (SCRIPTS / f"{script}.py").read_text()
