"""Record what a service answers to a small scenario as `tests/cassettes/<service>/`, without secrets.

Against a sandbox, or with --live against the real service, with the credentials in the environment.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

try:
    import attrs
    from cassettes import recording, write
    from PIL import Image
    from scrubbing import NAMES, CassetteError

    from safelight import AuthError, ConfigError, HautAI, Immersity, LeiaPix, LetsEnhance, SafelightError, Teleport
    from safelight.clock import SYSTEM_CLOCK, Clock
    from safelight.letsenhance import Marketplace
    from safelight.sandbox import Sandbox, SandboxClock
    from safelight.transport import new_transfer_client, presigned_request
except ModuleNotFoundError as error:
    sys.exit(f"scripts/record.py: {error.name} is not installed here: `make record` sets everything up.")

from terminal import run

CASSETTES = Path(__file__).resolve().parent.parent / "tests" / "cassettes"
PICTURE = "https://letsenhance.io/docs/assets/samples/burger.jpg"
"""The picture of Let's Enhance's own documentation: 900 x 600 pixels, at an address that anybody can read."""

SANDBOX, STORAGE = "http://sandbox.test", "http://storage.sandbox.test"
"""What the sandbox's addresses become in a cassette: the real ones are others each time."""

_FILE = b"no video\n"
_CREDENTIALS, _FAILED, _INTERRUPTED = 3, 1, 130
_SENSITIVE = "_?(ID|SECRET|KEY|TOKEN|USERNAME|PASSWORD)"


def teleport(client: Any, _picture: str, _folder: Path) -> None:
    """A capture that never gets its video: made, renamed, listed and deleted."""
    from safelight_api.teleport.api.captures import create_capture, create_upload_url, list_captures
    from safelight_api.teleport.models import NewCaptureInput, NewCaptureOutput, RecreateCaptureUploadUrls
    from safelight_api.teleport.models import UploadUrlOutput as UploadUrl

    # `upload` would complete it, and the service would begin to work; `captures` would read all of the account's.
    wanted = NewCaptureInput(name=NAMES[0], bytesize=len(_FILE), input_data_format="video")
    eid = client._call(create_capture, NewCaptureOutput, repeatable=False, body=wanted).eid
    try:
        part = RecreateCaptureUploadUrls(eid=eid, bytesize=len(_FILE))
        url = client._call(create_upload_url, UploadUrl, eid=eid, part_no=1, body=part).upload_url
        with new_transfer_client(None, connections=1) as http:
            http.send(presigned_request(http, "PUT", url, content=_FILE)).raise_for_status()
        client.rename(eid, NAMES[1])
        client._call(list_captures, list, limit=1)
    finally:
        client.delete(eid)


def immersity(client: Any, picture: str, folder: Path) -> None:
    """The prices, an address to upload to, and a depth map of a picture."""
    client.prices()
    client.upload_url(file_name="myFile.jpg", media_type="image/jpeg")
    client.disparity(picture).save(folder / "depth.png")


def letsenhance(client: Any, picture: str, folder: Path) -> None:
    """The usage, and one pipeline of a picture until its result."""
    client.usage()
    job = client.submit(picture, Marketplace(width=90, height=60, restoration_level=4, image_format="JPEG", quality=75))
    for image in job.result():
        image.save(folder / "enhanced.jpg")


def hautai(client: Any, _picture: str, _folder: Path) -> None:
    """A login, and the first subject of the dataset."""
    from safelight_api.hautai.api.images import list_subjects

    # `subjects` would read the names of them all.
    client._call(list_subjects, object, company_id=client._company, dataset_id=client._dataset_id(), limit=1)


@attrs.frozen
class Scenario:
    """What is recorded of a service.

    Attributes:
        client: The class of the client.
        play: What is done with it: with the address of a picture, and a folder for results.
        does: In words.
        costs: Likewise, with the real service.
        leaves: Likewise.
    """

    client: Callable[..., Any]
    play: Callable[[Any, str, Path], None]
    does: str
    costs: str
    leaves: str


_DEPTH = Scenario(
    Immersity,
    immersity,
    "asks for the prices and for an upload address, and has a depth map made of one picture: " + PICTURE,
    "one depth map: 5 or 10 credits, say the vendor's documents (a new account has 100)",
    "nothing but the result in the service's temporary storage",
)
SCENARIOS = {
    "teleport": Scenario(
        Teleport,
        teleport,
        "makes a capture, sends 9 bytes of it, renames it, lists one capture of the account, and deletes it",
        "nothing that the vendor documents: the upload is not completed, so that no processing begins",
        f"nothing; if it is killed in the middle, a capture called {NAMES[0]!r}",
    ),
    "immersity": _DEPTH,
    "leiapix": attrs.evolve(_DEPTH, client=LeiaPix),
    "letsenhance": Scenario(
        LetsEnhance,
        letsenhance,
        "asks for the usage, and has one picture enhanced: " + PICTURE,
        "1 credit",
        "nothing but the result, which the service keeps for 24 hours",
    ),
    "hautai": Scenario(
        HautAI,
        hautai,
        "logs in (or uses HAUTAI_TOKEN) and lists one subject of the dataset; names are not kept",
        "nothing",
        "nothing",
    ),
}


def client_of(service: str, clock: Clock = SYSTEM_CLOCK, **settings: Any) -> Any:
    """The blocking client of a scenario. No storage of the user's is in it: what it is sent is not recorded.

    Raises:
        ConfigError: A credential is missing.
    """
    extra = {} if service in ("teleport", "hautai") else {"storage": ""}
    return SCENARIOS[service].client(clock=clock, **extra, **settings)


def record(service: str, folder: Path, *, live: bool) -> tuple[Path, str]:
    """Play a service's scenario, and write what was said.

    Args:
        service: Its name.
        folder: Where the services' folders are.
        live: Against the addresses and with the credentials in the environment, rather than a sandbox of its own.

    Returns:
        The file, and its provenance. Only what the vendor's own addresses said is `live`.

    Raises:
        CassetteError: There is nothing that could be written.
        SafelightError: The scenario fails. Nothing was written.
        OSError: The disk does not take it.
    """
    provenance = provenance_of(service) if live else "sandbox"
    arrange = _environment if live else _sandbox
    with arrange(service) as (clock, picture), tempfile.TemporaryDirectory() as results:
        with recording() as cassette, client_of(service, clock) as client:
            SCENARIOS[service].play(client, picture, Path(results))
        places = _places(client.base_url, [request.uri for request in cassette.requests])
        path = folder / service / f"{provenance}.yaml"
        day = datetime.now(UTC).date()
        origin = client.base_url if provenance == "live" else "safelight.sandbox"
        source = f"`make record SERVICE={service}`, from {origin}, {day}"
        write(
            path,
            cassette,
            provenance,
            source,
            secrets=_secrets(service),
            places=places if provenance == "sandbox" else {},
        )
    return path, provenance


def provenance_of(service: str) -> str:
    """What a recording by the environment is: `live`, unless it leads to a sandbox.

    Raises:
        CassetteError: It leads elsewhere.
    """
    kinds = ("BASE_URL",) if service in ("letsenhance", "hautai") else ("BASE_URL", "TOKEN_URL")
    names = [f"{service.upper()}_{kind}" for kind in kinds]
    given = [address for name in names if (address := os.environ.get(name, "").strip())]
    if not given:
        return "live"
    hosts = {urlsplit(address).hostname for address in given}
    if len(given) < len(names) or not hosts <= {"127.0.0.1", "::1", "localhost"}:
        raise CassetteError(
            f"{' and '.join(names)} must lead to a sandbox on this machine, or be unset for the vendor's own address"
        )
    return "sandbox"


def _secrets(service: str) -> list[str]:
    """The credentials in the environment, and the ids of the account."""
    return [value for name, value in os.environ.items() if re.fullmatch(rf"{service.upper()}_\w*{_SENSITIVE}", name)]


def _places(base_url: str, uris: list[str]) -> dict[str, str]:
    """What a sandbox's addresses are to become."""
    own = urlsplit(base_url).netloc
    found = {(parts.scheme, parts.netloc) for parts in map(urlsplit, uris)}
    return {f"{scheme}://{host}": SANDBOX if host == own else STORAGE for scheme, host in found}


@contextmanager
def _environment(_service: str) -> Iterator[tuple[Clock, str]]:
    yield SYSTEM_CLOCK, PICTURE


@contextmanager
def _sandbox(service: str) -> Iterator[tuple[Clock, str]]:
    """A sandbox that has what the scenario looks at."""
    clock = SandboxClock(frozen=True)
    with (
        Sandbox(clock=clock, processing_seconds=5) as sandbox,
        mock.patch.dict(os.environ, _only(sandbox.env), clear=True),
    ):
        if service == "hautai":
            with client_of(service, clock) as client:
                client.create_subject("customer-7")
        yield clock, _picture_in(sandbox)


def _only(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment with these settings of the services, and no others."""
    prefixes = tuple(f"{name.partition('_')[0]}_" for name in settings)
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)} | dict(settings)


def _picture_in(sandbox: Sandbox) -> str:
    from safelight.storage import Storage

    picture = io.BytesIO()
    Image.linear_gradient("L").resize((90, 60)).convert("RGB").save(picture, "JPEG")
    return Storage(sandbox.env["SAFELIGHT_STORAGE"]).put(picture.getvalue(), name="burger.jpg")


def _announce(service: str, provenance: str, *, own: bool) -> None:
    scenario = SCENARIOS[service]
    if own:
        print(f"Recording {service} against a sandbox: {scenario.does.replace(PICTURE, 'one of its own')}.", flush=True)
        return
    where = "the real service" if provenance == "live" else f"{service.upper()}_BASE_URL"
    print(f"Recording {service} against {where}, with the credentials in the environment.")
    print(f"  What it does:   {scenario.does}.")
    print(f"  What it costs:  {scenario.costs}.")
    print(f"  What it leaves: {scenario.leaves}.", flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/record.py", description=__doc__)
    parser.add_argument("service", help=", ".join(SCENARIOS))
    parser.add_argument("--live", action="store_true", help="against the real service, with your credentials")
    parser.add_argument("--folder", type=Path, default=CASSETTES, help="where the services' folders are")
    options = parser.parse_args(arguments)
    if options.service not in SCENARIOS:
        print(f"scripts/record.py: there is no {options.service!r}: say {', '.join(SCENARIOS)}.", file=sys.stderr)
        return _FAILED
    try:
        provenance = provenance_of(options.service) if options.live else "sandbox"
        if options.live:
            client_of(options.service).close()  # what is missing is told before anything else
        _announce(options.service, provenance, own=not options.live)
        if options.live and sys.stdin.isatty() and input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
            print("Nothing was done.")
            return 0
        path, provenance = record(options.service, options.folder, live=options.live)
    except (CassetteError, SafelightError, OSError) as error:
        told = " ".join([re.sub("pass .*?, or set", "set", str(error)), *getattr(error, "__notes__", ())]).rstrip(".")
        print(f"scripts/record.py: {told}. No cassette was written.", file=sys.stderr)
        return _CREDENTIALS if isinstance(error, AuthError | ConfigError) else _FAILED
    except (KeyboardInterrupt, EOFError):
        print("\nscripts/record.py: interrupted. No cassette was written.", file=sys.stderr)
        return _INTERRUPTED
    print(f"{os.path.relpath(path)}: {provenance}, {path.stat().st_size} bytes. Read it before you commit it.")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
