"""Write `docs/reliability.md` from a run of the tests that are marked with a fault."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

try:
    import pytest
except ModuleNotFoundError as error:
    sys.exit(f"scripts/reliability.py: {error.name} is not installed here: run `make reliability`, which sets it up.")

from terminal import run

ROOT = Path(__file__).resolve().parent.parent
PAGE = "docs/reliability.md"


class Writer:
    """Writes the page when the tests have passed."""

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """The end of the run."""
        shown = session.config.pluginmanager.get_plugin("faults-shown")
        if shown is None or exitstatus != pytest.ExitCode.OK:
            return
        if missing := shown.without_test():
            print(f"\n{PAGE}: not written, as no test shows {', '.join(repr(row.key) for row in missing)}")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            return
        path, text = ROOT / PAGE, shown.page()
        changed = not path.exists() or path.read_text(encoding="utf-8") != text
        path.write_text(text, encoding="utf-8")
        print(f"\n{PAGE}: {'made anew' if changed else 'unchanged'}")


def main(arguments: list[str] | None = None) -> int:
    """Run the tests, and write."""
    parser = argparse.ArgumentParser(prog="scripts/reliability.py", description=__doc__)
    parser.add_argument("--processes", default="auto", help="how many run at a time (default: one for each core)")
    processes = parser.parse_args(arguments).processes
    os.chdir(ROOT)
    options = ["-m", "fault", "--quiet", "--numprocesses", processes, "--dist", "worksteal", "tests"]
    return int(pytest.main(options, plugins=[Writer()]))


if __name__ == "__main__":
    sys.exit(run(main))
