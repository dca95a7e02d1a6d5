"""The sandbox as an extra: what pytest loads of it in every run, and what is said where it is not installed."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx
import pytest

from safelight.sandbox import Sandbox

WITHOUT_THE_EXTRA = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"starlette", "uvicorn", "jsonschema", "PIL", "h11", "av"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
"""


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_without_the_extra_the_error_names_the_command() -> None:
    run = python(
        WITHOUT_THE_EXTRA
        + """
import safelight.sandbox.fixture
from safelight.errors import ConfigError
try:
    from safelight.sandbox import Sandbox
except ImportError as error:
    assert isinstance(error, ConfigError)
    print(error)
"""
    )
    assert 'pip install "safelight[sandbox]"' in run.stdout, run.stderr


def test_codecs_that_are_not_there_are_missed_before_they_are_needed() -> None:
    code = WITHOUT_THE_EXTRA.replace('{"starlette", "uvicorn", "jsonschema", "PIL", "h11", "av"}', '{"av"}')
    run = python(code + "from safelight.sandbox import Sandbox")
    assert 'MissingExtra: the sandbox needs the module av: pip install "safelight[sandbox]"' in run.stderr


def test_codecs_are_loaded_only_when_a_video_is_made() -> None:
    run = python("import sys; from safelight.sandbox import Sandbox; Sandbox().close(); print('av' in sys.modules)")
    assert run.stdout.strip() == "False", run.stderr


def test_another_missing_module_is_not_blamed_on_the_extra() -> None:
    run = python(WITHOUT_THE_EXTRA.replace('"starlette"', '"tempfile"') + "from safelight.sandbox import Sandbox")
    assert "ModuleNotFoundError: No module named 'tempfile'" in run.stderr
    assert "pip install" not in run.stderr


def test_the_plugin_loads_nothing_heavy() -> None:
    code = """
import sys, pytest
before = set(sys.modules)
import safelight.sandbox.fixture
print(sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    run = python(code)
    assert run.stdout.strip() == "['safelight']", run.stderr


def test_the_package_has_no_other_names() -> None:
    run = python("import safelight.sandbox; print(dir(safelight.sandbox)); safelight.sandbox.Nonsense")
    assert "'Sandbox'" in run.stdout
    assert "AttributeError: module 'safelight.sandbox' has no attribute 'Nonsense'" in run.stderr


def test_the_fixture_leads_the_environment_to_a_sandbox_of_its_own(safelight_sandbox: Sandbox) -> None:
    assert {name: os.environ[name] for name in safelight_sandbox.env} == safelight_sandbox.env
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["TELEPORT_CLIENT_ID"],
        "client_secret": os.environ["TELEPORT_CLIENT_SECRET"],
    }
    assert httpx.post(os.environ["TELEPORT_TOKEN_URL"], data=form).status_code == 200


def test_the_environment_leads_every_client_here() -> None:
    with Sandbox() as sandbox:
        env = sandbox.env
    accounts = {
        f"{service}_{name}"
        for service in ("TELEPORT", "IMMERSITY", "LEIAPIX")
        for name in ("BASE_URL", "TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET")
    }
    hautai = {f"HAUTAI_{name}" for name in ("BASE_URL", "USERNAME", "PASSWORD", "DATASET_ID")}
    store = {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "SAFELIGHT_STORAGE"}
    others = {"LETSENHANCE_BASE_URL", "LETSENHANCE_API_KEY", "TELEPORT_WEBHOOK_SECRET"}
    assert set(env) == accounts | store | hautai | others
    assert {value for name, value in env.items() if name.endswith("BASE_URL")} == {sandbox.base_url}
    assert len({env[name] for name in accounts if name.endswith(("_ID", "_SECRET"))}) == 6


def test_a_taken_port_is_an_error_and_nothing_stays_open() -> None:
    with Sandbox() as sandbox:
        port = int(sandbox.base_url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            Sandbox(port=port)


def test_fixed_ports_are_kept() -> None:
    with Sandbox() as first:
        port, storage_port = (int(url.rpartition(":")[2]) for url in (first.base_url, first.storage_url))
    with Sandbox(port=port, storage_port=storage_port) as second:
        assert (second.base_url, second.storage_url) == (first.base_url, first.storage_url)


def test_a_sandbox_that_never_ran_can_be_closed() -> None:
    sandbox = Sandbox()
    sandbox.close()
    with Sandbox(port=int(sandbox.base_url.rpartition(":")[2])) as again:
        assert again.base_url == sandbox.base_url


def test_chunks_have_a_size() -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        Sandbox(chunk_size=0)
