from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import check
import pytest
import unasync

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path("generated/safelight_api/teleport")


@pytest.fixture(scope="module")
def good_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    for part in ("docs", "specs", "generated", "wrapper/safelight/_async"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    unasync.write(tree)
    return tree


@pytest.fixture
def tree(good_tree: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good_tree, tmp_path / "tree"))


@pytest.fixture
def small_tree(tree: Path) -> Path:
    """One service is enough to be wrong, and sooner made."""
    for other in ("hautai", "immersity", "letsenhance"):
        shutil.rmtree(tree / "specs" / other)
        shutil.rmtree(tree / PACKAGE.with_name(other))
    return tree


def git(tree: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(tree), *arguments], check=True, capture_output=True)  # noqa: S607 - the user's git


def test_all_is_well_in_a_tree_that_was_made_by_the_scripts(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(tree, "init")
    git(tree, "add", "generated")
    assert check.main(["--root", str(tree)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(check.CHECKS) == 6
    assert all(line.startswith("ok  ") and line.endswith(" s)") for line in lines)


def test_a_failure_is_told_with_what_mends_it(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(check.CHECKS, "generated/ is what specs/ make")
    (tree / "wrapper/safelight/_sync/job.py").unlink()
    assert check.main(["--root", str(tree)]) == 1
    said = capsys.readouterr().out
    assert "FAIL  _sync is what unasync makes of _async" in said
    assert "_sync/job.py is not what wrapper/safelight/_async/job.py makes: run `make generate`" in said
    assert "skip  git knows all of generated/: this tree is no git checkout" in said


def test_an_edited_a_missing_and_a_strange_generated_file_are_told(small_tree: Path) -> None:
    with (small_tree / PACKAGE / "client.py").open("a") as file:
        file.write("edited = True\n")
    (small_tree / PACKAGE / "types.py").unlink()
    (small_tree / "generated/safelight_api/former_service.py").touch()
    assert check.stale_clients(small_tree) == [
        f"generated/safelight_api/{name} is not what specs/ make: run `make generate`."
        for name in ("former_service.py", "teleport/client.py", "teleport/types.py")
    ]


def test_a_spec_that_cannot_be_built_is_told(small_tree: Path) -> None:
    (small_tree / "specs/teleport/overlay.yaml").unlink()
    (complaint,) = check.stale_clients(small_tree)
    assert complaint.startswith("teleport/overlay.yaml is missing")
    assert complaint.endswith("Then run `make generate`.")


def test_a_generated_file_that_git_does_not_know_is_told(tree: Path) -> None:
    git(tree, "init")
    git(tree, "add", "generated")
    assert check.untracked_files(tree) == []
    (tree / PACKAGE / "new file.py").touch()
    (tree / "elsewhere.py").touch()
    (complaint,) = check.untracked_files(tree)
    assert complaint.startswith("generated/safelight_api/teleport/new file.py is not known to git: `git add generated`")


def test_a_git_that_fails_or_is_missing_is_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / ".git").write_text("gitdir: /nowhere/at/all\n", encoding="utf-8")
    (complaint,) = check.untracked_files(tree)
    assert complaint.startswith("`git status` fails: fatal: not a git repository")
    monkeypatch.setenv("PATH", "/nowhere")
    assert check.untracked_files(tree) == ["git is not installed: install it, then run `make check`."]


def test_an_operation_without_a_module_is_told(tree: Path) -> None:
    (tree / PACKAGE / "api/captures/list_captures.py").unlink()
    (complaint,) = check.misplaced_operations(tree)
    assert "api/captures/list_captures.py is missing" in complaint
    assert complaint.endswith("mend specs/teleport/overlay.yaml, then run `make generate`.")


def test_an_operation_with_two_modules_is_told(tree: Path) -> None:
    api = tree / PACKAGE / "api"
    shutil.copytree(api / "captures", api / "shares")
    for path in (api / "shares").glob("*.py"):
        if path.stem != "share_metadata":
            path.unlink()
    complaints = check.misplaced_operations(tree)
    assert [complaint.partition(":")[0].partition(".py ")[2] for complaint in complaints] == [
        "is not the only module of this operation",
        "has no operation in teleport/openapi.json",
    ]


def test_an_operation_id_that_is_used_twice_is_told(tree: Path) -> None:
    path = tree / PACKAGE / "openapi.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["paths"]["/api/v1/captures"]["post"]["operationId"] = "list_captures"
    path.write_text(json.dumps(document), encoding="utf-8")
    complaints = check.misplaced_operations(tree)
    assert "api/captures/list_captures.py has 2 operations" in complaints[0]
    assert "api/captures/create_capture.py has no operation" in complaints[1]
    assert all("run `make generate`" in complaint for complaint in complaints)


def test_an_id_that_the_generator_would_turn_into_another_name_is_told(tree: Path) -> None:
    path = tree / PACKAGE / "openapi.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"list_captures"', '"listCaptures"'), encoding="utf-8")
    complaints = check.misplaced_operations(tree)
    assert "api/captures/listCaptures.py is missing" in complaints[0]


def test_a_tree_without_clients_is_told(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "CHECKS", {"each operation has its module": check.misplaced_operations})
    shutil.rmtree(tree / PACKAGE.parent)
    assert check.main(["--root", str(tree)]) == 1
    assert "has no client with an openapi.json. Then run `make generate`." in capsys.readouterr().out


def test_a_module_that_cannot_be_imported_is_told(tree: Path) -> None:
    (tree / PACKAGE / "api/captures/delete_capture.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    (tree / PACKAGE / "models/lod_aabb.py").write_text("class :\n", encoding="utf-8")
    complaints = check.broken_modules(tree)
    told = {complaint.partition(":")[0] for complaint in complaints}
    assert "safelight_api.teleport.api.captures.delete_capture" in told
    assert "safelight_api.teleport.models.lod_aabb" in told
    assert all(complaint.endswith("cannot be imported: run `make generate`.") for complaint in complaints)
    assert any("No module named 'nothing_of_this_name'" in complaint for complaint in complaints)


def test_a_twin_that_is_not_what_its_source_makes_is_told(tree: Path) -> None:
    with (tree / "wrapper/safelight/_async/job.py").open("a") as file:
        file.write("\nADDED = 1\n")
    (complaint,) = check.CHECKS["_sync is what unasync makes of _async"](tree)
    assert "_sync/job.py is not what" in complaint
    assert "run `make generate` (or `python scripts/unasync.py`)" in complaint
