"""The `safelight` command."""

from __future__ import annotations

import sys
from importlib.util import find_spec

_EXTRA = ("click", "rich")


def main() -> int:
    """Run the command line of this process, and return its exit code.

    0 done, 1 failed, 2 usage, 3 credentials, 4 timeout, 130 interrupted.
    """
    try:
        arguments = sys.argv[1:]
        if arguments == ["--version"]:  # answered without the extra, too
            from safelight._version import __version__

            sys.stdout.write(f"safelight {__version__}\n")
            return 0
        if missing := [module for module in _EXTRA if find_spec(module) is None]:
            sys.stderr.write(f'error: {" and ".join(missing)} not installed: pip install "safelight[cli]"\n')
            return 2
        from safelight.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:
        return 130
