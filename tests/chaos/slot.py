"""One client process at a time: it is started, ended by a signal, and started again, until its work is done."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from safelight.sandbox import Sandbox
from tests.chaos.weather import lives
from tests.conftest import SETTINGS

_LONGEST_INTERRUPT = 10.0
"""Seconds that a process may take to end after Ctrl-C."""

_MOST_FAILURES = 3
_TAIL = 1500
_TO_WRITE = 0.5


@attrs.frozen
class Death:
    """The end of a process by a signal."""

    at: float
    signal: signal.Signals
    uploads: int


@attrs.define(eq=False)
class Slot:
    """What one client does, in one process after another.

    Attributes:
        name: Its name in the plan.
        seed: The run's.
        until: When nothing new is begun, and no process is ended any more.
        folder: The run's.
        env: The environment of the clients.
        sandbox: The services.
        deaths: The processes that were ended.
        safe: The parts, by eid and number, that a journal had noted as accepted when its process ended; and how often
            the service had accepted them then.
        problems: Processes that ended as they should not.
        is_done: Whether all of its work is.
    """

    name: str
    seed: int
    until: float
    folder: Path
    env: Mapping[str, str]
    sandbox: Sandbox
    deaths: list[Death] = attrs.field(init=False, factory=list)
    safe: dict[tuple[str, int], int] = attrs.field(init=False, factory=dict)
    problems: list[str] = attrs.field(init=False, factory=list)
    is_done: bool = attrs.field(init=False, default=False)
    _lives: Iterator[tuple[float, signal.Signals]] = attrs.field(init=False)
    _process: subprocess.Popen[bytes] | None = attrs.field(init=False, default=None)
    _ends_at: float = attrs.field(init=False, default=0.0)
    _signal: signal.Signals = attrs.field(init=False, default=signal.SIGKILL)
    _signalled_at: float | None = attrs.field(init=False, default=None)
    _lost: int = attrs.field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._lives = lives(self.name, self.seed)
        for path in (self.state, self.temporary):
            path.mkdir(parents=True)

    @property
    def state(self) -> Path:
        """Where its journals are."""
        return self.folder / "state" / self.name

    @property
    def temporary(self) -> Path:
        """Where its temporary files would be."""
        return self.folder / "tmp" / self.name

    def look(self) -> None:
        """Start, end or bury a process, if it is time."""
        if self.is_done:
            return
        if self._process is None:
            self._start()
        elif (code := self._process.poll()) is not None:
            self._ended(code)
        elif self._signalled_at is None:
            if self._ends_at <= time.time() < self.until and self._is_ready(self._process.pid):
                self._process.send_signal(self._signal)
                self._signalled_at = time.time()
        elif (lost := self._interrupts_lost()) > self._lost:
            self._lost = lost
            self._process.send_signal(self._signal)
        elif time.time() > self._signalled_at + _LONGEST_INTERRUPT:
            self.give_up()

    def give_up(self) -> None:
        """Note what a process is at that has not come to an end, and end it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGUSR1)
            time.sleep(_TO_WRITE)
            self.problems.append(f"{self.name} hangs: {self._said()}")
        self.kill()

    def kill(self) -> None:
        """End what is still there."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _interrupts_lost(self) -> int:
        """How often Python dropped a KeyboardInterrupt, as it does in a finaliser: then a user presses Ctrl-C again."""
        said = self._log.read_text(errors="replace")
        return said.count("KeyboardInterrupt") if "Exception ignored in" in said else 0

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-_TAIL:]

    def _is_ready(self, pid: int) -> bool:
        return (self.folder / "ends" / f"{self.name}-{pid}.ready").exists()

    def _start(self) -> None:
        life, self._signal = next(self._lives)
        self._ends_at, self._signalled_at = time.time() + life, None
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
        own = {"SAFELIGHT_STATE_DIR": str(self.state), "TMPDIR": str(self.temporary), "no_proxy": "127.0.0.1"}
        command = [sys.executable, "-m", "tests.chaos.client", self.name, self.seed, self.until, self.folder]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                list(map(str, command)),
                env={**inherited, **self.env, **own},
                cwd=Path(__file__).parents[2],
                stdout=log,
                stderr=log,
            )

    @property
    def _log(self) -> Path:
        return self.folder / "logs" / f"{self.name}.err"

    def _ended(self, code: int) -> None:
        noted = self._noted()
        self._process = None
        if self._signalled_at is not None and code in (-self._signal, 128 + self._signal):
            self.deaths.append(Death(self._signalled_at, self._signal, len({eid for eid, _ in noted})))
            captures = self.sandbox.teleport.captures
            self.safe |= {part: captures[part[0]].parts[part[1]].accepted for part in noted}
        elif code == 0:
            self.is_done = True
        else:
            self.problems.append(f"{self.name} ended by itself with {code}: {self._said()}")
            self.is_done = len(self.problems) >= _MOST_FAILURES

    def _noted(self) -> list[tuple[str, int]]:
        """The parts that the journals of a process that is no more call accepted."""
        noted: list[tuple[str, int]] = []
        with tempfile.TemporaryDirectory() as folder:
            for journal in (self.state / "uploads").glob("*.sqlite"):
                for suffix in ("", "-wal"):
                    if (file := journal.with_name(journal.name + suffix)).exists():
                        shutil.copy(file, folder)
                connection = sqlite3.connect(Path(folder) / journal.name)
                try:
                    rows = connection.execute("SELECT job_id, number FROM upload, part WHERE job_id IS NOT NULL")
                    noted += rows.fetchall()
                except sqlite3.OperationalError:
                    continue  # it was killed before there was anything to note
                finally:
                    connection.close()
        return noted
