"""What a client does in forked processes and in many threads."""

from __future__ import annotations

import os
import threading

import pytest

from safelight import Teleport
from safelight.sandbox import Sandbox
from tests.e2e.conftest import Face

pytestmark = pytest.mark.usefixtures("held_at_the_sandbox")


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_has_connections_of_its_own(sandbox: Sandbox, blocking: Face) -> None:
    with Teleport(**blocking.settings) as teleport:
        assert list(teleport.captures()) == []
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writer, str(len(list(teleport.captures()))).encode())
            finally:
                os._exit(0)
        os.close(writer)
        assert [list(teleport.captures()) for _ in range(5)] == [[]] * 5
        with os.fdopen(reader) as answer:
            assert answer.read() == "0"
        os.waitpid(child, 0)


def test_64_threads_share_one_client_and_one_token(sandbox: Sandbox, blocking: Face) -> None:
    answers: list[int] = []
    with Teleport(**blocking.settings) as teleport:
        threads = [threading.Thread(target=lambda: answers.append(len(list(teleport.captures())))) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [0] * 64
    assert sandbox.count("token") == 1
