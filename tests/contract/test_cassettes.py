"""Every cassette: it says where it is from, holds no secret, fits the spec, and is what the clients understand."""

from __future__ import annotations

import copy
import datetime
import io
import itertools
import json
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import cassettes
import httpx
import pytest
import record
from PIL import Image
from scrubbing import SCRUBBED, scrubbed
from vcr.errors import CannotOverwriteExistingCassetteException

import safelight
from safelight.letsenhance import Marketplace
from safelight.sandbox.contract import contract_of
from tests.conftest import FakeClock
from tests.e2e.twins import Twins

ALL = sorted(record.CASSETTES.glob("*/*.yaml"))
RECORDED = [path for path in ALL if path.stem in ("sandbox", "live")]
LARGEST = 32 * 1024
BURGER = "https://letsenhance.io/docs/assets/samples/burger.jpg"
NO_SECRETS = (
    r"(?i)bearer\s+(?!SCRUBBED)\S",
    r"\beyJ[\w-]+\.",
    r"\b(AKIA|ASIA|SANDBOX)[A-Z0-9]{12,}",
    r"(?i)(signature|credential|security-token|sig)=(?!SCRUBBED)\w",
    r"(?i)\b(client_id|client_secret|username|password)=(?!SCRUBBED)\w",
    r"(?i)\"(client_id|client_secret|username|password|\w*token|token_\w+|secret_key)\": \"(?!SCRUBBED|bearer)",
    r"(?i)(authorization|cookie|x-api-key):\s+- (?!SCRUBBED)",
    r"[\w.]+@(?!example\.com)[\w-]+\.\w",
    r"PRIVATE KEY",
)


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def service_of(path: Path) -> str:
    """Whose contract it is."""
    return path.parent.name.replace("leiapix", "immersity")


def found_in(text: str) -> list[str]:
    return [match[0] for pattern in NO_SECRETS for match in re.finditer(pattern, text)]


def is_scrubbed(document: Mapping[str, Any]) -> bool:
    return scrubbed(document["interactions"]) == document["interactions"]


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_a_cassette_says_where_it_is_from_and_is_small(path: Path) -> None:
    document = cassettes.read(path)
    assert document["provenance"] in cassettes.PROVENANCES
    assert document["source"]
    assert path.stem == document["provenance"] or (path not in RECORDED and document["provenance"] == "documented")
    assert path.stat().st_size < LARGEST


def test_every_service_has_what_is_documented_and_what_the_sandbox_says() -> None:
    kinds = {(path.parent.name, cassettes.read(path)["provenance"]) for path in ALL}
    assert kinds >= set(itertools.product(record.SCENARIOS, ("documented", "sandbox")))


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_a_cassette_holds_no_secret(path: Path) -> None:
    assert found_in(path.read_text(encoding="utf-8")) == []
    assert is_scrubbed(cassettes.read(path))


@pytest.mark.parametrize(
    "plant",
    [
        lambda request, _: request["headers"].update(authorization=["Bearer CANARY-token"]),
        lambda request, _: request.update(uri=request["uri"] + "?X-Amz-Signature=CANARY"),
        lambda request, _: request.update(body="grant_type=client_credentials&client_secret=CANARY"),
        lambda _, response: response["headers"].update({"set-cookie": ["id=CANARY-cookie"]}),
        lambda _, response: response["body"].update(string='{"refresh_token": "CANARY"}'),
        lambda _, response: response["body"].update(string='{"url": "https://s.test/?sig=CANARY"}'),
        lambda _, response: response["body"].update(string='{"property_of_tomorrow": "CANARY"}'),
        lambda _, response: response["body"].update(string='{"pin": 12345678}'),
        lambda _, response: response["body"].update(string="<Error>CANARY</Error>"),
    ],
)
def test_a_secret_that_is_planted_is_noticed(plant: Callable[[Any, Any], None]) -> None:
    document = copy.deepcopy(cassettes.read(ALL[0]))
    assert is_scrubbed(document)
    plant(document["interactions"][0]["request"], document["interactions"][0]["response"])
    assert not is_scrubbed(document)


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_requests_and_replies_fit_the_spec(path: Path) -> None:
    contract = contract_of(service_of(path))
    judged = 0
    for interaction in cassettes.read(path)["interactions"]:
        request, response = interaction["request"], interaction["response"]
        url = urlsplit(request["uri"])
        found = contract.find(request["method"], url.path)
        if not isinstance(found, tuple):  # a token, or a file in a store
            assert url.path.endswith("/token") or not {"authorization", "x-api-key"} & request["headers"].keys()
            continue
        operation, values = found
        kind = "".join(request["headers"].get("content-type", []))
        contract.read_request(operation, values, parse_qsl(url.query), kind, request["body"].encode())
        reply = response["body"]["string"]
        contract.check_reply(operation.id, response["status"]["code"], json.loads(reply) if reply else None)
        judged += 1
    assert judged


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a test without a network opens a connection")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(params=["blocking", "async"])
def twins(request: pytest.FixtureRequest, no_network: None) -> Iterator[Twins]:
    twins = Twins(request.param == "async")
    yield twins
    twins.close()


def client_for(path: Path, twins: Twins, clock: FakeClock) -> Any:
    """The client that asked what is in a cassette."""
    service, document = path.parent.name, cassettes.read(path)
    uris = [urlsplit(interaction["request"]["uri"]) for interaction in document["interactions"]]
    settings: dict[str, Any] = {"clock": clock}
    if document["provenance"] == "sandbox":
        settings["base_url"] = record.SANDBOX
    if service == "letsenhance":
        settings["api_key"] = SCRUBBED
    elif service == "hautai":
        company, dataset = next(
            match.groups() for uri in uris if (match := re.search("/companies/([^/]+)/datasets/([^/]+)/", uri.path))
        )
        by_login = any(uri.path.endswith("/login/") for uri in uris)
        login = {"username": SCRUBBED, "password": SCRUBBED}
        settings |= {"dataset_id": dataset, **(login if by_login else {"token": SCRUBBED, "company_id": company})}
    else:
        settings |= {"client_id": SCRUBBED, "client_secret": SCRUBBED}
        if document["provenance"] == "sandbox":
            settings["token_url"] = record.SANDBOX + uris[0].path
    if service not in ("teleport", "hautai"):
        settings["storage"] = ""
    blocking = record.SCENARIOS[service].client
    return twins(blocking, getattr(safelight, f"Async{blocking.__name__}"))(**settings)


@contextmanager
def replayed(path: Path | str, twins: Twins, clock: FakeClock) -> Iterator[Any]:
    """The client, whose requests are answered from a cassette; it has to make all of them."""
    path = record.CASSETTES / f"{path}.yaml" if isinstance(path, str) else path
    with cassettes.replaying(path) as cassette:
        yield client_for(path, twins, clock)
        assert cassette.all_played


@pytest.mark.parametrize("path", RECORDED, ids=name_of)
def test_a_recorded_scenario_replays(path: Path, twins: Twins, clock: FakeClock, tmp_path: Path) -> None:
    bodies = "".join(interaction["request"]["body"] for interaction in cassettes.read(path)["interactions"])
    picture = re.search(r'"(?:inputImageUrl|url)": "([^"]+)"', bodies)
    with replayed(path, twins, clock) as client:
        record.SCENARIOS[path.parent.name].play(client, picture[1] if picture else "", tmp_path)


def test_teleports_specification(twins: Twins, clock: FakeClock) -> None:
    with replayed("teleport/specification", twins, clock) as teleport:
        (capture,) = list(teleport.captures())
        renamed = teleport.rename("string", "string")
        metadata = teleport.metadata("string")
        teleport.delete("string")
    assert capture == renamed
    assert (capture.eid, capture.sid, capture.state, capture.is_public) == ("string", None, "CREATED", True)
    assert capture.created == datetime.datetime(2022, 4, 13, 15, 42, 5, 901_000, datetime.UTC)
    assert metadata.cameras[0].matrix == [10.12]
    assert [(model.url, model.size) for model in metadata.models] == [("string", 0)]


def test_immersitys_guide(twins: Twins, clock: FakeClock) -> None:
    one = "123e4567-e89b-12d3-a456-426614174000"
    with replayed("immersity/guide", twins, clock) as immersity:
        prices = immersity.prices()
        place = immersity.upload_url(file_name="myFile.jpg", media_type="image/jpeg", correlation_id=one)
        depth = immersity.disparity("https://...", correlation_id="4d4eb584-a5cd-453b-8b67-567c1df26cb4")
    assert prices.to_dict() == {"disparity": {"mono": 5}, "animation": {"gif": 5, "mp4": 5}}
    assert place.url == "https://leia-storage.s3.amazonaws.com/..."
    assert place.url_expires_utc == datetime.datetime(2021, 4, 28, 12, tzinfo=datetime.UTC)
    assert depth.url == "https://s3.eu-central-1.amazonaws.com/3d-photo-api-dev-output/1.jpg"


def test_leiapixs_guide(twins: Twins, clock: FakeClock) -> None:
    with replayed("leiapix/guide", twins, clock) as leiapix:
        depth = leiapix.disparity("https://...", correlation_id="4d4eb584-a5cd-453b-8b67-567c1df26cb4")
    assert depth.url == "https://s3.eu-central-1.amazonaws.com/3d-photo-api-dev-output/1.jpg"


def quick_start() -> Marketplace:
    return Marketplace(
        width=1800,
        height=1200,
        restoration_level=4,
        lightai_intensity=1.0,
        toneai_intensity=0.5,
        image_format="JPEG",
        quality=75,
    )


def test_letsenhances_quick_start(twins: Twins, clock: FakeClock) -> None:
    with replayed("letsenhance/quick_start", twins, clock) as enhance:
        job = enhance.submit(BURGER, quick_start())
        (image,) = job.result()
    assert job.id == "26082838"
    assert urlsplit(image.url).path == "/leapi-tmp-us-east-1/p/26082838/1200x727-1_KThGB7.jpg"
    assert image.expires_at == datetime.datetime(2021, 4, 7, 11, 22, 57, tzinfo=datetime.UTC)


def test_letsenhances_reference(twins: Twins, clock: FakeClock) -> None:
    with replayed("letsenhance/reference", twins, clock) as enhance:
        (image,) = enhance.job(27312832).result()
    assert (image.name, image.width, image.height, image.format) == ("burger_j63Bv5.jpg", 1800, 1200, "JPEG")
    assert image.source_url == BURGER
    assert image.expires_at == datetime.datetime(2021, 4, 27, 13, 46, 9, tzinfo=datetime.UTC)


def test_letsenhances_rate_limit(twins: Twins, clock: FakeClock) -> None:
    with replayed("letsenhance/rate_limit", twins, clock) as enhance:
        assert enhance.submit(BURGER, quick_start()).id == "26082838"
    assert clock.sleeps


def test_hautais_upload(twins: Twins, clock: FakeClock) -> None:
    selfie = io.BytesIO()
    Image.new("RGB", (256, 256)).save(selfie, "JPEG")
    with replayed("hautai/upload", twins, clock) as haut:
        subject = haut.create_subject("string")
        batch = haut.upload(subject.id, front=selfie.getvalue(), compute=False)
    assert str(batch) == "string/string"
    assert batch.images == {"front": "string"}


def test_every_documented_cassette_is_replayed() -> None:
    tests = {name for name in globals() if name.startswith("test_")}
    documented = [path for path in ALL if path not in RECORDED]
    assert {f"test_{path.parent.name}s_{path.stem}" for path in documented} <= tests


def test_what_is_not_in_a_cassette_fails(twins: Twins, clock: FakeClock) -> None:
    with replayed("leiapix/guide", twins, clock) as leiapix:
        leiapix.disparity("https://...")
        with pytest.raises(CannotOverwriteExistingCassetteException):
            leiapix.disparity("https://...")
        with pytest.raises(CannotOverwriteExistingCassetteException):
            leiapix.prices()


def test_what_is_left_in_a_cassette_is_noticed(twins: Twins, clock: FakeClock) -> None:
    with pytest.raises(AssertionError, match="all_played"), replayed("immersity/guide", twins, clock) as immersity:
        immersity.prices()


def test_the_network_is_really_blocked(no_network: None) -> None:
    with pytest.raises(AssertionError, match="opens a connection"):
        httpx.get("http://127.0.0.1:9")


def shape_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape_of(inner) for inner in value]
    return type(value).__name__


def said_in(path: Path) -> list[Any]:
    """What was asked and answered, but for ids, times and sizes, and how often the same was."""
    said = []
    for interaction in cassettes.read(path)["interactions"]:
        request, response = interaction["request"], interaction["response"]
        found = contract_of(service_of(path)).find(request["method"], urlsplit(request["uri"]).path)
        body = response["body"]["string"]
        said.append(
            (
                request["method"],
                found[0].id if isinstance(found, tuple) else urlsplit(request["uri"]).netloc,
                sorted(request["headers"]),
                response["status"],
                shape_of(json.loads(body)) if body.startswith(("{", "[")) else body,
            )
        )
    return [one for one, _ in itertools.groupby(said)]


@pytest.mark.parametrize("service", record.SCENARIOS)
def test_the_sandbox_still_says_what_is_recorded_and_none_of_its_secrets_is_kept(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of the sandbox's random texts the short ones are in the names of files.
    canary = "CANARY-of-32-characters-or-so"
    monkeypatch.setattr("safelight.sandbox.oauth.secrets.token_urlsafe", lambda n=32: canary if n > 8 else canary[-n:])
    path, provenance = record.record(service, tmp_path, live=False)
    text = path.read_text(encoding="utf-8")
    assert provenance == "sandbox"
    assert said_in(path) == said_in(record.CASSETTES / service / "sandbox.yaml")
    assert "CANARY" not in text
    assert found_in(text) == []
    assert is_scrubbed(cassettes.read(path))
    assert [file.name for file in path.parent.iterdir()] == ["sandbox.yaml"]
