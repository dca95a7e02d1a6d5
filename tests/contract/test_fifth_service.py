"""CONTRIBUTING.md, "A fifth service": steps 1 to 3, done as they are written there, in a tree of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import check
import evidence
import generate
import import_spec
import lint_specs
import pytest
import unasync

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```\w+\n# (\S+)\n(.*?)```", TEXT, re.DOTALL))
PUBLISHED = {
    "openapi": "3.0.3",
    "info": {"title": "Lamps", "version": "7", "description": "The best lamps in town."},
    "servers": [{"url": "https://api.lamps.example"}],
    "paths": {
        "/v1/lamps/{lamp_id}": {
            "get": {
                "operationId": "LampController_find",
                "tags": ["LampController"],
                "description": "Finds you a lamp.",
                "parameters": [{"name": "lamp_id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "Here it is!",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lamp"}}},
                    }
                },
            }
        }
    },
    "components": {
        "securitySchemes": {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-KEY"}},
        "schemas": {
            "Lamp": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "string"}, "lit_at": {"type": "string", "format": "date-time"}},
            }
        },
    },
}
# A server that knows one lamp, and both faces of the client asking it.
PROGRAM = """
import asyncio, json, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
import safelight

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        well = self.headers["X-API-KEY"] == "key" and self.path == "/v1/lamps/l1"
        self.send_response(200 if well else 404)
        self.end_headers()
        self.wfile.write(json.dumps({"id": "l1", "lit_at": "2026-01-02T03:04:05"} if well else {}).encode())
    def log_message(self, *_):
        pass

async def ask(url):
    async with safelight.AsyncLamps("key", base_url=url) as lamps:
        return await lamps.lamp("l1")

with HTTPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with safelight.Lamps("key", base_url=url) as lamps:
        lamp = lamps.lamp("l1")
        try:
            lamps.lamp("l2")
        except safelight.NotFound as error:
            print(error.status)
    print(lamp == asyncio.run(ask(url)), lamp.id, lamp.lit_at.isoformat(), type(lamp).__module__, sep="\\n")
    server.shutdown()
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with the wrapper and without services, to which the fifth is added."""
    monkeypatch.setitem(unasync.NAMES, "AsyncLamps", "Lamps")
    shutil.copytree(ROOT / "wrapper", tmp_path / "wrapper", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "lamps.json").write_text(json.dumps(PUBLISHED), encoding="utf-8")
    (tmp_path / "docs").mkdir()
    return tmp_path


def export(tree: Path) -> None:
    """Add the names to the package's registers, as step 3 says."""
    face = tree / "wrapper/safelight/__init__.py"
    text = face.read_text(encoding="utf-8")
    homes = '    "AsyncLamps": "safelight._async.lamps",\n    "Lamps": "safelight._sync.lamps",\n'
    for register, lines in {"__all__ = [\n": '    "AsyncLamps",\n    "Lamps",\n', "_HOMES = {\n": homes}.items():
        assert text.count(register) == 1
        text = text.replace(register, register + lines)
    face.write_text(text, encoding="utf-8")


def test_a_client_is_made_of_a_published_document_and_asks_its_service(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--root", str(tree)]
    assert import_spec.main(["lamps", str(tree / "lamps.json"), *root]) == 0
    assert "Next: write specs/lamps/overlay.yaml" in capsys.readouterr().out
    assert set(BLOCKS) == {"specs/lamps/overlay.yaml", "wrapper/safelight/_async/lamps.py"}
    for path, text in BLOCKS.items():
        (tree / path).write_text(text, encoding="utf-8")
    export(tree)
    for command in (lint_specs, generate, unasync, evidence, check):
        assert command.main(root) == 0, capsys.readouterr()
    assert "FAIL" not in capsys.readouterr().out
    assert "| [lamps](#lamps) | 1 / 0 / 0 | 2 / 0 / 0 | 1 / 0 / 0 | 1 / 0 / 1 | 1 |" in (
        tree / evidence.PAGE
    ).read_text(encoding="utf-8")
    asked = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tree / "wrapper"), str(tree / "generated")])},
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    lamp = ["404", "True", "l1", "2026-01-02T03:04:05+00:00", "safelight_api.lamps.models.lamp"]
    assert (asked.stdout.splitlines(), asked.stderr) == (lamp, "")


def test_the_blocks_of_the_document_are_in_order(tree: Path) -> None:
    path = "wrapper/safelight/_async/lamps.py"
    (tree / path).write_text(BLOCKS[path], encoding="utf-8")
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    for arguments in (["check", "--quiet", "--no-cache"], ["format", "--check", "--quiet", "--no-cache"]):
        ran = subprocess.run([*ruff, *arguments, path], cwd=tree, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_file_that_the_document_names_is_there() -> None:
    named = set(re.findall(r"`([\w./]+/[\w.]+\.(?:json|md|py|yaml|yml))`", TEXT))
    there = {path for path in named if (ROOT / path).exists() or (ROOT / "wrapper/safelight" / path).exists()}
    assert {path for path in named - there if "lamps" not in path} == set()
    assert len(there) > 10
