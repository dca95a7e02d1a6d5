from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import unasync

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"AsyncLamp": "Lamp", "AsyncIterator": "Iterator", "asyncio": "threading", "aclose": "close", "_async": "_sync"}
UNWRAPPED = frozenset({"Awaitable"})


def translated(source: str) -> str:
    return unasync.translate(source, names=NAMES, unwrapped=UNWRAPPED)


def a_tree(tmp_path: Path, **sources: str) -> Path:
    folder = tmp_path / "wrapper" / "safelight" / "_async"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return tmp_path


@pytest.fixture
def real_tree(tmp_path: Path) -> Path:
    for part in ("pyproject.toml", "wrapper/safelight/_async"):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    return tmp_path


@pytest.mark.parametrize(
    ("asynchronous", "blocking"),
    [
        ("async def light(): await burn()\n", "def light(): burn()\n"),
        ("async with lamp, other:\n    pass\n", "with lamp, other:\n    pass\n"),
        ("x = [page async for page in pages() if await ok(page)]\n", "x = [page for page in pages() if ok(page)]\n"),
        ("return_ = (await lamp()).light\n", "return_ = (lamp()).light\n"),
        ("x = await (\n    lamp()\n)\n", "x = (\n    lamp()\n)\n"),
        ("class AsyncLamp: ...\n", "class Lamp: ...\n"),
        ("from safelight._async.lamp import AsyncLamp\n", "from safelight._sync.lamp import Lamp\n"),
        ("lock = asyncio.Lock()\n", "lock = threading.Lock()\n"),
        ("f: Callable[[], Awaitable[dict[str, T]]]\n", "f: Callable[[], dict[str, T]]\n"),
        ("f: Awaitable[Awaitable[T]]\n", "f: T\n"),
        ("x = 'an AsyncLamp, await lamp()'\n", "x = 'an AsyncLamp, await lamp()'\n"),
        ("# an AsyncLamp: await lamp()\n", "# an AsyncLamp: await lamp()\n"),
        ("__all__ = ['AsyncLamp', \"AsyncLamp\"]\n", "__all__ = ['Lamp', \"Lamp\"]\n"),
        ("def f():\n    '''Of `AsyncLamp`.'''\n", "def f():\n    '''Of `Lamp`.'''\n"),
        ("def f():\n    '''`async with lamp: await lamp.on()`'''\n", "def f():\n    '''`with lamp: lamp.on()`'''\n"),
        ("def f():\n    '''Those who await the light.'''\n", "def f():\n    '''Those who await the light.'''\n"),
        ("x: int = 5\n'''Of AsyncLamp.'''\n", "x: int = 5\n'''Of Lamp.'''\n"),
        ("x = f'{lamp.name} of AsyncLamp'\n", "x = f'{lamp.name} of AsyncLamp'\n"),
        ("é = 'ü'; await lamp()  # ö\n", "é = 'ü'; lamp()  # ö\n"),
    ],
)
def test_an_async_line_becomes_its_blocking_twin(asynchronous: str, blocking: str) -> None:
    assert translated(asynchronous) == blocking


def test_an_async_name_that_is_in_no_table_is_an_error() -> None:
    with pytest.raises(unasync.UnasyncError, match=r"line 2: what is 'AsyncCandle' .* Add it to NAMES"):
        translated("import wax\nclass AsyncCandle: ...\n")


@pytest.mark.parametrize("inside", ["await lamp()", "lamp.aclose()", "AsyncLamp"])
def test_async_in_an_fstring_is_an_error_on_every_python(inside: str) -> None:
    with pytest.raises(unasync.UnasyncError, match=r"line 1: .* in an f-string"):
        translated(f"async def f(): return f'{{{inside}}}'\n")


def test_the_used_names_are_told() -> None:
    used: set[str] = set()
    source = "class AsyncLamp:\n    '''Like AsyncIterator.'''\n    f: Awaitable[int]\n"
    unasync.translate(source, names=NAMES, unwrapped=UNWRAPPED, used=used)
    assert used == {"AsyncLamp", "AsyncIterator", "Awaitable"}


def test_a_name_that_no_file_uses_is_an_error(tmp_path: Path) -> None:
    tree = a_tree(tmp_path, lamp="class AsyncLamp: ...\n")
    names = {"AsyncLamp": "Lamp", "AsyncCandle": "Candle"}
    with pytest.raises(unasync.UnasyncError, match=r"uses AsyncCandle, Awaitable: remove that from the tables"):
        unasync.made_files(tree, names=names, unwrapped=UNWRAPPED)


def test_a_made_file_says_what_it_is_made_from_and_is_in_order(tmp_path: Path) -> None:
    source = """from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, AsyncIterator


async def every(lamps: Callable[[], AsyncIterator[int]],
                light: Callable[[int], Awaitable[None]], lock: asyncio.Lock) -> AsyncIterator[int]:
    async for lamp in lamps():
        yield lamp
    random.seed()
"""
    tree = a_tree(tmp_path, lamp=source)
    names = {"AsyncIterator": "Iterator", "asyncio": "threading"}
    made = unasync.made_files(tree, names=names, unwrapped=UNWRAPPED)
    head, _, rest = made["lamp.py"].partition("\n")
    assert head.startswith("# Made from wrapper/safelight/_async/lamp.py by scripts/unasync.py")
    assert (
        rest
        == """from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator


def every(lamps: Callable[[], Iterator[int]], light: Callable[[int], None], lock: threading.Lock) -> Iterator[int]:
    yield from lamps()
    random.seed()
"""
    )


def test_source_that_ruff_cannot_read_is_an_error(tmp_path: Path) -> None:
    tree = a_tree(tmp_path, lamp="class AsyncLamp: ...\n")
    with pytest.raises(unasync.UnasyncError, match=r"_async/lamp\.py: ruff refuses"):
        unasync.made_files(tree, names={"AsyncLamp": "class"}, unwrapped=frozenset())


def test_a_tree_without_async_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(unasync.UnasyncError, match="has no files"):
        unasync.made_files(a_tree(tmp_path))


def test_writing_twice_changes_nothing_the_second_time(real_tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert unasync.main(["--root", str(real_tree)]) == 0
    assert "teleport.py" in capsys.readouterr().out
    assert unasync.main(["--root", str(real_tree)]) == 0
    assert capsys.readouterr().out == "wrapper/safelight/_sync: unchanged\n"
    assert unasync.main(["--root", str(real_tree), "--check"]) == 0


def test_the_real_twins_hold_nothing_async(real_tree: Path) -> None:
    made = unasync.made_files(real_tree)
    assert "class Teleport(" in made["teleport.py"]
    words = {word for text in made.values() for word in re.findall(r"\b(?:async|await|aclose|asyncio)\b", text)}
    assert not words


def test_a_stale_twin_and_one_without_a_source_are_told_and_mended(
    real_tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unasync.write(real_tree)
    target = real_tree / "wrapper" / "safelight" / "_sync"
    (target / "teleport.py").write_text("edited = True\n", encoding="utf-8")
    (target / "job.py").unlink()
    (target / "orphan.py").touch()
    assert unasync.main(["--root", str(real_tree), "--check"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[1].rpartition("/")[2] for line in said] == ["job.py", "orphan.py", "teleport.py"]
    assert all("run `make generate`" in line for line in said)
    assert unasync.write(real_tree) == ["job.py", "orphan.py", "teleport.py"]
    assert unasync.check(real_tree) == []


def test_a_failure_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = a_tree(tmp_path, lamp="class AsyncCandle: ...\n")
    assert unasync.main(["--root", str(tree)]) == 1
    assert unasync.main(["--root", str(tree), "--check"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert all("wrapper/safelight/_async/lamp.py, line 1: what is 'AsyncCandle'" in line for line in said)
