from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import drift
import pytest
from build_spec import read_yaml
from import_spec import read_document, structure_of, write_spec
from ruamel.yaml import YAML

from tests.unit.lamps import GONE, lamps

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT.parent / "shared/upstream/immersity-openapi.json"
LAMP = "components schemas Lamp"

# Of every kind of structure one change, and what it is called.
CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "operations": ({"paths /lamps/{id} delete": GONE}, "removed operation DELETE /lamps/{id}"),
    "parameters": ({"paths /lamps get parameters 0": GONE}, "removed parameter GET /lamps query limit"),
    "properties": ({f"{LAMP} properties age": {"type": "integer"}}, "added property Lamp.age"),
    "types": ({f"{LAMP} properties id type": "integer"}, "changed type Lamp.id"),
    "enums": ({"components schemas Color enum": ["red", "white", "blue"]}, "added enum value Color"),
    "bounds": ({f"{LAMP} properties watts minimum": 2}, "changed minimum Lamp.watts"),
    "required": ({f"{LAMP} required": ["id"]}, "changed required Lamp.watts"),
    "statuses": ({"paths /lamps get responses 404": GONE}, "removed status GET /lamps reply 404"),
    "security": ({"security": [{"bearer": []}]}, "removed security all operations"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    service = tmp_path / "specs" / "lamps"
    write_spec(service, structure_of(lamps())[0])
    with_actions(tmp_path)
    return tmp_path


def with_actions(root: Path, *actions: dict[str, Any], **more: Any) -> None:
    overlay = {
        "overlay": "1.0.0",
        "info": {"title": "Lamps, mended", "version": "1.0.0"},
        "actions": [
            {"target": "$.info", "description": "It has no summary.", "update": {"summary": "Lamps for rent."}},
            *({"description": "For a reason."} | action for action in actions),
        ],
    }
    YAML().dump(overlay | more, root / "specs/lamps/overlay.yaml")


def published(root: Path, changes: dict[str, Any]) -> str:
    path = root / "published.json"
    path.write_text(json.dumps(lamps(changes)))
    return str(path)


@pytest.fixture
def compared(root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def compare(changes: dict[str, Any], *options: str) -> tuple[int, str]:
        code = drift.main(["lamps", published(root, changes), *options, "--root", str(root)])
        return code, capsys.readouterr().out

    return compare


def test_the_same_structure_in_other_words_is_the_same(compared: Callable[..., tuple[int, str]]) -> None:
    code, said = compared({"info title": "Lights", "paths /lamps get summary": "Every lamp", "x-of": "theirs"})
    assert code == 0
    assert said == "lamps: the same as specs/lamps/openapi.yaml\n"


@pytest.mark.parametrize("kind", CHANGES)
def test_each_kind_of_difference_is_found(kind: str, compared: Callable[..., tuple[int, str]]) -> None:
    changes, told = CHANGES[kind]
    code, said = compared(changes)
    assert code == 1
    assert "1 difference, 1 of them not covered by the overlay" in said
    assert told in " ".join(said.split())


def test_json_has_each_difference_with_its_parts(compared: Callable[..., tuple[int, str]]) -> None:
    code, said = compared(CHANGES["bounds"][0], "--json")
    assert code == 1
    told = json.loads(said)
    assert told["service"] == "lamps"
    assert told["changes"] == [
        {
            "kind": "changed",
            "what": "minimum",
            "place": "Lamp.watts",
            "impact": "safe",
            "why": "fewer values are possible",
            "before": 1,
            "after": 2,
            "covered": False,
        }
    ]
    code, said = compared({}, "--json")
    assert (code, json.loads(said)["changes"]) == (0, [])


def test_what_the_overlay_settles_is_covered(root: Path, compared: Callable[..., tuple[int, str]]) -> None:
    with_actions(root, {"target": f"$.{LAMP.replace(' ', '.')}.properties.watts", "update": {"minimum": 0}})
    code, said = compared({f"{LAMP} properties watts minimum": 2, f"{LAMP} properties age": {"type": "integer"}})
    assert code == 1
    assert "2 differences, 1 of them not covered by the overlay" in said
    notes = {line.split()[3]: line.rstrip().endswith("covered by the overlay") for line in said.splitlines()[1:3]}
    assert notes == {"Lamp.watts": True, "Lamp.age": False}


def test_a_default_is_never_covered(root: Path, compared: Callable[..., tuple[int, str]]) -> None:
    mode = "components schemas NewLamp properties mode"
    write_spec(root / "specs/lamps", structure_of(lamps({f"{mode} default": "warm"}))[0])
    with_actions(root, {"target": f"$.{mode.replace(' ', '.')}.default", "remove": True})
    code, said = compared({f"{mode} default": "cold"})
    assert code == 1
    assert "1 difference, 1 of them not covered by the overlay" in said


def test_an_action_that_no_longer_fits_is_named(root: Path, compared: Callable[..., tuple[int, str]]) -> None:
    place = f"$.{LAMP.replace(' ', '.')}.properties"
    with_actions(
        root,
        {"target": f"{place}.owner", "update": {"deprecated": True}},
        {"target": f"{place}.watts", "update": {"minimum": 2}},
    )
    code, said = compared({f"{LAMP} properties owner": GONE, f"{LAMP} properties watts minimum": 2})
    assert code == 1
    assert f"lamps/overlay.yaml, action 2 ({place}.owner) matches nothing: mend its target" in said
    assert f"lamps/overlay.yaml, action 3 ({place}.watts) changes nothing: remove it" in said


def test_all_known_addresses_are_compared_and_the_others_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift.main(["--all", "--root", str(root)]) == 0
    assert capsys.readouterr().out == "lamps: no address of a published document is known, nothing to compare\n"
    address = published(root, CHANGES["types"][0])
    with_actions(root, **{"x-published": address})
    assert drift.main(["--all", "--root", str(root)]) == 1
    assert "changed  type  Lamp.id  string -> integer" in capsys.readouterr().out


def test_without_a_network_it_says_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_actions(root, **{"x-published": "http://127.0.0.1:1/openapi.json"})
    assert drift.main(["--all", "--root", str(root)]) == 2
    said = capsys.readouterr().err
    assert "lamps, http://127.0.0.1:1/openapi.json: this URL cannot be fetched (is there a network?): " in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lights", "published.json"], "specs/ has no 'lights': there are lamps"),
        (["lamps", "nothing.json"], "this file cannot be read: No such file"),
    ],
)
def test_what_cannot_be_compared_is_an_error_of_one_line(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert drift.main([*arguments, "--root", str(root)]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_immersity_s_own_structure_with_a_change_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = read_yaml(ROOT / "specs/immersity/openapi.yaml")
    source = tmp_path / "published.json"
    source.write_text(json.dumps(document))
    assert drift.main(["immersity", str(source)]) == 0
    # The overlay takes the vendor's own receiver out anyway.
    document["paths"].pop("/api/v1/transaction/callback")
    document["components"]["schemas"]["RESTAPICallResult"]["properties"].pop("resultPresignedUrl")
    source.write_text(json.dumps(document))
    capsys.readouterr()
    assert drift.main(["immersity", str(source), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    covered = {change["place"]: change["covered"] for change in told["changes"]}
    assert covered == {"POST /api/v1/transaction/callback": True, "RESTAPICallResult.resultPresignedUrl": False}
    assert any("$.paths['/api/v1/transaction/callback']) matches nothing" in line for line in told["overlay"])


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published document does not lie beside this checkout")
def test_what_immersity_publishes_is_what_its_spec_was_made_from(capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = (
        read_document(str(path))["info"]["version"] for path in (ROOT / "specs/immersity/openapi.yaml", PUBLISHED)
    )
    code, said = drift.main(["immersity", str(PUBLISHED)]), capsys.readouterr().out
    # Once a later document has been taken in, the one that lies there is another one, and drift has to tell.
    expected = (0, "the same as specs/immersity/openapi.yaml") if ours == theirs else (1, f"{ours} -> {theirs}")
    assert (code, expected[1] in said) == (expected[0], True)
