"""Where results go, and what they never replace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import pytest

import safelight
from safelight.cli import options
from safelight.cli.enhancing import Pictures


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with some files, which is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("cat.jpg", "photos/a.jpg", "photos/deeper/b.jpg", "out/old.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")
    return tmp_path


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("cat.jpg", "cat.jpg"),
        ("photos/a.jpg", "a.jpg"),
        ("https://example.com/a%20b.jpg?signature=x", "a b.jpg"),
        ("HTTPS://example.com/", "picture"),
        ("https:nothing.jpg", "https:nothing.jpg"),
    ],
)
def test_a_thing_is_called_like_its_path_or_address(given: str, name: str) -> None:
    assert options.name_of(given) == name


@pytest.mark.parametrize(
    ("output", "many", "file"),
    [
        (None, False, "x.png"),
        (None, True, "x.png"),
        ("y.png", False, "y.png"),
        ("out", False, "out/x.png"),
        ("new/deep/", False, "new/deep/x.png"),
        ("new", True, "new/x.png"),
    ],
)
def test_a_result_goes_into_a_file_or_a_folder(output: str | None, many: bool, file: str) -> None:
    assert options.target_in(output, "x.png", many=many) == Path(file)
    assert Path(file).parent.is_dir()


def test_many_results_do_not_fit_into_a_file() -> None:
    with pytest.raises(click.UsageError, match="need a folder"):
        options.target_in("cat.jpg", "x.png", many=True)


def test_an_input_is_never_replaced(here: Path) -> None:
    (here / "link.jpg").symlink_to("cat.jpg")
    for target in ("cat.jpg", "photos/../cat.jpg", "link.jpg"):
        with pytest.raises(click.UsageError, match="would be overwritten"):
            options.check_target(Path(target), ["https://example.com/a.jpg", "cat.jpg"])
    options.check_target(Path("out/old.png"), ["cat.jpg"])
    with pytest.raises(safelight.ConfigError, match="make the folder"):
        options.check_target(Path("nowhere/x.png"), [])


def test_files_are_looked_for_and_addresses_are_not() -> None:
    options.check_files(["cat.jpg", "https://example.com/nothing.jpg"])
    with pytest.raises(click.UsageError, match=r"dog\.jpg does not exist"):
        options.check_files(["cat.jpg", "dog.jpg"])
    with pytest.raises(click.UsageError, match="photos is a folder"):
        options.check_files(["photos"])


@pytest.mark.parametrize(
    ("files", "target", "source"),
    [
        (["cat.jpg"], "new.png", "cat.jpg"),
        (["cat.jpg"], "enhanced/", ["cat.jpg"]),
        (["cat.jpg"], "out", ["cat.jpg"]),
        (["cat.jpg", "https://example.com/x.jpg"], "new", ["cat.jpg", "https://example.com/x.jpg"]),
        (["https://example.com/x.jpg"], ".", ["https://example.com/x.jpg"]),
        (["photos"], "new", "photos"),
        (["photos"], "photos/enhanced", "photos"),
    ],
)
def test_pictures_to_enhance(files: Sequence[str], target: str, source: object) -> None:
    assert Pictures.of(files, target) == Pictures(source, target)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("files", "target", "words"),
    [
        (["cat.jpg"], "cat.jpg", "would be overwritten"),
        (["cat.jpg"], ".", "own folder"),
        (["photos/a.jpg", "cat.jpg"], "photos/", "own folder"),
        (["photos"], "photos", "own folder"),
        (["photos"], "cat.jpg", "need a folder"),
        (["photos", "cat.jpg"], "new", "photos is a folder"),
        (["dog.jpg"], "new", "does not exist"),
    ],
)
def test_pictures_that_cannot_be_enhanced_so(files: Sequence[str], target: str, words: str) -> None:
    with pytest.raises(click.UsageError, match=words):
        Pictures.of(files, target)


def test_each_of_a_folder_keeps_its_place() -> None:
    assert Pictures.of(["photos"], "new").each() == [
        (Path("photos/a.jpg"), Path("new/a")),
        (Path("photos/deeper/b.jpg"), Path("new/deeper/b")),
    ]
    assert Pictures.of(["cat.jpg"], "new.png").each() == [("cat.jpg", Path("new.png"))]


@pytest.mark.parametrize(
    ("error", "number", "count", "ends"),
    [
        (safelight.ConfigError("x"), 0, 3, True),
        (safelight.ConfigError("x"), 1, 3, False),
        (safelight.TransferError("x"), 0, 3, False),
        (safelight.TransferError("x"), 0, 1, True),
        (safelight.OutOfCredits("x", status=402, method="POST", url="https://example.com"), 2, 3, True),
        (safelight.AuthError("x", status=401, method="POST", url="https://example.com"), 2, 3, True),
        (safelight.InvalidRequest("x", status=400, method="POST", url="https://example.com"), 0, 3, False),
    ],
)
def test_which_failures_end_all(error: safelight.SafelightError, number: int, count: int, ends: bool) -> None:
    assert options.ends_all(error, number, count) == ends
