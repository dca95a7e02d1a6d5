"""Make `wrapper/safelight/_sync` from `wrapper/safelight/_async`: the blocking twins of the async files."""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import token
import tokenize
from collections.abc import Iterator, Mapping
from io import StringIO
from itertools import accumulate
from pathlib import Path

from terminal import run

NAMES = {
    "AsyncAnalysis": "Analysis",
    "AsyncAuxImage": "AuxImage",
    "AsyncBaseTransport": "BaseTransport",
    "AsyncByteStream": "SyncByteStream",
    "AsyncCaptureUpload": "CaptureUpload",
    "AsyncCaptureWait": "CaptureWait",
    "AsyncClient": "Client",
    "AsyncConversion": "Conversion",
    "AsyncEnhancedImage": "EnhancedImage",
    "AsyncEnhancement": "Enhancement",
    "AsyncGenerator": "Generator",
    "AsyncHTTPTransport": "HTTPTransport",
    "AsyncHautAI": "HautAI",
    "AsyncImmersity": "Immersity",
    "AsyncInputs": "Inputs",
    "AsyncIterable": "Iterable",
    "AsyncIterator": "Iterator",
    "AsyncJob": "Job",
    "AsyncLanes": "Lanes",
    "AsyncLeiaPix": "LeiaPix",
    "AsyncLetsEnhance": "LetsEnhance",
    "AsyncPictures": "Pictures",
    "AsyncPipelineJob": "PipelineJob",
    "AsyncPortraits": "Portraits",
    "AsyncRemoteFile": "RemoteFile",
    "AsyncResult": "Result",
    "AsyncRetryingTransport": "RetryingTransport",
    "AsyncService": "Service",
    "AsyncSharedQuestion": "SharedQuestion",
    "AsyncStorage": "Storage",
    "AsyncTeleport": "Teleport",
    "AsyncVideoJob": "VideoJob",
    "PerLoop": "Once",
    "TaskBell": "ThreadBell",
    "TaskCaller": "ThreadCaller",
    "TaskPlaces": "ThreadPlaces",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "_async": "_sync",
    "aclose": "close",
    "aclosing": "closing",
    "async_sleep": "sleep",
    "asyncio": "threading",
    "each_in_tasks": "each_in_threads",
    "handle_async_request": "handle_request",
    "in_task": "in_background",
    "new_async_client": "new_client",
    "run_in_thread": "run_here",
    "set_async_httpx_client": "set_httpx_client",
}
"""What each name of the async files is called in the blocking ones. One that no file uses is an error."""

UNWRAPPED = frozenset({"Awaitable"})
"""Generics of which only the argument is left: `Awaitable[T]` becomes `T`. One that no file uses is an error."""

ROOT = Path(__file__).resolve().parent.parent
_SOURCE = "wrapper/safelight/_async"
_TARGET = "wrapper/safelight/_sync"
_MEND = "run `make generate` (or `python scripts/unasync.py`)"
_AWAIT_IN_PROSE = re.compile(r"\basync (?=(?:with|for|def)\b)|\bawait (?=[\w.]+\()")
_ASYNC_NAME = re.compile(
    r"async|^(?:aclose|aiter|anext|aread|awrite)$|^__a(?:enter|exit|iter|next|wait)__$", re.IGNORECASE
)
_FSTRING_START = getattr(token, "FSTRING_START", None)
_FSTRING_END = getattr(token, "FSTRING_END", None)

Edit = tuple[int, int, str]


class UnasyncError(Exception):
    """An async file or the table of names has to be mended; the message says which and how."""


def made_files(
    root: Path = ROOT, *, names: Mapping[str, str] = NAMES, unwrapped: frozenset[str] = UNWRAPPED
) -> dict[str, str]:
    """The blocking files, by their names, as the async files below `root` make them.

    Raises:
        UnasyncError: A file cannot be translated, or something in a table is used by no file.
    """
    used: set[str] = set()
    made = {}
    for path in sorted((root / _SOURCE).glob("*.py")):
        source = path.read_text(encoding="utf-8")
        try:
            translated = translate(source, names=names, unwrapped=unwrapped, used=used)
        except UnasyncError as error:
            raise UnasyncError(f"{_SOURCE}/{path.name}, {error}") from error
        head = f"# Made from {_SOURCE}/{path.name} by scripts/unasync.py: edit that file, then run that script.\n"
        made[path.name] = _formatted(head + translated, path, root)
    if not made:
        raise UnasyncError(f"{_SOURCE} has no files: nothing can be made of it.")
    if unused := sorted((names.keys() | unwrapped) - used):
        raise UnasyncError(
            f"no file of {_SOURCE} uses {', '.join(unused)}: remove that from the tables in scripts/unasync.py."
        )
    return made


def translate(
    source: str,
    *,
    names: Mapping[str, str] = NAMES,
    unwrapped: frozenset[str] = UNWRAPPED,
    used: set[str] | None = None,
) -> str:
    """The blocking twin of an async module's source, not yet formatted.

    Names are replaced where they are names, in docstrings, and in strings that are nothing but the name.

    Args:
        source: The module.
        names: The names to replace.
        unwrapped: The generics to unwrap.
        used: Gets the names and generics that were found.

    Raises:
        UnasyncError: The source has an async name that is in no table, or one in an f-string.
    """
    used = set() if used is None else used
    tree = ast.parse(source)
    _refuse_async_in_fstrings(tree, names.keys() | unwrapped)
    lines = source.splitlines(keepends=True)
    starts = list(accumulate((len(line) for line in lines), initial=0))
    edits = _edits(source, starts, _docstring_lines(tree), names, unwrapped, used)
    for start, end, replacement in sorted(edits, reverse=True):
        source = source[:start] + replacement + source[end:]
    return source


def write(root: Path = ROOT) -> list[str]:
    """Write the blocking files, and remove those that have no source any more.

    Returns:
        The names of the files that are different now.

    Raises:
        UnasyncError: As `made_files`.
    """
    made = made_files(root)
    target = root / _TARGET
    target.mkdir(exist_ok=True)
    changed = []
    for name in stale(root, made):
        changed.append(name)
        if name in made:
            (target / name).write_text(made[name], encoding="utf-8", newline="\n")
        else:
            (target / name).unlink()
    return changed


def stale(root: Path, made: Mapping[str, str]) -> list[str]:
    """The names of the blocking files below `root` that are missing, different, or have no source."""
    there = {path.name: path.read_bytes() for path in (root / _TARGET).glob("*.py")}
    wanted = {name: text.encode() for name, text in made.items()}
    return sorted(name for name in there.keys() | wanted.keys() if wanted.get(name) != there.get(name))


def check(root: Path = ROOT) -> list[str]:
    """What is wrong with the blocking files below `root`; each complaint says which command mends it."""
    try:
        made = made_files(root)
    except UnasyncError as error:
        return [f"{error} Then {_MEND}."]
    return [
        f"{_TARGET}/{name} is not what {_SOURCE}/{name} makes: {_MEND}."
        if name in made
        else f"{_TARGET}/{name} has no {_SOURCE}/{name}: {_MEND}; that removes it."
        for name in stale(root, made)
    ]


def _edits(
    source: str,
    starts: list[int],
    docstrings: set[int],
    names: Mapping[str, str],
    unwrapped: frozenset[str],
    used: set[str],
) -> Iterator[Edit]:
    tokens = list(tokenize.generate_tokens(StringIO(source).readline))
    in_names = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b") if names else None
    fstring_depth = 0

    def replaced(match: re.Match[str]) -> str:
        used.add(match[0])
        return names[match[0]]

    for index, item in enumerate(tokens):
        start, end = _offset(starts, item.start), _offset(starts, item.end)
        fstring_depth += (item.type == _FSTRING_START) - (item.type == _FSTRING_END)
        if fstring_depth:
            continue
        if item.type == token.STRING and item.start[0] in docstrings and _begins_its_line(item):
            text = in_names.sub(replaced, item.string) if in_names else item.string
            text = _AWAIT_IN_PROSE.sub("", text)
        elif item.type == token.STRING:
            text = _replaced_whole(item.string, names, used)
        elif item.type != token.NAME:
            continue
        elif item.string in ("async", "await"):
            # With the space behind it, so that `await (x)` and `await x` both end up tidy.
            following = tokens[index + 1]
            text, end = "", _offset(starts, following.start) if following.start[0] == item.start[0] else end
        elif item.string in unwrapped:
            used.add(item.string)
            if tokens[index + 1].string == "[":
                yield from _unwrapping(tokens, index, starts)
            continue
        elif item.string in names:
            used.add(item.string)
            text = names[item.string]
        elif _ASYNC_NAME.search(item.string):
            raise UnasyncError(
                f"line {item.start[0]}: what is {item.string!r} in the blocking twin? "
                "Add it to NAMES in scripts/unasync.py."
            )
        else:
            continue
        if text != source[start:end]:
            yield start, end, text


def _unwrapping(tokens: list[tokenize.TokenInfo], index: int, starts: list[int]) -> Iterator[Edit]:
    opening = index + 1
    yield _offset(starts, tokens[index].start), _offset(starts, tokens[opening].end), ""
    depth = 0
    for item in tokens[opening:]:
        depth += (item.string == "[") - (item.string == "]")
        if depth == 0:
            yield _offset(starts, item.start), _offset(starts, item.end), ""
            return


def _replaced_whole(literal: str, names: Mapping[str, str], used: set[str]) -> str:
    match = re.fullmatch(r"(['\"])(\w+)\1", literal)
    if not match or match[2] not in names:
        return literal
    used.add(match[2])
    return f"{match[1]}{names[match[2]]}{match[1]}"


def _offset(starts: list[int], position: tuple[int, int]) -> int:
    return starts[min(position[0] - 1, len(starts) - 1)] + position[1]


def _begins_its_line(item: tokenize.TokenInfo) -> bool:
    return not item.line[: item.start[1]].strip()


def _docstring_lines(tree: ast.Module) -> set[int]:
    """The lines on which docstrings begin, those of attributes included."""
    statements = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return {node.lineno for node in statements if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _refuse_async_in_fstrings(tree: ast.Module, words: frozenset[str] | set[str]) -> None:
    # Whether tokenize sees into f-strings depends on Python's version; the outcome must not.
    for literal in (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)):
        for node in ast.walk(literal):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if isinstance(node, ast.Await) or name in words:
                raise UnasyncError(
                    f"line {literal.lineno}: {name or 'await'} in an f-string: take it out into a variable."
                )


def _ruff() -> str:
    try:
        from ruff.__main__ import find_ruff_bin
    except ModuleNotFoundError as error:
        raise UnasyncError("ruff is not installed here: run `make generate`, which sets everything up.") from error
    return find_ruff_bin()


def _formatted(text: str, source: Path, root: Path) -> str:
    # As if it were the async file: its twin need not be there yet, and ruff looks at the packages around it.
    place = ["--stdin-filename", str(source), "--no-cache", "--quiet", "-"]
    # UP028: without `async` a loop that only yields can be a `yield from`.
    mend = ["check", "--select", "F401,I,UP028", "--unsafe-fixes", "--fix-only", *place]
    for command in (mend, ["format", *place]):
        run = subprocess.run([_ruff(), *command], input=text, capture_output=True, text=True, check=False, cwd=root)
        if run.returncode:
            raise UnasyncError(f"{_SOURCE}/{source.name}: ruff refuses what is made of it: {run.stderr.strip()}")
        text = run.stdout
    return text


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/unasync.py", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if something would have to be written"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree with wrapper/")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    if options.check:
        complaints = check(root)
        for complaint in complaints:
            print(f"scripts/unasync.py: {complaint}", file=sys.stderr)
        return 1 if complaints else 0
    try:
        changed = write(root)
    except UnasyncError as error:
        print(f"scripts/unasync.py: {error}", file=sys.stderr)
        return 1
    print(f"{_TARGET}: {', '.join(changed) + ' made anew' if changed else 'unchanged'}")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
