"""What the benchmarks conclude from what they measured: whether a promise holds, what limited a row, what is drawn."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import profiles
import pytest
import run
from chart import bar_chart
from discard_server import Plan, answer, model_bytes
from report import Demand, Part, Section, demands_of
from transfers import Case, Line, Place, Run

MIB = 1024 * 1024
SVG = "{http://www.w3.org/2000/svg}"

WRITE = "thread (2): part;write (sync.py:130);_ssl_write (_ssl.c:2394)"
HASH = "thread (2): part;_body (part.py:104);EVP_update (_hashopenssl.c:595);MD5_Update (libcrypto.so.3)"
PROFILE = f"""\
thread (1): MainThread;join (threading.py:1100);PyThread_acquire_lock_timed (libpython3.11.so.1.0);0x7f (libc.so.6) 900
{WRITE};pthread_cond_timedwait (libc.so.6);0x7f (libc.so.6) 30
{HASH};0x7f (libcrypto.so.3) 20
{HASH};0x8f (libcrypto.so.3) 25
thread (2): part;read (sync.py:126);sock_recv (socketmodule.c:3000);poll (libc.so.6) 60
thread (2): part;run (journal.py:9);sqlite3_step (libsqlite3.so.0);fdatasync (libc.so.6) 5
"""


def section(**more: Any) -> Section:
    rows = [("a", "raw", "1.00", "x"), ("a", "**ours**", "0.93", "y"), ("b", "**ours**", "-", "z")]
    return Section("A title", columns=("part", "client", "over raw", "limited by"), rows=[*rows], **more)


@pytest.mark.parametrize(
    ("measured", "at_least", "is_met"),
    [(0.9, True, True), (0.89, True, False), (0.9, False, True), (0.91, False, False)],
)
def test_a_promise_holds_on_its_own_side_of_the_limit(measured: float, at_least: bool, is_met: bool) -> None:
    assert Demand("share", measured, 0.9, at_least=at_least).is_met is is_met


def test_a_part_survives_being_kept_for_the_next_run() -> None:
    part = Part("uploads", "a machine", [section(chart="over raw", by=("part", "client"), demands=[Demand("x", 2, 1)])])
    again = Part.of(json.loads(json.dumps(part.as_facts())))
    assert again.markdown("charts") == part.markdown("charts")
    assert demands_of([again]) == demands_of([part])
    assert "**no**" in demands_of([again])
    assert "](charts/uploads-1.svg)" in again.markdown("charts")


def test_a_run_of_one_part_leaves_the_others_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, path in {"_FOLDER": "charts", "_PAGE": "page.md", "_RESULTS": "charts/results.json"}.items():
        monkeypatch.setattr(run, name, tmp_path / path)
    drawn = {"chart": "over raw", "by": ("part", "client")}
    run.write({"downloads": Part("downloads", "a machine", [section(**drawn)])})
    run.write({**run.read(), "uploads": Part("uploads", "another machine", [section(), section(**drawn)])})
    page = (tmp_path / "page.md").read_text()
    assert (
        page.index("## Uploads") < page.index("another machine") < page.index("## Downloads") < page.index("a machine")
    )
    assert {path.name for path in tmp_path.glob("charts/*.svg")} == {"downloads-1.svg", "uploads-2.svg"}
    assert all(f"](charts/{path.name})" in page for path in tmp_path.glob("charts/*.svg"))


def test_only_rows_with_a_figure_are_drawn_in_their_groups() -> None:
    assert section(chart="over raw", by=("part", "client")).bars == [("a", "raw", 1.0), ("a", "**ours**", 0.93)]
    assert section().bars == []


def test_a_chart_is_true_to_its_figures_and_safe_with_any_label() -> None:
    svg = bar_chart("<&>", [("", 'raw "<&>', 1.0), ("", "**ours**", 0.5)])
    tree = ET.fromstring(svg)  # noqa: S314 - our own
    bars = [(float(bar.attrib["width"]), bar.attrib["fill"]) for bar in tree.iter(f"{SVG}rect")]
    assert bars[0][0] == pytest.approx(2 * bars[1][0])
    assert bars[0][1] != bars[1][1]
    assert {text.text for text in tree.iter(f"{SVG}text")} == {"<&>", 'raw "<&>', "ours", "1", "0.5"}


def test_a_profile_of_waiting_threads_leaves_out_who_only_waits_for_them() -> None:
    assert profiles.waiting(PROFILE) == "to receive (43%)"


def test_a_profile_of_running_threads_names_libraries_by_their_last_known_function() -> None:
    of_part = "".join(
        line for line in PROFILE.splitlines(keepends=True) if "MainThread" not in line and "poll" not in line
    )
    assert profiles.running(of_part) == "`MD5_Update` in `_body` (56%)"
    encrypting = f"{WRITE};0x7f (libcrypto.so.3) 9\n"
    assert profiles.running(encrypting) == "`libcrypto` in `write` (100%)"
    assert profiles.waiting("thread (1): a;<module> (x.py:1) 5\n") == "in threads that are not Python's"


@pytest.mark.parametrize(
    ("line", "figures", "limit"),
    [
        pytest.param(Line(100, 20), {"seconds": 9.0}, "link (93%)", id="link"),
        pytest.param(Line(1000, 20, 50), {"seconds": 9.0, "connections": 2}, "cap of 2 connections (93%)", id="cap"),
        pytest.param(None, {"server_cpu": 0.95}, "server (95% of a core)", id="server"),
        pytest.param(None, {"cpu": 0.95, "server_cpu": 0.4}, "client (95% of a core): ", id="client"),
        pytest.param(Line(1000, 100), {"seconds": 9.0, "cpu": 1.0}, "waiting ", id="waiting"),
    ],
)
def test_what_is_full_is_what_limits(line: Line | None, figures: dict[str, Any], limit: str) -> None:
    others = {"seconds": 1.0, "cpu": 0.1, "first_use_cpu": 0.0, "peak_rss": 1, "server_cpu": 0.1, "line_cpu": 0.0}
    place = Place(server=None, folder=Path(), authority=Path(), line=line, link=None)  # type: ignore[arg-type]
    found, _ = place._limit(Case("raw", "raw"), Run(**{**others, "connections": 0, **figures}), 105_000_000)
    assert found == limit


def test_a_model_is_served_in_the_range_that_was_asked_for() -> None:
    def asked(**headers: str) -> Any:
        lines = "".join(f"\r\n{name.replace('_', '-')}: {value}" for name, value in headers.items())
        return answer("GET", "/model/1000", b"", f"GET /model/1000 HTTP/1.1\r\nHost: here:1{lines}".encode(), Plan())

    whole, some, rest = asked(), asked(Range="bytes=10-19"), asked(range="bytes=990-")
    assert (whole.status, whole.model) == ("200 OK", range(1000))
    assert (some.status, some.model, some.headers["Content-Range"]) == (
        "206 Partial Content",
        range(10, 20),
        "bytes 10-19/1000",
    )
    assert rest.model == range(990, 1000)
    assert asked(Range="bytes=10-19", If_Range='"another"').model == range(1000)
    assert asked(Range="bytes=10-19", If_Range=whole.headers["ETag"]).model == range(10, 20)
    assert asked(Range="bytes=1000-").status.startswith("416")
    assert bytes(model_bytes(0, MIB // 2)) != bytes(model_bytes(MIB // 2, MIB // 2))
