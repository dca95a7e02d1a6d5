"""`safelight listen`: each event is printed or handed to a command, once."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from safelight.sandbox import Sandbox
from tests.e2e.cli.conftest import Cli, until

SECRET = "a-canary-that-nobody-may-see"
READY = {"eid": "e" * 32, "sid": "5" * 16, "state": "READY"}
TELEPORT = {"TELEPORT_WEBHOOK_SECRET": SECRET}


@attrs.frozen
class Listener:
    """A command that listens, and those who call it."""

    process: subprocess.Popen[str]
    url: str
    introduction: list[str]

    def post(self, service: str, body: Any, *, secret: str | None = None, query: str = "") -> int:
        """The status of the reply to an event, which is Teleport's if it is signed with a secret."""
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if secret:
            headers["X-Teleport-Signature"] = hmac.digest(secret.encode(), content, hashlib.sha256).hex()
        url = f"{self.url}/{service}{query}"
        return httpx.post(url, content=content, headers=headers, trust_env=False, timeout=30).status_code

    def line(self) -> str:
        """The next line of stdout."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def end(self) -> tuple[str, str]:
        """Press Ctrl-C: the rest of what is told."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=30)
        assert self.process.returncode == 130
        return out, err


@contextlib.contextmanager
def listening(cli: Cli, *arguments: object, env: Mapping[str, str] = TELEPORT) -> Iterator[Listener]:
    with cli.start("listen", "--port", 0, *arguments, env=env) as process:
        assert process.stderr is not None
        first, *introduction = [process.stderr.readline() for _ in range(5)]
        assert first.startswith("Listening on http://127.0.0.1:"), first + process.stderr.read()
        yield Listener(process, first.split()[2].rstrip("."), introduction)


def python(program: str, *words: str) -> tuple[str, str]:
    """`--exec` with a Python program, and words after it as they are."""
    return "--exec", f"{shlex.join([sys.executable, '-c', program])} {' '.join(words)}"


def test_each_event_is_a_line(bare_cli: Cli) -> None:
    with listening(bare_cli) as listener:
        failed = {"eid": "f" * 32, "state": "ERROR", "error_reason": "NOT_ENOUGH_FRAMES"}
        assert listener.post("teleport", READY, secret=SECRET) == 200
        assert listener.post("teleport", READY, secret=SECRET) == 200
        assert listener.post("teleport", failed, secret=SECRET) == 200
        assert listener.post("letsenhance", {"id": 7}) == 200
        out, err = listener.end()
    assert out.splitlines() == [
        f"teleport  {'e' * 32}  READY",
        f"teleport  {'f' * 32}  ERROR  NOT_ENOUGH_FRAMES",
        "letsenhance  7  (not verified)",
    ]
    assert err == ""


def test_json_tells_all_that_the_service_told(bare_cli: Cli) -> None:
    with listening(bare_cli, "--json") as listener:
        listener.post("teleport", {**READY, "more": {"ä": 1}}, secret=SECRET)
        assert json.loads(listener.line()) == {
            "service": "teleport",
            "job": "e" * 32,
            "state": "READY",
            "reason": None,
            "ended": True,
            "failed": False,
            "verified": True,
            "body": {**READY, "more": {"ä": 1}},
        }


def test_the_service_calls_when_a_capture_is_ready(cli: Cli, sandbox: Sandbox, video: Path) -> None:
    with listening(cli, env={}) as listener:
        sandbox.teleport.webhook(f"{listener.url}/teleport")
        assert cli("teleport", "upload", video).returncode == 0
        (eid,) = sandbox.teleport.captures
        assert listener.line() == f"teleport  {eid}  READY\n"


def test_it_tells_whom_it_listens_to_and_no_secret(bare_cli: Cli) -> None:
    with listening(bare_cli, env={**TELEPORT, "LETSENHANCE_WEBHOOK_SECRET": SECRET}) as listener:
        teleport, hautai, immersity, letsenhance = listener.introduction
        _, err = listener.end()
    assert teleport.split()[:2] == ["teleport", f"{listener.url}/teleport"]
    assert "off" in hautai
    assert "set HAUTAI_WEBHOOK_SECRET" in hautai
    assert "not verified: set IMMERSITY_WEBHOOK_SECRET" in immersity
    assert "LETSENHANCE_WEBHOOK_SECRET as its token" in letsenhance
    assert SECRET not in err + str(listener.introduction)


def test_what_is_forged_or_not_listened_to_is_no_event(bare_cli: Cli) -> None:
    with listening(bare_cli, env={**TELEPORT, "IMMERSITY_WEBHOOK_SECRET": SECRET}) as listener:
        assert listener.post("teleport", READY, secret="another") == 401
        assert listener.post("immersity", {"correlationId": "x"}, query="?token=another-token") == 401
        assert listener.post("hautai", {"image_batch_id": "x"}) == 404
        assert listener.post("immersity", {"correlationId": "x"}, query=f"?token={SECRET}") == 200
        out, err = listener.end()
    assert out == "immersity  x\n"
    first, second = err.splitlines()
    assert first.startswith("warning: A call for teleport was refused with 401")
    assert second.startswith("warning: A call for immersity was refused with 401")
    assert "token=" not in err
    assert SECRET not in err


def test_a_command_gets_the_event_in_a_file_that_is_its_users_alone_and_soon_gone(
    bare_cli: Cli, tmp_path: Path
) -> None:
    program = (
        "import json, os, sys; path = sys.argv[1];"
        "print(json.dumps([path, os.stat(path).st_mode & 0o777, json.load(open(path)), sys.argv[2:]]))"
    )
    with listening(bare_cli, *python(program, "{file}", "{service}", "{job}/{state}.json", "'{other} x'")) as listener:
        assert listener.post("teleport", READY, secret=SECRET) == 200
        path, mode, event, words = json.loads(listener.line())
        assert (mode, event["body"]) == (0o600, READY)
        assert words == ["teleport", f"{'e' * 32}/READY.json", "{other} x"]
        assert not Path(path).exists()
    assert not list(tmp_path.glob("safelight-event-*"))


@pytest.mark.parametrize("job", ["-rf", "--output=x", "a b", "a;b", "../x", "{file}", "$(id)", "ä"])
def test_what_could_be_taken_for_something_else_is_no_word_of_a_command(bare_cli: Cli, job: str) -> None:
    program = "import json, sys; print(json.dumps([sys.argv[2:], json.load(open(sys.argv[1]))['job']]))"
    with listening(bare_cli, *python(program, "{file}", "{job}", "{state}")) as listener:
        assert listener.post("teleport", {"eid": job, "state": job}, secret=SECRET) == 200
        assert json.loads(listener.line()) == [["", ""], job], "the file has it, even so"


def test_no_shell_is_asked(bare_cli: Cli, tmp_path: Path) -> None:
    with listening(bare_cli, *python("import sys; print(sys.argv[1:])", ";", "touch", "$HOME/x", ">", "x")) as listener:
        listener.post("teleport", READY, secret=SECRET)
        assert listener.line() == "[';', 'touch', '$HOME/x', '>', 'x']\n"
    assert not (tmp_path / "x").exists()


def test_an_event_whose_command_fails_is_asked_for_again(bare_cli: Cli, tmp_path: Path) -> None:
    program = "import os, sys; sys.exit(0 if os.path.exists('mended') else 7)"
    with listening(bare_cli, *python(program)) as listener:
        assert listener.post("teleport", READY, secret=SECRET) == 500
        (tmp_path / "mended").touch()
        assert listener.post("teleport", READY, secret=SECRET) == 200
        (tmp_path / "mended").unlink()
        assert listener.post("teleport", READY, secret=SECRET) == 200, "it is handled already"
        _, err = listener.end()
    (line,) = err.splitlines()
    assert line.startswith("error: the command ended with the exit code 7")
    assert line.endswith(f"teleport  {'e' * 32}  READY")
    assert not list(tmp_path.glob("safelight-event-*"))


def test_a_restart_does_not_handle_again_what_the_store_knows(bare_cli: Cli, tmp_path: Path) -> None:
    told = ""
    for _ in range(2):
        with listening(bare_cli, "--store", "events.sqlite") as listener:
            assert listener.post("teleport", READY, secret=SECRET) == 200
            told += listener.end()[0]
    assert told == f"teleport  {'e' * 32}  READY\n"
    assert b"5555" not in (tmp_path / "events.sqlite").read_bytes(), "what the service told is not kept"


def test_ctrl_c_ends_it_after_what_is_under_way(bare_cli: Cli, tmp_path: Path) -> None:
    program = (
        "import os, time; open('begun', 'w').close()\nwhile not os.path.exists('go'): time.sleep(0.01)\nprint('done')"
    )
    with listening(bare_cli, *python(program)) as listener:
        content = json.dumps({"id": 7}).encode()
        host, _, port = listener.url.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port))) as caller:
            head = f"POST /letsenhance HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n"
            caller.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + content)
            until((tmp_path / "begun").exists)
            listener.process.send_signal(signal.SIGINT)
            (tmp_path / "go").touch()
            assert caller.recv(1000).startswith(b"HTTP/1.1 200")
        out, err = listener.process.communicate(timeout=30)
    assert (listener.process.returncode, out, err) == (130, "done\n", "")


def test_a_second_ctrl_c_ends_the_command_and_the_event_comes_again(bare_cli: Cli, tmp_path: Path) -> None:
    program = "import time; open('begun', 'w').close(); time.sleep(60)"
    with listening(bare_cli, *python(program)) as listener:
        content = json.dumps({"id": 7}).encode()
        host, _, port = listener.url.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port))) as caller:
            head = f"POST /letsenhance HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n"
            caller.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + content)
            until((tmp_path / "begun").exists)
            listener.process.send_signal(signal.SIGINT)
            until(lambda: not is_listening(host, int(port)))
            listener.process.send_signal(signal.SIGINT)
            assert caller.recv(1000).startswith(b"HTTP/1.1 500")
        out, err = listener.process.communicate(timeout=30)
    assert (listener.process.returncode, out) == (130, "")
    assert "was ended by signal 15; the service is to send it again" in err
    assert "Traceback" not in err


def is_listening(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port)):
        return True
    return False


def test_it_ends_when_nobody_reads_any_more_and_the_event_comes_again(bare_cli: Cli) -> None:
    with listening(bare_cli, "--json") as listener:
        assert listener.process.stdout is not None
        listener.process.stdout.close()
        assert listener.post("teleport", READY, secret=SECRET) == 500
        _, err = listener.process.communicate(timeout=30)
    assert (listener.process.returncode, err) == (141, "")


def test_a_port_that_is_taken_is_told(bare_cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = bare_cli("listen", "--port", port)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: 127.0.0.1, port {port}, cannot be listened on (Address already in use): give another --port or "
        "--host.\n"
    )


CASES = {
    "no port": ([], "--port"),
    "a store in no folder": (["--port", "0", "--store", "no/events.sqlite"], "store of events"),
    "a command that there is not": (["--port", "0", "--exec", "no-such-command {file}"], "no shell is asked"),
    "no command": (["--port", "0", "--exec", " "], "no shell is asked"),
    "an open quotation": (["--port", "0", "--exec", "cat 'x"], "No closing quotation"),
    "two uses of stdout": (["--port", "0", "--json", "--exec", "cat {file}"], "give one of them"),
}


@pytest.mark.parametrize(("arguments", "words"), CASES.values(), ids=CASES)
def test_a_wrong_command_line_is_told(bare_cli: Cli, arguments: list[str], words: str) -> None:
    done = bare_cli("listen", *arguments)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert words in line
