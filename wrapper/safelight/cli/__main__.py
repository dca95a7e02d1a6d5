"""`python -m safelight.cli` is the same as `safelight`."""

from __future__ import annotations

import sys

from safelight.cli import main

if __name__ == "__main__":
    sys.exit(main())
