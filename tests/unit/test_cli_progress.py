"""What a service says of a job's state moves no cursor and sets no title."""

from __future__ import annotations

import io

from rich.console import Console

from safelight.cli.progress import TerminalBars
from safelight.transfer.progress import Progress


def test_a_state_with_control_characters_does_not_reach_the_terminal() -> None:
    terminal = io.StringIO()
    with TerminalBars(Console(file=terminal, force_terminal=True, width=120)) as bars:
        bars(Progress(1.0, 60.0, "seconds", "waiting", "\x1b]0;title\x07BUSY"))
    assert "BUSY" in terminal.getvalue()
    assert "\x1b]0;" not in terminal.getvalue()
    assert "\x07" not in terminal.getvalue()
