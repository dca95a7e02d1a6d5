from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import generate
import httpx
import pytest
from build_spec import SpecError, apply_actions, built_document, operation_ids, read_yaml
from ruamel.yaml import YAML

from safelight_api.teleport import Client
from safelight_api.teleport.api.captures import create_upload_url, list_captures, share_metadata
from safelight_api.teleport.models import (
    Capture,
    CaptureErrorReason,
    CaptureState,
    HTTPValidationError,
    NewCaptureInput,
    TrainingParameters,
)
from safelight_api.teleport.types import UNSET

ROOT = Path(__file__).resolve().parents[2]
CLIENT = Client(base_url="https://teleport.example")


def a_document(**paths: Any) -> dict[str, Any]:
    ok = {"200": {"description": "Fine.", "content": {"application/json": {"schema": {"type": "string"}}}}}
    paths = paths or {"/lamps": {"get": {"operationId": "list_lamps", "tags": ["lamps"], "responses": ok}}}
    return {"openapi": "3.1.0", "info": {"title": "Lamps", "version": "1"}, "paths": paths}


def an_overlay(*actions: dict[str, Any]) -> dict[str, Any]:
    actions = actions or ({"target": "$.info", "description": "Because.", "update": {"title": "Red lamps"}},)
    return {"overlay": "1.0.0", "info": {"title": "Mended", "version": "1"}, "actions": list(actions)}


def a_service(specs: Path, name: str = "lamps", *, document: Any = None, overlay: Any = None) -> Path:
    service = specs / name
    service.mkdir(parents=True)
    write_yaml(service / "openapi.yaml", document or a_document())
    write_yaml(service / "overlay.yaml", overlay or an_overlay())
    return service


def write_yaml(path: Path, value: Any) -> None:
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(value, file)


def contents(tree: Path) -> dict[str, bytes]:
    files = (path for path in tree.rglob("*") if path.is_file())
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in files}


def a_capture(**changes: Any) -> dict[str, Any]:
    urls = ("preview_url", "viewer_url", "share_url", "share_link", "gif_url", "video_url", "share_video_url")
    rest = ("sid", "uploaded", "error_reason", "state_description", "error_reason_slug")
    nothing = dict.fromkeys([*urls, *rest])
    own = {"eid": "e1", "name": "Garden", "created": "2025-10-06T18:55:42.733421", "state": "READY"}
    return nothing | own | {"preview_urls": {}, "is_public": False} | changes


def test_an_action_that_matches_nothing_fails_and_is_named(tmp_path: Path) -> None:
    fine = {"target": "$.info", "description": "Because.", "update": {"title": "Red lamps"}}
    astray = {"target": "$.paths['/candles'].get", "description": "Because.", "update": {"operationId": "candles"}}
    service = a_service(tmp_path, overlay=an_overlay(fine, astray))
    with pytest.raises(SpecError, match=r"lamps/overlay\.yaml, action 2 \(\$\.paths\['/candles'\]\.get\).*nothing"):
        built_document(service)


def test_an_action_that_the_library_cannot_apply_fails_and_is_named(tmp_path: Path) -> None:
    document = a_document() | {"tags": [{"name": "lamps"}]}
    filtered = {"target": "$.tags[?(@.name=='lamps')]", "description": "Because.", "update": {"description": "Light."}}
    service = a_service(tmp_path, document=document, overlay=an_overlay(filtered))
    with pytest.raises(SpecError, match=r"action 1 .* cannot be applied"):
        built_document(service)


@pytest.mark.parametrize("words", [{"description": "How bright."}, {"x-provenance": "observed"}, {}])
def test_words_for_a_property_that_is_gone_do_not_bring_it_back(tmp_path: Path, words: dict[str, str]) -> None:
    lamp = {"type": "object", "properties": {"watts": {"type": "integer"}}}
    document = a_document() | {"components": {"schemas": {"Lamp": lamp}}}
    update = {"properties": {"watts": {"description": "Its power."}, "lumens": words}}
    action = {"target": "$.components.schemas.Lamp", "description": "Our words.", "update": update}
    service = a_service(tmp_path, document=document, overlay=an_overlay(action))
    with pytest.raises(SpecError, match=r"action 1 .* describes what is not there: lumens\. Remove that"):
        built_document(service)


def test_an_action_may_add_a_property(tmp_path: Path) -> None:
    lamp = {"type": "object", "properties": {"watts": {"type": "integer"}}}
    document = a_document() | {"components": {"schemas": {"Lamp": lamp}}}
    update = {"properties": {"lumens": {"type": "integer", "description": "How bright."}}}
    action = {"target": "$.components.schemas.Lamp", "description": "It comes.", "update": update}
    built = built_document(a_service(tmp_path, document=document, overlay=an_overlay(action)))
    assert set(built["components"]["schemas"]["Lamp"]["properties"]) == {"watts", "lumens"}


def test_an_action_that_changes_nothing_fails(tmp_path: Path) -> None:
    idle = {"target": "$.info", "description": "Because.", "update": {"title": "Lamps"}}
    service = a_service(tmp_path, overlay=an_overlay(idle))
    with pytest.raises(SpecError, match=r"action 1 \(\$\.info\) changes nothing: remove it"):
        built_document(service)


def test_an_action_has_to_say_why(tmp_path: Path) -> None:
    service = a_service(tmp_path, overlay=an_overlay({"target": "$.info", "update": {"title": "Red lamps"}}))
    with pytest.raises(SpecError, match=r"action 1 \(\$\.info\) does not say why"):
        built_document(service)


def test_a_target_that_is_no_path_fails(tmp_path: Path) -> None:
    astray = {"target": "$.info[", "description": "Because.", "update": {"title": "Red lamps"}}
    service = a_service(tmp_path, overlay=an_overlay(astray))
    with pytest.raises(SpecError, match=r"action 1 \(\$\.info\[\): the target is no JSONPath"):
        built_document(service)


def test_an_overlay_of_another_form_fails(tmp_path: Path) -> None:
    service = a_service(tmp_path, overlay={"overlay": "1.0.0", "actions": []})
    with pytest.raises(SpecError, match=r"lamps/overlay\.yaml is no valid overlay"):
        built_document(service)


def test_actions_leave_their_argument_as_it_was(tmp_path: Path) -> None:
    document = a_document()
    mended = apply_actions(document, a_service(tmp_path) / "overlay.yaml")
    assert (document["info"]["title"], mended["info"]["title"]) == ("Lamps", "Red lamps")


def test_a_document_that_is_not_valid_fails_with_the_place(tmp_path: Path) -> None:
    service = a_service(tmp_path, document=a_document(**{"/lamps": {"get": {"responses": 5}}}))
    with pytest.raises(SpecError, match=r"lamps/openapi\.yaml with overlay\.yaml is no valid OpenAPI 3\.1, at paths/"):
        built_document(service)


def test_a_value_that_json_does_not_know_fails(tmp_path: Path) -> None:
    document = a_document() | {"x-since": datetime.date(2025, 10, 6)}
    with pytest.raises(SpecError, match="put quotes around dates"):
        built_document(a_service(tmp_path, document=document))


@pytest.mark.parametrize(
    ("text", "message"),
    [("a: 1\na: 2\n", "duplicate key"), ("a: [\n", "Mend it there"), ("- a\n", "holds no mapping")],
)
def test_yaml_that_misleads_fails(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=message):
        read_yaml(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    service = a_service(tmp_path)
    (service / "overlay.yaml").unlink()
    with pytest.raises(SpecError, match=r"lamps/overlay\.yaml is missing"):
        built_document(service)


def test_an_operation_without_an_id_fails() -> None:
    with pytest.raises(SpecError, match="GET /lamps has no operationId or no tag"):
        operation_ids(a_document(**{"/lamps": {"get": {"tags": ["lamps"]}}}))


def test_a_setting_that_the_generator_does_not_know_fails(tmp_path: Path) -> None:
    service = a_service(tmp_path / "specs")
    write_yaml(service / "generator.yaml", {"class_overides": {}})
    with pytest.raises(SpecError, match="no setting 'class_overides'"):
        generate.generate_package(tmp_path / "specs", tmp_path)


def test_what_the_generator_warns_of_fails(tmp_path: Path) -> None:
    body = {"content": {"application/x-lamp": {"schema": {"type": "string"}}}}
    post = {
        "operationId": "light",
        "tags": ["lamps"],
        "requestBody": body,
        "responses": {"204": {"description": "Lit."}},
    }
    a_service(tmp_path / "specs", document=a_document(**{"/lamps": {"post": post}}))
    with pytest.raises(SpecError, match=r"specs/lamps: the generator refuses .*POST /lamps.* Mend this in"):
        generate.generate_package(tmp_path / "specs", tmp_path)


def test_a_tree_without_services_fails(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="each service needs"):
        generate.services_in(tmp_path)


def test_a_service_is_called_as_a_package_can_be(tmp_path: Path) -> None:
    a_service(tmp_path, "red-lamps")
    with pytest.raises(SpecError, match="specs/red-lamps: a package cannot have this name"):
        generate.services_in(tmp_path)


def test_generating_twice_gives_the_same_bytes_whatever_the_surroundings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "first").mkdir()
    first = contents(generate.generate_package(ROOT / "specs", tmp_path / "first"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("PYTHONHASHSEED", "4711")
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "ruff.toml").write_text("line-length = 40\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "second")
    assert contents(generate.generate_package(ROOT / "specs", tmp_path / "second")) == first
    assert "py.typed" in first
    assert "teleport/openapi.json" in first


def test_the_new_clients_take_the_place_of_the_former_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    specs, package = tmp_path / "specs", tmp_path / "generated" / "safelight_api"
    a_service(specs, "candles")
    assert generate.generate(tmp_path)
    assert (package / "candles" / "api" / "lamps" / "list_lamps.py").is_file()
    shutil.rmtree(specs / "candles")
    a_service(specs, "lamps")
    assert generate.main(["--root", str(tmp_path)]) == 0
    assert sorted(path.name for path in package.iterdir()) == ["__init__.py", "lamps", "py.typed"]
    assert json.loads((package / "lamps" / "openapi.json").read_text())["info"]["title"] == "Red lamps"
    assert "lamps made anew" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["generated", "specs"]

    made_at = (package / "py.typed").stat().st_mtime_ns
    assert not generate.generate(tmp_path)
    assert (package / "py.typed").stat().st_mtime_ns == made_at


def test_a_failure_leaves_the_former_clients_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_service(
        tmp_path / "specs", overlay=an_overlay({"target": "$.nowhere", "description": "Because.", "remove": True})
    )
    former = tmp_path / "generated" / "safelight_api" / "__init__.py"
    former.parent.mkdir(parents=True)
    former.touch()
    assert generate.main(["--root", str(tmp_path)]) == 1
    assert former.is_file()
    said = capsys.readouterr().err
    assert said.startswith(
        "scripts/generate.py: lamps/overlay.yaml, action 1 ($.nowhere) matches nothing: mend its target"
    )
    assert said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["generated", "specs"]


def test_an_unknown_state_is_kept() -> None:
    capture = Capture.from_dict(a_capture(state="SOMETHING_NEW", error_reason="SOMETHING_WORSE"))
    assert (capture.state, capture.error_reason) == ("SOMETHING_NEW", "SOMETHING_WORSE")
    assert capture.to_dict()["state"] == "SOMETHING_NEW"


def test_a_known_state_is_a_member_of_its_enum() -> None:
    capture = Capture.from_dict(a_capture(error_reason="CONVERSION_FAILED"))
    assert capture.state is CaptureState.READY
    assert capture.error_reason is CaptureErrorReason.CONVERSION_FAILED
    assert capture.created == datetime.datetime(2025, 10, 6, 18, 55, 42, 733421)  # noqa: DTZ001 - as it was sent


def test_a_422_with_words_is_read_as_well_as_one_with_a_list() -> None:
    words = httpx.Response(422, json={"detail": "eid does not fit"})
    fault = {"loc": ["body", "parts", 0], "msg": "Field required", "type": "missing"}
    listed = httpx.Response(422, json={"detail": [fault]})
    first = create_upload_url._parse_response(client=CLIENT, response=words)
    second = create_upload_url._parse_response(client=CLIENT, response=listed)
    assert isinstance(first, HTTPValidationError)
    assert isinstance(second, HTTPValidationError)
    assert first.detail == "eid does not fit"
    assert second.to_dict() == {"detail": [fault]}


def test_what_is_not_given_is_not_sent() -> None:
    assert list_captures._get_kwargs()["params"] == {}
    assert share_metadata._get_kwargs("s1")["params"] == {}
    assert NewCaptureInput(name="Garden", bytesize=1).to_dict() == {"name": "Garden", "bytesize": 1}
    assert NewCaptureInput(name="Garden", bytesize=1).input_data_format is UNSET


def test_profiles_repeat_their_name() -> None:
    params = share_metadata._get_kwargs("s1", profiles=["ply", "sogs-sh0"])["params"]
    assert str(httpx.QueryParams(params)) == "profiles=ply&profiles=sogs-sh0"


def test_training_parameters_make_the_round_trip() -> None:
    given = {
        "modelv3": {
            "splat_count": 500_000,
            "training_resolution": 1600,
            "spherical_harmonics_degrees": 0,
            "level_of_detail": True,
        }
    }
    assert TrainingParameters.from_dict(given).to_dict() == given
