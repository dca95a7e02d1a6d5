"""`safelight sandbox`, and what else needs no account."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from safelight import __version__, webhooks
from safelight.cli.app import cli
from tests.contract.sandbox_api import receiver, wait_until
from tests.e2e.cli.conftest import Cli

OAUTH = ("CLIENT_ID", "CLIENT_SECRET", "BASE_URL", "TOKEN_URL")


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_prints_what_leads_there_and_ends_in_order(bare_cli: Cli, end: signal.Signals) -> None:
    with bare_cli.start("sandbox", "--processing-seconds", 0) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(24)]
        words = [shlex.split(line) for line in lines]
        assert all(word[0] == "export" and len(word) == 2 for word in words)
        env = dict(word[1].split("=", 1) for word in words)
        oauth = [f"{name}_{what}" for name in ("TELEPORT", "IMMERSITY", "LEIAPIX") for what in OAUTH]
        key = ["LETSENHANCE_API_KEY", "LETSENHANCE_BASE_URL"]
        store = ["SAFELIGHT_STORAGE", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"]
        hautai = [f"HAUTAI_{what}" for what in ("USERNAME", "PASSWORD", "DATASET_ID", "BASE_URL")]
        assert sorted(env) == sorted([*oauth, *key, *store, *hautai, "TELEPORT_WEBHOOK_SECRET"])
        assert bare_cli("teleport", "list", **env).returncode == 0
        assert bare_cli("doctor", **env).returncode == 0

        process.send_signal(end)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out == ""
    assert env["TELEPORT_BASE_URL"] in err


def test_the_sandbox_can_say_it_in_json_and_listen_where_it_is_told_to(bare_cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        taken = bare_cli("sandbox", "--port", port)
        assert taken.returncode == 1
        assert taken.stderr.startswith("error: ")
        assert "in use" in taken.stderr
    with bare_cli.start("sandbox", "--port", port, "--json") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["TELEPORT_BASE_URL"] == f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert list(bare_cli.folder.glob("safelight-sandbox-*")) == [], "nothing stays behind"


def test_the_sandbox_posts_to_the_webhook_what_its_secret_signed(bare_cli: Cli) -> None:
    video = bare_cli.folder / "garden.mp4"
    video.write_bytes(b"a video")
    with receiver() as called, bare_cli.start("sandbox", "--json", "--webhook", called.url) as process:
        assert process.stdout is not None
        env = json.loads(process.stdout.readline())
        assert bare_cli("teleport", "upload", video, **env).returncode == 0
        wait_until(lambda: bool(called.calls))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    first = called.calls[0]
    event = webhooks.parse("teleport", first.headers, first.content, secret=env["TELEPORT_WEBHOOK_SECRET"])
    assert (event.state, event.verified) == ("PROCESSING", True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_complete(bare_cli: Cli, shell: str) -> None:
    script = bare_cli("completion", shell)
    assert script.returncode == 0
    assert "_SAFELIGHT_COMPLETE" in script.stdout
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script.stdout, text=True, capture_output=True).returncode == 0

    completions = {
        "safelight tele": "teleport",
        "safelight teleport upload --downl": "--download",
        "safelight immersity anim": "animation",
        "safelight enhance run --pre": "--preset",
        "safelight haut ana": "analyse",
        "safelight lis": "listen",
    }
    for line, found in completions.items():
        words = line.split()
        at = words[-1] if shell == "fish" else str(len(words) - 1)
        asked = bare_cli(_SAFELIGHT_COMPLETE=f"{shell}_complete", COMP_WORDS=line, COMP_CWORD=at)
        assert found in asked.stdout


def test_help_and_version(bare_cli: Cli) -> None:
    assert bare_cli("--version").stdout == f"safelight {__version__}\n"
    services = ["immersity", "enhance", "haut", "teleport"]
    deeper = [
        ["teleport", "upload"],
        ["immersity", "video"],
        ["immersity", "animation"],
        ["enhance", "run"],
        ["haut", "analyse"],
        ["listen"],
        ["sandbox"],
    ]
    for command in ([], *([service] for service in services), *deeper):
        arguments = [*command, "--help"]
        done = bare_cli(*arguments)
        assert done.returncode == 0
        assert done.stdout.startswith("Usage: safelight")
        assert max(map(len, done.stdout.splitlines())) <= 100
    assert "completion" in bare_cli("--help").stdout


def test_no_option_takes_a_secret() -> None:
    def options(command: click.Command) -> Iterator[str]:
        yield from (option for parameter in command.params for option in parameter.opts)
        for inner in command.commands.values() if isinstance(command, click.Group) else ():
            yield from options(inner)

    found = set(options(cli))
    assert {"--storage", "--preset", "--download"} <= found
    assert not [option for option in found if re.search("secret|token|key|password|credential", option)]


def test_asking_for_the_version_loads_nothing(bare_cli: Cli) -> None:
    program = (
        "import sys; sys.argv[1:] = ['--version']; from safelight.cli import main; main();"
        "print([name for name in ('click', 'rich', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], env=bare_cli.env, capture_output=True, text=True, timeout=30)
    assert done.stdout.splitlines()[-1] == "[]"
