"""The demo's checks of the analysis, and of the wait by webhook, can fail, too."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from safelight.cli.demo_checks import Report
from safelight.cli.demo_face import check_analysis, draw_face
from safelight.cli.demo_webhook import Waited, check_wait
from safelight.photo import Photo

ONCE = {"picture": (200,), "compute_batch": (200,), "list_results": (200,), "get_image": (404,)}


def sandbox(left: int = 0, **statuses: tuple[int, ...]) -> Any:
    found = {**ONCE, **statuses}
    requests = [SimpleNamespace(operation=name, status=status) for name in found for status in found[name]]
    return SimpleNamespace(
        hautai=SimpleNamespace(pictures=left), requests=requests, count=lambda operation: len(found[operation])
    )


def test_the_drawn_face_is_one_that_the_service_takes(tmp_path: Path) -> None:
    file = draw_face(tmp_path / "face.jpg")
    Photo(file, "face").close()
    with Image.open(file) as face:
        assert face.size == (600, 800)
        colours = face.convert("RGB").resize((6, 8)).getcolors()
        assert colours is not None
        assert len(colours) > 20


@pytest.mark.parametrize(
    ("facts", "passed"),
    [
        ({}, True),
        ({"picture": (200, 200)}, False),
        ({"compute_batch": ()}, False),
        ({"list_results": (500,)}, False),
        ({"get_image": (200,)}, False),
        ({"get_image": ()}, False),
        ({"left": 1}, False),
    ],
)
def test_a_face_that_is_sent_twice_not_analysed_or_left_behind(facts: dict[str, Any], passed: bool) -> None:
    report = Report()
    check_analysis(report, sandbox(**facts))
    assert report.passed == passed


@pytest.mark.parametrize(
    ("waited", "passed", "words"),
    [
        (Waited(10, 13.01, "READY", 13, 2), True, "READY after 3.0 s, and 10 ms later the wait was over, with 2 looks"),
        (Waited(10, 12.98, "READY", 13, 3), True, "a look of the client's own ended the wait, 20 ms before"),
        (Waited(10, 13.9, "READY", 13, 2), False, "over 0.9 s later"),
        (Waited(10, 13.01, "ERROR", 13, 2), False, "said ERROR"),
        (Waited(10, 13), False, "no webhook came"),
    ],
)
def test_what_ended_the_wait_is_told(waited: Waited, passed: bool, words: str) -> None:
    report = Report()
    check_wait(report, waited)
    assert report.passed == passed
    assert words in report.findings[0][1]
