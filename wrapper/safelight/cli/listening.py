"""How `safelight listen` goes about it: a server, and what is done with each event."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import attrs
import click
import uvicorn

from safelight.cli.output import Interrupted, Output, ReaderGone

if TYPE_CHECKING:
    from safelight.webhooks import Event

_PLACEHOLDER = re.compile(r"\{(file|service|job|state)\}")
# What comes from outside must not be taken for an option, or for a path out of a folder.
_HARMLESS = re.compile(r"[A-Za-z0-9][\w.:-]*", re.ASCII)
_STATES = {"READY": "green", "DONE": "green", "ERROR": "red", "FAILED": "red"}


class NotHandled(Exception):
    """The event is not handled: the service is to send it again."""


@attrs.define
class Handler:
    """What is done with each event.

    Attributes:
        output: Where it is told.
        command: The words of the command that is run for it; without one the event is printed.
        is_alone: Whether nobody reads any more what is printed.
    """

    output: Output
    command: Sequence[str] | None
    is_alone: bool = attrs.field(init=False, default=False)
    _running: set[subprocess.Popen[bytes]] = attrs.field(init=False, factory=set)

    def __call__(self, event: Event) -> None:
        """Print the event, or run the command.

        Raises:
            NotHandled: Nobody reads it, or the command failed.
        """
        if self.command is None:
            try:
                self.output.result(as_document(event), as_line(event))
            except BrokenPipeError:
                self.is_alone = True
                raise NotHandled from None
            return
        with _written(event) as path:
            facts = {"file": path, "service": event.service, "job": _word(event.job_id), "state": _word(event.state)}
            self._run([_PLACEHOLDER.sub(lambda found: facts[found[1]], word) for word in self.command], event)

    def stop(self) -> None:
        """End the commands that run, whose events the service is to send again."""
        for process in list(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)

    def _run(self, words: Sequence[str], event: Event) -> None:
        try:
            # In a session of its own: the first Ctrl-C is not for the command, which is to finish.
            with subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True) as process:  # noqa: S603 - the user's own
                self._running.add(process)
                code = process.wait()
        except OSError as error:
            how = f"cannot be run ({error.strerror})"
        else:
            self._running.discard(process)
            if code == 0:
                return
            how = f"ended with the exit code {code}" if code > 0 else f"was ended by signal {-code}"
        told = [("error: ", "bold red"), (f"the command {how}; the service is to send it again: ", "")]
        self.output.say([*told, *as_line(event)])
        raise NotHandled


class _Server(uvicorn.Server):
    """uvicorn's, which also stops when nobody reads any more what is printed."""

    def __init__(self, config: uvicorn.Config, handler: Handler) -> None:
        super().__init__(config)
        self._handler = handler

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:  # a second time: what is under way is not to be waited for
            self._handler.stop()
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._handler.is_alone


def serve(app: Any, listening: socket.socket, handler: Handler) -> None:
    """Answer until Ctrl-C; what is under way then is finished first.

    Args:
        app: The receiver.
        listening: Its socket.
        handler: What it calls.

    Raises:
        Interrupted: Somebody pressed Ctrl-C.
        ReaderGone: Nobody reads any more what is printed.
    """
    # Requests are not logged: tokens are in their addresses.
    quiet: dict[str, Any] = {"log_config": None, "log_level": "error", "access_log": False}
    config = uvicorn.Config(app, ws="none", lifespan="on", server_header=False, **quiet)
    logger = logging.getLogger("safelight")
    logger.addFilter(_is_news)
    try:
        _Server(config, handler).run(sockets=[listening])
    finally:
        logger.removeFilter(_is_news)
    raise ReaderGone if handler.is_alone else Interrupted


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a warning is more than that a command failed, which the handler has told."""
    return not (isinstance(record.args, tuple) and NotHandled.__name__ in record.args)


def bind(host: str, port: int) -> socket.socket:
    """A socket on this port, or on a free one for 0.

    Raises:
        ClickException: It cannot be: the port is taken, or there is no such address here.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # Python says the address once more
        raise click.ClickException(
            f"{host}, port {port}, cannot be listened on ({reason}): give another --port or --host."
        ) from error
    # Connections inherit it: else the second packet of each answer waits 40 ms for the first's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def origin(listening: socket.socket) -> str:
    """The address of a socket as the beginning of a URL."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def as_document(event: Event) -> dict[str, Any]:
    """What `--json` prints, and what a command finds in its file."""
    return {
        "service": event.service,
        "job": event.job_id,
        "state": event.state,
        "reason": event.reason,
        "ended": event.ended,
        "failed": event.failed,
        "verified": event.verified,
        "body": event.body,
    }


def as_line(event: Event) -> list[tuple[str, str]]:
    """An event in one line."""
    state = [(f"  {event.state}", _STATES.get(event.state, "yellow"))] if event.state else []
    reason = [(f"  {event.reason}", "")] if event.reason else []
    doubt = [] if event.verified else [("  (not verified)", "dim")]
    return [(event.service, "bold"), (f"  {event.job_id or '-'}", ""), *state, *reason, *doubt]


def _word(value: str | None) -> str:
    return value if value and _HARMLESS.fullmatch(value) else ""


@contextlib.contextmanager
def _written(event: Event) -> Iterator[str]:
    """A file with the event, for this user only, for as long as the block."""
    descriptor, path = tempfile.mkstemp(prefix="safelight-event-", suffix=".json")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(as_document(event), file)
        yield path
    finally:
        with contextlib.suppress(FileNotFoundError):  # the command may have moved it
            Path(path).unlink()
