"""The tools that look after this repository: they find what they are for, and are quiet about the rest."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import find_secrets
import pytest
import sbom

ROOT = Path(__file__).resolve().parents[2]

# Put together here, so that this file holds none.
KEYS = {
    "AWS": "AKIA" + "QXZ7RT4NVLW2PB5K",
    "GitHub": "ghp_" + "R8sT2vXyZ4bC6dE1fG3hJ5kL7mN9pQ0wU2aB",
    "Slack": "xoxb-" + "123456789012-123456789012-" + "Ab3dEf6hIj9lMn2pQr5tUv8x",
    "a token": "eyJhbGciOiJSUzI1NiJ9." + "eyJzdWIiOiI0MjQyIn0." + "c2lnbmF0dXJlLXdpdGgtYml0cw",
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
}
GUESSED = {
    "a password": "password = " + '"' + "hunter2-Wq8!zR" + '"',
    "an API key": "api_key: " + '"' + "Zx81mQpR77aLkfv02" + '"',
    "bits in hex": "digest = " + '"' + "9f86d081884c7d659a2feaa0c55ad015" + "a3bf4f1b2b0b822cd15d6c15b0f00a08" + '"',
}
PLACES = ["wrapper/safelight/new.py", "tests/cassettes/teleport/new.yaml", "tests/unit/test_new.py", "docs/new.md"]


def looked_at(root: Path, name: str, line: str) -> list[str]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# a file\n{line}\n", encoding="utf-8")
    return list(find_secrets.found_in([name], root))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KEYS)
def test_a_secret_of_a_known_form_is_found_everywhere(tmp_path: Path, place: str, kind: str) -> None:
    found = looked_at(tmp_path, place, f'value: "{KEYS[kind]}"')
    assert {line.rpartition(":")[0] for line in found} == {f"{place}:2"}
    assert KEYS[kind] not in "".join(found)


@pytest.mark.parametrize("kind", GUESSED)
def test_what_looks_like_a_secret_is_found_but_in_the_code_of_tests(tmp_path: Path, kind: str) -> None:
    for place in ("wrapper/safelight/new.py", "tests/cassettes/teleport/new.yaml"):
        assert looked_at(tmp_path, place, GUESSED[kind])
    assert not looked_at(tmp_path, "tests/unit/test_new.py", GUESSED[kind])


def test_a_line_may_say_that_it_holds_none(tmp_path: Path) -> None:
    assert not looked_at(tmp_path, PLACES[0], f'x = "{KEYS["AWS"]}"  # pragma: allowlist secret')


def test_the_command_tells_where_and_fails(tmp_path: Path) -> None:
    name = "docs/of-a-test-that-died.md"
    planted = ROOT / name
    try:
        planted.write_text(KEYS["AWS"], encoding="utf-8")
        command = [sys.executable, str(ROOT / "scripts/find_secrets.py"), name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        planted.unlink()
    assert done.returncode == 1
    assert done.stdout == f"{name}:1: AWS Access Key\n"
    assert done.stderr.startswith("1 may be secrets.")


def test_every_exception_from_the_rules_of_security_says_why() -> None:
    files = [path for folder in ("wrapper", "scripts", "benchmarks", "tests") for path in (ROOT / folder).rglob("*.py")]
    bare = re.compile(r"#\s*noqa:\s*(?:\w+,\s*)*S\d+(?:,\s*\w+)*\s*$", re.MULTILINE)
    code = {path: path.read_text(encoding="utf-8") for path in files if "node_modules" not in path.parts}
    assert [str(path) for path, text in code.items() if bare.search(text)] == []


def wheel(folder: Path, *requires: str, extras: tuple[str, ...] = ()) -> Path:
    path = folder / "thing-1.0-py3-none-any.whl"
    told = ["Metadata-Version: 2.4", "Name: thing", "Version: 1.0", "Summary: A thing", "License-Expression: MIT"]
    told += [f"Provides-Extra: {extra}" for extra in extras] + [f"Requires-Dist: {one}" for one in requires]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("thing-1.0.dist-info/METADATA", "\n".join([*told, "", "What it is."]))
    return path


def test_a_bill_has_all_that_is_pulled_in_by_whatever_extra(tmp_path: Path) -> None:
    made = wheel(
        tmp_path,
        "httpx>=0.28",
        'rich>=13; extra == "cli"',
        'colorama>=1; sys_platform == "win32"',
        extras=("cli",),
    )
    found = sbom.pulled_in(sbom.metadata_of(made))
    assert {"httpx", "httpcore", "h11", "certifi", "anyio", "idna", "rich", "pygments", "markdown-it-py"} <= set(found)
    assert not {"colorama", "pytest", "thing", "brotli", "socksio"} & set(found)
    assert found["httpx"].version == metadata.version("httpx")


def test_a_bill_is_of_what_was_tested_or_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(sbom.Unusable, match="thing-that-is-nowhere is not installed"):
        sbom.pulled_in(sbom.metadata_of(wheel(tmp_path, "thing-that-is-nowhere")))
    with pytest.raises(sbom.Unusable, match=r"httpx<0\.1 is wanted"):
        sbom.pulled_in(sbom.metadata_of(wheel(tmp_path, "httpx<0.1")))
    (tmp_path / "x.whl").write_bytes(b"PK")
    with pytest.raises(sbom.Unusable, match="is no wheel"):
        sbom.metadata_of(tmp_path / "x.whl")


def test_the_workflow_of_a_release_attaches_the_bill() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    assert "run: make sbom" in text
    assert text.index("path: sbom/") < text.index("gh release create")
