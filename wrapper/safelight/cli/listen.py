"""`safelight listen`: what the services post is printed, or handed to a command."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import attrs
import click

from safelight.cli.output import Line, Output, columns, json_option
from safelight.errors import ConfigError


@attrs.frozen
class Sender:
    """A service that posts.

    Attributes:
        name: Its name here, and the last segment of the path that it posts to.
        variable: The environment variable of the secret by which it is known.
        is_optional: Whether it is listened to without one, as it signs nothing.
    """

    name: str
    variable: str
    is_optional: bool

    @property
    def secret(self) -> str | None:
        """Its secret, where there is one."""
        return os.environ.get(self.variable, "").strip() or None


SENDERS = (
    Sender("teleport", "TELEPORT_WEBHOOK_SECRET", is_optional=False),
    Sender("hautai", "HAUTAI_WEBHOOK_SECRET", is_optional=False),
    Sender("immersity", "IMMERSITY_WEBHOOK_SECRET", is_optional=True),
    Sender("letsenhance", "LETSENHANCE_WEBHOOK_SECRET", is_optional=True),
)


def _words(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Sequence[str] | None:
    if value is None:
        return None
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} cannot be split into words: {error}.") from error
    if not words or shutil.which(words[0]) is None:
        raise click.BadParameter("give a command that there is, such as 'python handle.py {file}'; no shell is asked.")
    return words


@click.command(short_help="Receive the services' webhooks.")
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="Where to listen; 0 is a free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 is all.")
@click.option(
    "--exec",
    "command",
    callback=_words,
    metavar="COMMAND",
    help="Run this for each event instead of printing it, without a shell. {file} becomes the path of a file with the "
    "event as JSON, which is removed afterwards; {service}, {job} and {state} what the event says.",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PATH",
    help="A file that knows which events were here, so that none is handled again after a restart.",
)
@json_option
@click.pass_context
def listen(
    context: click.Context, output: Output, port: int, host: str, command: Sequence[str] | None, store: Path | None
) -> None:
    """Receive the services' webhooks until Ctrl-C: print each event, or run a command for it.

    Several commands may run at the same time. When one fails, the service is answered so that it sends the event
    again. In a command, {job} and {state} are empty where the event says nothing that is fit for a command line.

    Teleport and Haut.AI are listened to if TELEPORT_WEBHOOK_SECRET and HAUTAI_WEBHOOK_SECRET are set. Immersity and
    Let's Enhance sign nothing: with IMMERSITY_WEBHOOK_SECRET or LETSENHANCE_WEBHOOK_SECRET set, the address that they
    were given must have it as its token (?token=...); without, anybody could have sent what is told.

    Services call https addresses that they can reach: put a proxy or a tunnel before this one.
    """
    if command and output.as_json:
        raise click.UsageError("--json prints the events, --exec hands them to a command: give one of them.", context)
    if find_spec("uvicorn") is None:
        raise ConfigError('listening needs uvicorn: pip install "safelight[cli,server]".')
    from safelight.cli.listening import Handler, bind, origin, serve
    from safelight.webhooks import EventStore, WebhookReceiver

    secrets = {sender.name: sender.secret for sender in SENDERS if sender.secret or sender.is_optional}
    with EventStore(store) as known, bind(host, port) as listening:
        handler = Handler(output, command)
        receiver = WebhookReceiver(secrets, on_event=handler, store=known)
        output.say(f"Listening on {origin(listening)}. Ctrl-C ends it.")
        for line in _introduction(origin(listening)):
            output.say(line)
        serve(receiver, listening, handler)


def _introduction(url: str) -> list[Line]:
    """Which services are listened to, and where; and what would turn on those that are not."""
    rows = []
    for sender in SENDERS:
        where = f"{url}/{sender.name}"
        if sender.secret:
            how = f"with {sender.variable}" + (" as its token" if sender.is_optional else "")
        elif sender.is_optional:
            how = f"not verified: set {sender.variable} to demand it as a token"
        else:
            where, how = "off", f"set {sender.variable} to turn it on"
        rows.append([(f"  {sender.name}", "bold"), (where, ""), (how, "dim")])
    return columns(rows)
