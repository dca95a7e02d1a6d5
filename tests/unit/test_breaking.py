from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import breaking
import pytest
from packaging.version import Version

from tests.unit.lamps import GONE, lamps

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Changed\n\n- What was before.\n"
BREAKS = {"components schemas Lamp properties tags": GONE}
HARMLESS = {"components schemas NewLamp properties volts": {"type": "integer"}}


class Tree:
    """A repository with one service, as small as the script takes it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "--initial-branch=main")
        self.git("config", "user.email", "dev@lamps.example")
        self.git("config", "user.name", "Dev")
        self.commit(document=lamps(), version="0.1.0", changelog=CHANGELOG)

    def git(self, *arguments: str) -> str:
        # A hook or a setting of the machine has nothing to say here.
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout

    def write(
        self, *, document: dict[str, Any] | None = None, version: str = "", changelog: str = "", service: str = "lamps"
    ) -> None:
        texts = {
            f"generated/safelight_api/{service}/openapi.json": document and json.dumps(document),
            "wrapper/safelight/_version.py": version and f'__version__ = "{version}"\n',
            "CHANGELOG.md": changelog,
        }
        for name, text in texts.items():
            if text:
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                (self.root / name).write_text(text)

    def commit(self, **files: Any) -> None:
        self.write(**files)
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", "A step")

    def check(self, base: str = "") -> int:
        return breaking.main([*([base] if base else []), "--root", str(self.root)])


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_a_breaking_change_that_nobody_tells_fails_and_says_what_is_lacking(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.commit(document=lamps(BREAKS))
    assert tree.check("HEAD^") == 1
    said = capsys.readouterr().out
    assert "breaking  removed  property  Lamp.tags  array" in said
    assert (
        "FAIL  The version is 0.1.0, users have 0.1.0: raise its minor number in wrapper/safelight/_version.py." in said
    )
    assert "FAIL  CHANGELOG.md does not tell it: add a line to `### Changed` or `### Removed`" in said


def test_a_version_alone_and_a_line_alone_are_not_enough(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    line = CHANGELOG + "- Lamps have no tags any more.\n"
    tree.write(document=lamps(BREAKS), version="0.2.0")
    assert tree.check("HEAD") == 1
    assert capsys.readouterr().out.count("FAIL") == 1
    tree.write(version="0.1.0", changelog=line)
    assert tree.check("HEAD") == 1
    assert capsys.readouterr().out.count("FAIL") == 1
    tree.write(version="0.2.0")
    assert tree.check("HEAD") == 0
    assert "ok    what breaks is told: 0.1.0 -> 0.2.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changelog", "is_told"),
    [
        (CHANGELOG, False),
        (CHANGELOG + "- No tags.\n", True),
        (CHANGELOG + "* No tags.\n", True),
        (CHANGELOG + "\nLamps have no tags any more.\n", True),
        (CHANGELOG + "1. No tags.\n", True),
        (CHANGELOG + "- \n- .\n", False),
        (CHANGELOG + "<!--\n- No tags.\n-->\n", False),
        (CHANGELOG + "\n### Added\n\n- Unbreaking shades.\n", False),
        (CHANGELOG + "\n### Removed\n\n- Tags.\n", True),
        (CHANGELOG + "\n### Added\n\n- Shades.\n", False),
        (CHANGELOG + "\n### Added\n\n- A gate for breaking changes.\n", False),
        (CHANGELOG.replace("Unreleased", "0.2.0") + "- No tags.\n", True),
        (CHANGELOG + "\n## [0.0.9]\n\n### Changed\n\n- Of long ago.\n", False),
    ],
)
def test_the_line_is_a_new_one_where_users_look_for_it(tree: Tree, changelog: str, is_told: bool) -> None:
    tree.write(document=lamps(BREAKS), version="0.2.0", changelog=changelog)
    assert tree.check("HEAD") == (0 if is_told else 1)


@pytest.mark.parametrize(
    ("before", "after", "is_new"),
    [
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.2.0", True),
        ("0.1.0", "0.2.0rc1", True),
        ("0.9.3", "1.0.0", True),
        ("0.9.0", "0.10.0", True),
        ("1.4.0", "1.5.0", False),
        ("1.4.0", "2.0.0", True),
        ("2.0.0", "1.9.0", False),
    ],
)
def test_before_1_a_minor_version_breaks_and_later_a_major_one(before: str, after: str, is_new: bool) -> None:
    assert breaking.is_new_series(Version(before), Version(after)) is is_new


def test_what_breaks_nobody_needs_no_version(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.write(document=lamps(HARMLESS))
    assert tree.check("HEAD") == 0
    said = capsys.readouterr().out
    assert "safe  added  property  NewLamp.volts" in said
    assert "ok    nothing breaks its users since HEAD" in said
    tree.write(document=lamps())
    assert tree.check("HEAD") == 0
    assert capsys.readouterr().out == "ok    no client has changed since HEAD\n"


def test_a_client_that_goes_breaks_and_one_that_comes_does_not(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.write(document=lamps(), service="lights")
    assert tree.check("HEAD") == 0
    assert "safe  added  service  lights" in capsys.readouterr().out
    tree.commit()
    (tree.root / "generated/safelight_api/lights/openapi.json").unlink()
    assert tree.check("HEAD") == 1
    assert "breaking  removed  service  lights" in capsys.readouterr().out


def test_a_class_of_another_name_breaks_though_the_document_is_the_same(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    models = tree.root / "generated/safelight_api/lamps/models/__init__.py"
    models.parent.mkdir()
    models.write_text('__all__ = (\n    "Lamp",\n    "LampOwner",\n)\n')
    tree.commit()
    models.write_text('__all__ = (\n    "Lamp",\n    "Owner",\n)\n')
    assert tree.check("HEAD") == 1
    assert "breaking  removed  class  LampOwner" in capsys.readouterr().out


def test_without_a_base_the_newest_release_counts_however_many_commits_ago(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    tree.git("tag", "v0.1.0")
    tree.commit(document=lamps(BREAKS))
    tree.commit()
    tree.commit()
    assert tree.check() == 1
    assert "lamps, since v0.1.0:" in capsys.readouterr().out


def test_a_release_is_compared_with_the_one_before(tree: Tree) -> None:
    tree.git("tag", "v0.1.0")
    tree.commit(document=lamps(BREAKS))
    tree.git("tag", "v0.1.1")
    assert tree.check() == 1


def test_what_is_changed_upon_a_release_is_compared_with_that_release(tree: Tree) -> None:
    tree.git("tag", "v0.1.0")
    tree.commit(document=lamps(BREAKS), version="0.2.0", changelog=CHANGELOG + "- No tags.\n")
    tree.git("tag", "v0.2.0")
    assert tree.check() == 0
    tree.write(document=lamps(BREAKS | {"components schemas Lamp properties owner": GONE}))
    assert tree.check() == 1


def test_one_new_series_is_enough_for_all_that_breaks_before_the_next_release(tree: Tree) -> None:
    tree.git("tag", "v0.1.0")
    tree.commit(document=lamps(BREAKS), version="0.2.0", changelog=CHANGELOG + "- No tags.\n")
    second = BREAKS | {"components schemas Lamp properties owner": GONE}
    tree.commit(document=lamps(second))
    assert tree.check("HEAD^") == 1
    tree.write(changelog=CHANGELOG + "- No tags.\n- No owners.\n")
    assert tree.check("HEAD^") == 0


def test_a_prerelease_promises_nothing(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.git("tag", "v0.1.0")
    tree.commit(version="0.2.0rc1")
    tree.git("tag", "v0.2.0rc1")
    tree.commit(document=lamps(BREAKS), version="0.2.0", changelog=CHANGELOG + "- No tags.\n")
    assert tree.check() == 0
    assert "lamps, since v0.1.0:" in capsys.readouterr().out


@pytest.mark.parametrize("nobody_said", ["", "0" * 40])
def test_an_empty_base_and_one_of_zeros_say_nothing(
    tree: Tree, capsys: pytest.CaptureFixture[str], nobody_said: str
) -> None:
    tree.commit(document=lamps(HARMLESS))
    assert breaking.main([nobody_said, "--root", str(tree.root)]) == 0
    assert "lamps, since " in capsys.readouterr().out


def test_a_checkout_that_git_cannot_read_is_an_error(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    (tree.root / ".git/HEAD").write_text("nonsense\n")
    assert tree.check() == 2
    said = capsys.readouterr().err
    assert "not a git repository" in said
    assert said.count("\n") == 1


def test_a_version_that_cannot_be_read_is_an_error(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.write(document=lamps(BREAKS))
    (tree.root / "wrapper/safelight/_version.py").write_text("__version__ = '0.2.0'\n")
    assert tree.check("HEAD") == 1
    assert "CHANGELOG.md does not tell it" in capsys.readouterr().out
    for text in ("VERSION = 2\n", ""):
        (tree.root / "wrapper/safelight/_version.py").write_text(text)
        assert tree.check("HEAD") == 2
        assert "_version.py has no line `__version__ = ...`" in capsys.readouterr().err


def test_before_the_first_release_all_of_the_version_s_series_counts(tree: Tree) -> None:
    tree.commit(document=lamps(BREAKS))
    tree.commit(version="0.1.1")
    tree.commit()
    assert tree.check() == 1
    tree.commit(version="0.2.0", changelog=CHANGELOG + "- No tags.\n")
    assert tree.check() == 0
    tree.commit()
    assert tree.check() == 0
    tree.commit(document=lamps(BREAKS | {"components schemas Lamp properties owner": GONE}))
    tree.commit()
    assert tree.check() == 1


def test_a_series_that_begins_with_what_breaks_has_to_tell_it(tree: Tree) -> None:
    tree.commit(document=lamps(BREAKS), version="0.2.0")
    assert tree.check() == 1
    tree.write(document=lamps(), version="0.1.0")
    tree.commit()
    tree.commit(document=lamps(BREAKS), version="0.2.0", changelog=CHANGELOG + "- No tags.\n")
    assert tree.check() == 0


def test_the_bump_after_the_break_does_not_hide_that_nobody_tells_it(tree: Tree) -> None:
    tree.commit(document=lamps(BREAKS))
    tree.commit(version="0.2.0")
    assert tree.check() == 1
    tree.write(changelog=CHANGELOG + "- No tags.\n")
    tree.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    assert tree.check() == 0


def test_another_default_upon_a_release_is_not_excused_by_that_release(tree: Tree) -> None:
    spec = tree.root / "specs/lamps/openapi.yaml"
    spec.parent.mkdir(parents=True)
    mode = "components schemas NewLamp properties mode default"
    spec.write_text(json.dumps(lamps({mode: "warm"})))
    tree.git("tag", "v0.1.0")
    tree.commit(version="0.2.0", changelog=CHANGELOG + "- No tags.\n")
    tree.git("tag", "v0.2.0")
    spec.write_text(json.dumps(lamps({mode: "cold"})))
    assert tree.check() == 1


def test_what_only_the_other_branch_has_is_not_taken_for_gone(tree: Tree) -> None:
    tree.git("switch", "--quiet", "--create", "ours")
    tree.commit()
    tree.git("switch", "--quiet", "main")
    tree.commit(document=lamps(HARMLESS))
    tree.git("switch", "--quiet", "ours")
    assert tree.check("main") == 0


def test_another_default_breaks_though_the_overlay_takes_defaults_out(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tree.root / "specs/lamps/openapi.yaml"
    spec.parent.mkdir(parents=True)
    mode = "components schemas NewLamp properties mode default"
    spec.write_text(json.dumps(lamps({mode: "warm"})))
    tree.commit()
    spec.write_text(json.dumps(lamps({mode: "cold"})))
    assert tree.check("HEAD") == 1
    assert "breaking  changed  default  NewLamp.mode  warm -> cold" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_damaged_document_is_named(tree: Tree, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (tree.root / "generated/safelight_api/lamps/openapi.json").write_text(text)
    assert tree.check("HEAD") == 2
    said = capsys.readouterr().err
    assert "generated/safelight_api/lamps/openapi.json of this tree: this " in said
    assert said.count("\n") == 1


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert breaking.main(["--root", str(tmp_path / "nowhere")]) == 2
    assert "nowhere is no folder" in capsys.readouterr().err


def test_where_nothing_can_be_compared_it_says_so(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    assert tree.check() == 0
    assert "skip  nothing to compare with: there is no commit before this one" in capsys.readouterr().out
    tree.commit()
    tree.commit()
    for depth in (1, 2):
        shallow = tree.root / f"shallow-{depth}"
        tree.git("clone", "--quiet", f"--depth={depth}", tree.root.as_uri(), str(shallow))
        assert breaking.main(["--root", str(shallow)]) == 0
        assert "this clone is shallow: `git fetch --unshallow`" in capsys.readouterr().out


def test_an_unknown_revision_is_an_error_of_one_line(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    assert tree.check("v9.9.9") == 2
    said = capsys.readouterr().err
    assert "git knows no revision 'v9.9.9' here" in said
    assert said.count("\n") == 1


def test_without_git_it_says_so(
    tmp_path: Path, tree: Tree, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setenv("PATH", "")
    assert tree.check("HEAD") == 2
    assert "git is not installed" in capsys.readouterr().err
