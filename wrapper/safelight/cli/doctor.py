"""`safelight doctor`: what works here, and what does not. Never prints a value that could be secret."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from safelight._version import __version__
from safelight.cli.accounts import HAUTAI, IMMERSITY, LEIAPIX, LETSENHANCE, TELEPORT, Account
from safelight.cli.checks import Check
from safelight.cli.output import CREDENTIALS, DONE, FAILED, Line, Output, columns, for_terminals, on_terminal
from safelight.errors import AuthError, ConfigError, NotFound, SafelightError, TransferError
from safelight.transfer.progress import human_bytes

if TYPE_CHECKING:
    from safelight.storage import Storage

_SECONDS = 10.0
_LITTLE_SPACE = 10**9
_EXTRAS = {
    "haut": ("PIL",),
    "sandbox": ("PIL", "av", "jsonschema", "starlette", "uvicorn"),
    "server": ("uvicorn",),
    "storage": ("obstore",),
}
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_SIGNS = {"ok": ("✓", "green"), "note": ("•", "yellow")}
_BAD = ("✗", "red")


@attrs.frozen
class Service:
    """What there is to check about a service.

    Attributes:
        name: Its name.
        account: The environment variables that it needs.
        base_url: The environment variable of its address.
        default_base_url: Its usual address.
        ask: Makes one harmless request with the credentials; what it found.
        is_legacy: Whether nobody new uses it.
    """

    name: str
    account: Account
    base_url: str
    default_base_url: str
    ask: Callable[[], str]
    is_legacy: bool = False

    @property
    def is_used(self) -> bool:
        """Whether any of its credentials are set."""
        return bool(self.account.given)


def _ask_teleport() -> str:
    from safelight import Teleport

    with Teleport(timeout=_SECONDS, max_retries=0) as teleport:
        newest = next(iter(teleport.captures()), None)
    return "a token was given, and the list of captures " + ("is empty" if newest is None else "can be read")


def _ask_immersity(kind: str) -> str:
    import safelight

    with getattr(safelight, kind)(storage=_no_storage(), timeout=_SECONDS, max_retries=0) as service:
        service.prices()
    return "a token was given, and the prices can be read"


def _ask_letsenhance() -> str:
    from safelight import LetsEnhance

    with LetsEnhance(storage=_no_storage(), timeout=_SECONDS, max_retries=0) as service:
        service.usage()
    return "the key is accepted, and the usage can be read"


def _ask_hautai() -> str:
    from safelight import HautAI

    with HautAI(timeout=_SECONDS, max_retries=0) as haut:
        try:
            newest = next(iter(haut.subjects()), None)
        except NotFound as error:
            raise ConfigError(f"check HAUTAI_DATASET_ID, and HAUTAI_COMPANY_ID if it is set: {error}") from error
    return "the credentials are accepted, and the dataset " + ("has no subjects" if newest is None else "can be read")


def _no_storage() -> Storage:
    """One that is not used: the environment's is looked at by itself."""
    from safelight.storage import Storage

    return Storage("s3://unused")


SERVICES = (
    Service("teleport", TELEPORT, "TELEPORT_BASE_URL", "https://teleport.varjo.com", _ask_teleport),
    Service(
        *("immersity", IMMERSITY, "IMMERSITY_BASE_URL", "https://api.immersity.ai"),
        partial(_ask_immersity, "Immersity"),
    ),
    Service(
        *("leiapix", LEIAPIX, "LEIAPIX_BASE_URL", "https://api.leiapix.com"),
        partial(_ask_immersity, "LeiaPix"),
        is_legacy=True,
    ),
    Service("letsenhance", LETSENHANCE, "LETSENHANCE_BASE_URL", "https://api.letsenhance.io", _ask_letsenhance),
    Service("hautai", HAUTAI, "HAUTAI_BASE_URL", "https://saas.haut.ai", _ask_hautai),
)


def examine(output: Output) -> int:
    """Check everything, tell it, and return the exit code."""
    from safelight.cli.storage_check import check_storage

    checks = [*_installation(), *_services(), *check_storage(), *_machine()]
    code = verdict(checks)
    document = {"version": __version__, "ok": code == DONE, "checks": [attrs.asdict(check) for check in checks]}
    output.result(document, *_table(checks))
    return code


def verdict(checks: list[Check]) -> int:
    """The exit code: credentials are told apart from everything else, as they are mended elsewhere."""
    found = {check.status for check in checks}
    if found & {"missing", "refused"}:
        return CREDENTIALS
    return FAILED if "failed" in found else DONE


def _table(checks: list[Check]) -> list[Line]:
    rows = []
    for check in checks:
        sign, style = _SIGNS.get(check.status, _BAD)
        shown = sign if on_terminal(sys.stdout) else check.status
        rows.append([(shown, style), (check.name, "bold"), (check.detail, "")])
    return columns(rows)


def _installation() -> Iterator[Check]:
    yield Check("safelight", "ok", f"{__version__}, Python {platform.python_version()}, {platform.system()}")
    absent = {
        extra: missing
        for extra, modules in _EXTRAS.items()
        if (missing := [module for module in modules if find_spec(module) is None])
    }
    yield Check("extras", "ok", f"installed: {', '.join(['cli', *sorted({*_EXTRAS} - {*absent})])}")
    for extra, missing in absent.items():
        yield Check(f"extra {extra}", "note", f'{", ".join(missing)} not installed: pip install "safelight[{extra}]"')


def _services() -> Iterator[Check]:
    """Each service that is used; where there is none, all of them, as nobody knows which one it is to be."""
    used = [service for service in SERVICES if service.is_used]
    for service in SERVICES:
        if service in used or not (used or service.is_legacy):
            yield from _service(service)
        elif not service.is_legacy:
            detail = f"not set: {', '.join(service.account.variables)}; only {service.account.service} needs them"
            yield Check(f"{service.name} credentials", "note", detail)


def _service(service: Service) -> Iterator[Check]:
    missing = service.account.missing
    if missing:
        yield Check(f"{service.name} credentials", "missing", f"not set: {', '.join(missing)}")
    else:
        yield Check(f"{service.name} credentials", "ok", f"set: {', '.join(service.account.given)}")
    reached = _reach(service)
    yield reached
    if not missing and reached.status == "ok":
        yield _asked(service)


def _reach(service: Service) -> Check:
    """Whether anything answers at the service's address, whatever it says."""
    import urllib.error
    import urllib.request
    from http.client import HTTPException
    from urllib.parse import urlsplit

    from safelight.config import address
    from safelight.transport import tls_context

    name = f"{service.name} address"
    try:
        url = address(None, "base_url", service.base_url, service.default_base_url)
    except ConfigError as error:
        return Check(name, "failed", for_terminals(str(error)))
    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    begun = time.monotonic()
    try:
        request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - `address` lets http and https pass only
        context = tls_context() if parts.scheme == "https" else None
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=_SECONDS, context=context).close()  # noqa: S310 - likewise
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        return Check(name, "failed", f"{shown} cannot be reached: {reason}. Check the network and {service.base_url}.")
    return Check(name, "ok", f"{shown} answers in {time.monotonic() - begun:.2f} s")


def _asked(service: Service) -> Check:
    name = f"{service.name} access"
    try:
        return Check(name, "ok", service.ask())
    except AuthError as error:
        return Check(name, "refused", for_terminals(str(error)))
    except SafelightError as error:
        return Check(name, "failed", for_terminals(str(error)))


def _machine() -> Iterator[Check]:
    from safelight.transfer.journal import state_folder
    from safelight.transfer.places import private_folder

    if proxies := sorted(name for name in os.environ if name.lower() in _PROXIES and os.environ[name]):
        yield Check("proxies", "note", f"set: {', '.join(proxies)}")
    folder = state_folder()
    try:
        private_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        advice = "set SAFELIGHT_STATE_DIR to a folder that can be written"
        yield Check("state folder", "failed", f"{folder}: {error.strerror or error}; {advice}")
        return
    yield Check("state folder", "ok", f"{folder} can be written")
    for place, path in (("state folder", folder), ("current folder", Path.cwd())):
        free = shutil.disk_usage(path).free
        yield Check(f"{place} space", "ok" if free >= _LITTLE_SPACE else "note", f"{human_bytes(free)} free")
    yield from _interrupted_uploads(folder)


def _interrupted_uploads(folder: Path) -> Iterator[Check]:
    from safelight.transfer.journal import Journal

    for path in sorted(folder.glob("*.sqlite")):
        try:
            journal = Journal(path.stem, folder)
        except TransferError as error:
            yield Check("upload", "note", str(error))
            continue
        try:
            entry = journal.entry
        finally:
            journal.close()
        if entry:
            begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.started))
            detail = f"of {begun}, {len(entry.etags)} parts are safe: upload the same file again to go on"
            yield Check("interrupted upload", "note", f"{entry.job_id or 'not created yet'}, {detail}")
