"""Say what changed for the users of the generated clients since a git revision, and whether that is told to them.

A change that breaks code of theirs needs a new major version (before 1.0.0 a new minor one) and a line in CHANGELOG.md.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from build_spec import SpecError
    from changes_table import table
    from generate import PACKAGE
    from import_spec import parsed
    from packaging.version import InvalidVersion, Version
    from schema_changes import BREAKING, SAFE, Change
    from spec_changes import changes_between
except ModuleNotFoundError as error:
    sys.exit(f"scripts/breaking.py: {error.name} is not installed here: `make breaking` sets everything up.")

from terminal import run

ROOT = Path(__file__).resolve().parent.parent
_GENERATED = f"generated/{PACKAGE}"
_VERSION_FILE = "wrapper/safelight/_version.py"
_CHANGELOG = "CHANGELOG.md"
# In these sections of Keep a Changelog a user looks for what no longer works.
_SECTIONS = ("changed", "removed")


class NothingToCompare(Exception):
    """No earlier revision can be had; the message says why."""


class GitError(Exception):
    """Git cannot give what was asked for; the message says what to do."""


class Revision:
    """The files of a commit, or of the working tree."""

    def __init__(self, root: Path, commit: str | None = None) -> None:
        self._root = root
        self._commit = commit

    def read(self, name: str) -> str | None:
        """A file's text, or None where it is not there."""
        if self._commit:
            found = _git(self._root, "show", f"{self._commit}:{name}")
            return found.stdout if found.returncode == 0 else None
        path = self._root / name
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None

    def documents(self) -> dict[str, dict[str, Any]]:
        """The built document of each service, by the service's name.

        Raises:
            SpecError: One of them is damaged.
        """
        if self._commit:
            listed = _git(self._root, "ls-tree", "-r", "--name-only", self._commit, f"{_GENERATED}/").stdout.split("\n")
        else:
            listed = [
                path.relative_to(self._root).as_posix() for path in self._root.glob(f"{_GENERATED}/*/openapi.json")
            ]
        names = sorted(name for name in listed if re.fullmatch(rf"{_GENERATED}/[^/]+/openapi\.json", name))
        return {name.split("/")[-2]: self.parsed(name) for name in names}

    def parsed(self, name: str) -> dict[str, Any]:
        """A document.

        Raises:
            SpecError: It is damaged.
        """
        try:
            return parsed((self.read(name) or "").encode())
        except SpecError as error:
            raise SpecError(f"{name} of {self._commit or 'this tree'}: {error}") from error

    def classes(self, service: str) -> set[str]:
        """The names that a service's generated models are imported by."""
        listed = (self.read(f"{_GENERATED}/{service}/models/__init__.py") or "").partition("__all__ = (")[2]
        return set(re.findall(r'"(\w+)"', listed))

    def version(self) -> Version:
        """The package's version; 0 where there is no package yet.

        Raises:
            InvalidVersion: The file holds none.
        """
        text = self.read(_VERSION_FILE)
        found = re.search(r"""__version__ = ["']([^"']*)["']""", '__version__ = "0"' if text is None else text)
        if not found:
            raise InvalidVersion(f"{_VERSION_FILE} has no line `__version__ = ...`")
        return Version(found[1])


def base_of(root: Path) -> str:
    """What to compare with if nobody says.

    That is the newest release before this tree; before the first release, the commit that began the version's series.
    If that is the last commit, it has to answer for the series before.

    Raises:
        NothingToCompare: This is no git checkout, or its first commit, or a shallow clone.
        GitError: Git cannot read it.
    """
    if not (root / ".git").exists():
        raise NothingToCompare("this tree is no git checkout")
    head = commit_of(root, "HEAD")
    # A release is compared with the one before; what is changed upon it, with that release.
    is_changed = _git(root, "status", "--porcelain", "--", "specs", _GENERATED, _VERSION_FILE, _CHANGELOG).stdout
    if tag := _release_before(root, "HEAD" if is_changed else "HEAD^"):
        return tag
    if _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true":
        raise NothingToCompare("this clone is shallow: `git fetch --unshallow`")
    begun = _begin_of_series(root, head)
    if begun != head or is_changed:
        return begun
    if _git(root, "rev-parse", "--verify", "--quiet", "HEAD^").returncode:
        raise NothingToCompare("there is no commit before this one")
    return _begin_of_series(root, commit_of(root, "HEAD^"))


def _begin_of_series(root: Path, last: str) -> str:
    series = _series(Revision(root, last).version())
    begun = last
    for commit in _git(root, "log", "--first-parent", "--format=%H", last, "--", _VERSION_FILE).stdout.split():
        if _series(Revision(root, commit).version()) != series:
            break
        begun = commit
    return begun


def _series(version: Version) -> tuple[int, ...]:
    """What does not change as long as nothing breaks."""
    return (version.major, version.minor) if version.major == 0 else (version.major,)


def _release_before(root: Path, commit: str) -> str:
    """The tag of the newest release that a commit has in it; prereleases promise nothing."""
    options = ("--tags", "--abbrev=0", "--match", "v[0-9]*", "--exclude", "v*[a-zA-Z]*")
    return _git(root, "describe", *options, commit).stdout.strip()


def commit_of(root: Path, revision: str) -> str:
    """The commit that a revision means.

    Raises:
        GitError: There is no such revision.
    """
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode:
        said = " ".join(found.stderr.split())
        raise GitError(
            said or f"git knows no revision {revision!r} here: name another, or fetch it (`git fetch --tags`)"
        )
    return found.stdout.strip()


def changes_since(old: Revision, new: Revision) -> dict[str, list[Change]]:
    """What changed in each service's built document, the worst first; services without a change are left out."""
    before, after = old.documents(), new.documents()
    found = {}
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            found[name] = [Change("removed", "service", name, BREAKING, "its client is gone")]
        elif name not in before:
            found[name] = [Change("added", "service", name, SAFE, "its client is new")]
        else:
            changes = changes_between(before[name], after[name])
            defaults = _other_defaults(old, new, f"specs/{name}/openapi.yaml")
            classes = _renamed_classes(old.classes(name), new.classes(name))
            found[name] = [*classes, *(change for change in defaults if change not in changes), *changes]
    return {name: changes for name, changes in found.items() if changes}


def _renamed_classes(old: set[str], new: set[str]) -> list[Change]:
    """Names also hang on generator.yaml, on titles and on the generator itself."""
    why = "it cannot be imported any more"
    return [Change("removed", "class", name, BREAKING, why, name) for name in sorted(old - new)]


def _other_defaults(old: Revision, new: Revision, name: str) -> list[Change]:
    """What is left out means something else then, though overlays take defaults out of what is generated from."""
    before, after = old.read(name), new.read(name)
    if before is None or after is None or before == after:
        return []
    return [change for change in changes_between(old.parsed(name), new.parsed(name)) if change.what == "default"]


def untold(old: Revision, new: Revision, released: Version) -> list[str]:
    """What a tree with a breaking change still lacks.

    Args:
        old: What it breaks.
        new: The tree.
        released: The version that users have.
    """
    lacking = []
    before, after = released, new.version()
    if not is_new_series(before, after):
        part = "minor" if before.major == 0 else "major"
        lacking.append(f"The version is {after}, users have {before}: raise its {part} number in {_VERSION_FILE}.")
    if not _new_lines(old.read(_CHANGELOG) or "", new.read(_CHANGELOG) or "", after):
        lacking.append(
            f"{_CHANGELOG} does not tell it: add a line to `### Changed` or `### Removed` of [Unreleased] or [{after}]."
        )
    return lacking


def is_new_series(before: Version, after: Version) -> bool:
    """Whether a user who holds on to the series of the former version does not get the later one."""
    return after > before and _series(after) != _series(before)


def _new_lines(before: str, after: str, version: Version) -> list[str]:
    known = {line.strip() for line in before.splitlines()}
    release = section = ""
    found = []
    for line in re.sub(r"<!--.*?-->", "", after, flags=re.DOTALL).splitlines():
        if heading := re.match(r"##\s+\[?([^\]\s]+)", line):
            release, section = heading[1].lower(), ""
        elif heading := re.match(r"###\s+(\w+)", line):
            section = heading[1].lower()
        elif release in ("unreleased", str(version)) and re.search(r"\w{2}", line) and line.strip() not in known:
            found += [line] if section in _SECTIONS else []
    return found


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed: install it") from error


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/breaking.py", description=__doc__)
    parser.add_argument(
        "base", nargs="?", default="", help="a git revision; else the newest release, or the begin of the series"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree with generated/")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    try:
        if not root.is_dir():
            raise GitError(f"{root} is no folder")
        # A push of a new branch has only zeros for what was there before.
        base = options.base if options.base.strip("0") else base_of(root)
        commit = commit_of(root, base)
        base = base[:12] if re.fullmatch(r"[0-9a-f]{40}", base) else base
        # What a branch has beyond ours since both parted is not ours to answer for.
        parted = _git(root, "merge-base", commit, "HEAD").stdout.strip()
        old, new = Revision(root, parted or commit), Revision(root)
        changed = changes_since(old, new)
        broken = any(change.impact is BREAKING for changes in changed.values() for change in changes)
        # One new series is enough for all that breaks between two releases.
        tag = _release_before(root, parted or commit)
        released = Revision(root, tag).version() if tag else old.version()
        lacking = untold(old, new, released) if broken else []
    except NothingToCompare as why:
        print(f"skip  nothing to compare with: {why}")
        return 0
    except (GitError, SpecError, InvalidVersion, ValueError) as error:
        print(f"scripts/breaking.py: {error}.", file=sys.stderr)
        return 2
    for name, changes in changed.items():
        print(f"{name}, since {base}:")
        for line in table(changes):
            print(f"  {line}")
    if not changed:
        print(f"ok    no client has changed since {base}")
    elif not broken:
        print(f"ok    nothing breaks its users since {base}")
    elif not lacking:
        print(f"ok    what breaks is told: {released} -> {new.version()}, and {_CHANGELOG} has a line")
    for line in lacking:
        print(f"FAIL  {line}")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(run(main))
