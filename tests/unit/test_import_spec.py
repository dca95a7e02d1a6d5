from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import import_spec
import pytest
from build_spec import SpecError, read_yaml
from hypothesis import given
from hypothesis import strategies as st
from import_spec import read_document, structure_of
from ruamel.yaml import YAML


def a_document(**changes: Any) -> dict[str, Any]:
    return {"openapi": "3.0.0", "info": {"title": "Lamps", "version": "1"}, "paths": {}} | changes


def with_schema(schema: Any) -> dict[str, Any]:
    return a_document(components={"schemas": {"Lamp": schema}})


def with_operation(**operation: Any) -> dict[str, Any]:
    return a_document(paths={"/lamps": {"get": operation}})


def schema_of(schema: Any) -> Any:
    return structure_of(with_schema(schema))[0]["components"]["schemas"]["Lamp"]


def operation_of(**operation: Any) -> Any:
    return structure_of(with_operation(**operation))[0]["paths"]["/lamps"]["get"]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "published.json"
    path.write_text(json.dumps(with_schema({"type": "string", "description": "A lamp"})), encoding="utf-8")
    return path


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(body: bytes, *, status: int = 200, location: str = "") -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                moved = location and self.path != location
                # A compressed body could be larger than the limit for what arrives.
                plain = self.headers["Accept-Encoding"] == "identity"
                self.send_response(302 if moved else status if plain else 406)
                self.send_header("Content-Length", "0" if moved else str(len(body)))
                if moved:
                    self.send_header("Location", location)
                self.end_headers()
                if not moved:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/openapi"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def test_prose_examples_and_extensions_are_left_out() -> None:
    prose = {"summary": "PROSE", "description": "PROSE", "externalDocs": {"url": "PROSE"}, "x-code": ["PROSE"]}
    example = {"example": "PROSE", "examples": {"one": {"value": "PROSE"}}}
    schema = {"type": "string", "title": "PROSE", "$comment": "PROSE", **prose, "example": "PROSE"}
    media = {"application/json": {"schema": schema, **example}}
    header = {"description": "PROSE", "schema": schema, **example}
    operation = {
        **prose,
        "operationId": "list",
        "parameters": [{"name": "q", "in": "query", "description": "PROSE", "schema": schema, **example}],
        "requestBody": {"description": "PROSE", "content": media},
        "responses": {"200": {"description": "PROSE", "headers": {"X-Rate": header}, "content": media}, "x-a": "PROSE"},
    }
    call = {"{$request.body#/url}": {"post": {**prose, "responses": {"200": {"description": "PROSE"}}}}}
    document = {
        **prose,
        "openapi": "3.0.0",
        "info": {
            "title": "Lamps",
            "version": "1",
            "description": "PROSE",
            "termsOfService": "PROSE",
            "contact": {"name": "PROSE"},
        },
        "servers": [
            {"url": "https://{h}", "description": "PROSE", "variables": {"h": {"default": "a", "description": "PROSE"}}}
        ],
        "tags": [{"name": "lamps", **prose}],
        "paths": {"/lamps": {**prose, "get": operation | {"callbacks": {"lit": call}}}, "x-path": {"get": "PROSE"}},
        "components": {
            "examples": {"lamp": {"value": "PROSE"}},
            "schemas": {"Lamp": {**schema, "type": "object", "properties": {"a": schema}, "allOf": [schema]}},
            "securitySchemes": {
                "oauth2": {
                    "type": "oauth2",
                    "description": "PROSE",
                    "flows": {
                        "clientCredentials": {"tokenUrl": "https://t", "scopes": {"read": "PROSE"}, "x-a": "PROSE"}
                    },
                }
            },
        },
    }
    structure, _ = structure_of(document)
    assert "PROSE" not in json.dumps(structure)
    plain = {"type": "string"}
    content = {"application/json": {"schema": plain}}
    assert structure == {
        "openapi": "3.0.0",
        "info": {"title": "Lamps", "version": "1"},
        "servers": [{"url": "https://{h}", "variables": {"h": {"default": "a"}}}],
        "tags": [{"name": "lamps"}],
        "paths": {
            "/lamps": {
                "get": {
                    "operationId": "list",
                    "parameters": [{"name": "q", "in": "query", "schema": plain}],
                    "requestBody": {"content": content},
                    "responses": {
                        "200": {"description": "OK", "headers": {"X-Rate": {"schema": plain}}, "content": content}
                    },
                    "callbacks": {
                        "lit": {"{$request.body#/url}": {"post": {"responses": {"200": {"description": "OK"}}}}}
                    },
                }
            }
        },
        "components": {
            "schemas": {"Lamp": {"type": "object", "properties": {"a": plain}, "allOf": [plain]}},
            "securitySchemes": {
                "oauth2": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "https://t", "scopes": {"read": ""}}},
                }
            },
        },
    }


def test_structure_is_kept_to_the_last_keyword() -> None:
    number = {"type": "number", "format": "double", "minimum": 0, "exclusiveMinimum": True, "multipleOf": 0.5}
    text = {"type": "string", "pattern": "^a", "minLength": 1, "maxLength": 3, "nullable": True, "default": "a"}
    schema = {
        "type": "object",
        "required": ["a", "b"],
        "properties": {"a": number, "b": text, "c": {"enum": [1, 2], "default": 2, "deprecated": True}},
        "additionalProperties": {"type": "array", "items": {"$ref": "#/components/schemas/Lamp"}, "minItems": 1},
        "oneOf": [{"not": {"const": 1}}, {"type": ["integer", "null"], "readOnly": True}],
        "discriminator": {"propertyName": "kind", "mapping": {"description": "#/components/schemas/Lamp"}},
    }
    assert schema_of(schema) == schema
    operation = {
        "operationId": "list_lamps",
        "tags": ["lamps", "all"],
        "deprecated": True,
        "security": [{"key": []}, {}],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": number},
            {"name": "ids", "in": "query", "style": "form", "explode": False, "schema": text},
        ],
        "responses": {"200": {"$ref": "#/components/responses/Lamp"}},
    }
    assert operation_of(**operation) == operation


@pytest.mark.parametrize("name", ["description", "example", "examples", "summary", "title", "x-ray", "default", "type"])
def test_a_property_with_the_name_of_a_keyword_survives(name: str) -> None:
    schema = {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}
    assert schema_of(schema) == schema
    nested = {"properties": {"properties": {"properties": {name: {"type": "string"}}}}}
    assert schema_of(nested) == nested


def test_values_that_look_like_prose_are_values() -> None:
    schema = {"enum": ["description", "x-a"], "default": "x-a"}
    assert schema_of(schema) == schema
    constant = {"const": {"description": "kept", "example": 1}}
    assert schema_of(constant) == constant


@pytest.mark.parametrize(
    ("schema", "fits"),
    [
        ({"type": "number", "default": "Estimated from the picture"}, False),
        ({"type": "number", "default": 0.5}, True),
        ({"type": "integer", "default": 4}, True),
        ({"type": "integer", "default": "4"}, False),
        ({"type": "integer", "default": True}, False),
        ({"type": "boolean", "default": "auto"}, False),
        ({"type": "string", "default": "mp4"}, True),
        ({"type": "string", "enum": ["gif", "mp4"], "default": "mp4"}, True),
        ({"type": "string", "enum": ["gif", "mp4"], "default": "the first that fits"}, False),
        ({"type": ["number", "null"], "default": None}, True),
        ({"type": "number", "nullable": True, "default": None}, True),
        ({"type": "number", "default": None}, False),
        ({"type": "array", "items": {"type": "string"}, "default": []}, True),
        ({"default": "anything"}, True),
        ({"type": "no such type", "default": "x"}, True),
    ],
)
def test_only_a_default_that_fits_its_type_is_kept(schema: dict[str, Any], fits: bool) -> None:
    structure, misfits = structure_of(with_schema({"type": "object", "properties": {"a": schema}}))
    found = structure["components"]["schemas"]["Lamp"]["properties"]["a"]
    assert ("default" in found) is fits
    assert misfits == ([] if fits else ["/components/schemas/Lamp/properties/a/default"])


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        ("200", "OK"),
        ("402", "Payment Required"),
        ("2XX", "Success"),
        ("5XX", "Server Error"),
        ("default", "Any other status"),
        ("799", "799"),
    ],
)
def test_a_response_is_described_by_the_phrase_of_its_status(status: str, phrase: str) -> None:
    responses = operation_of(responses={status: {"description": "PROSE"}})["responses"]
    assert responses == {status: {"description": phrase}}


def test_what_has_no_order_of_its_own_is_sorted_and_the_rest_stays() -> None:
    parameters = [{"name": name, "in": place} for name, place in (("b", "query"), ("a", "query"), ("z", "path"))]
    operation = operation_of(tags=["b", "a"], parameters=[*parameters, {"$ref": "#/p"}], responses={})
    assert list(operation) == ["parameters", "responses", "tags"]
    assert [item.get("name") for item in operation["parameters"]] == [None, "z", "a", "b"]
    assert operation["tags"] == ["b", "a"]
    schema = schema_of({"required": ["b", "a"], "enum": [30, 5], "anyOf": [{"type": "string"}, {"type": "null"}]})
    assert schema["required"] == ["a", "b"]
    assert schema["enum"] == [5, 30]
    assert [variant["type"] for variant in schema["anyOf"]] == ["string", "null"]
    assert schema_of({"enum": ["b", None, 1]})["enum"] == ["b", None, 1]
    servers = [{"url": "https://b"}, {"url": "https://a"}]
    assert structure_of(a_document(servers=servers))[0]["servers"] == servers


NAMES = st.sampled_from(["a", "b", "description", "example", "title", "x-a", "type", "default"])
PROSE = st.dictionaries(
    st.sampled_from(["title", "description", "example", "examples", "x-a", "externalDocs"]), st.just("PROSE")
)
SCHEMAS = st.recursive(
    st.builds(lambda kind, prose: {"type": kind, **prose}, st.sampled_from(["string", "number"]), PROSE),
    lambda inner: st.one_of(
        st.builds(
            lambda fields, prose: {**prose, "type": "object", "properties": fields, "required": list(fields)},
            st.dictionaries(NAMES, inner, max_size=4),
            PROSE,
        ),
        st.builds(lambda items, prose: {**prose, "type": "array", "items": items}, inner, PROSE),
        st.builds(lambda variants, prose: {**prose, "oneOf": variants}, st.lists(inner, min_size=1, max_size=3), PROSE),
    ),
    max_leaves=8,
)


def without_prose(schema: Any) -> Any:
    """The same by another way: in these documents prose is what says so."""
    if isinstance(schema, dict):
        return {key: without_prose(value) for key, value in schema.items() if value != "PROSE"}
    if isinstance(schema, list):
        return [without_prose(item) for item in schema]
    return schema


@given(SCHEMAS)
def test_any_schema_loses_its_prose_and_nothing_else(schema: dict[str, Any]) -> None:
    wanted = without_prose(schema)
    found = schema_of(schema)
    assert json.dumps(found) == json.dumps(schema_of(found)), "a second import changes nothing"
    assert with_sorted_lists(found) == with_sorted_lists(wanted)


def with_sorted_lists(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: sorted(value) if key == "required" and isinstance(value, list) else with_sorted_lists(value)
            for key, value in schema.items()
        }
    return [with_sorted_lists(item) for item in schema] if isinstance(schema, list) else schema


def test_json_and_yaml_give_the_same_document(tmp_path: Path) -> None:
    document = with_operation(responses={"200": {"description": "OK"}})
    as_json, as_yaml = tmp_path / "a.json", tmp_path / "a.yaml"
    as_json.write_text("\ufeff\n" + json.dumps(document), encoding="utf-8")
    with as_yaml.open("w", encoding="utf-8") as file:
        YAML().dump(document, file)
    assert read_document(str(as_json)) == read_document(str(as_yaml)) == document


def test_what_only_yaml_has_becomes_what_json_has(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "openapi: 3.0.0\ninfo: {title: L, version: 2025-10-06}\npaths: {/a: {get: {responses: {200: {}}}}}\n"
    )
    document = read_document(str(path))
    assert document["info"]["version"] == "2025-10-06"
    assert structure_of(document)[0]["paths"]["/a"]["get"]["responses"] == {"200": {"description": "OK"}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "neither JSON nor YAML"),
        (b"a: [", "neither JSON nor YAML"),
        (b"a: 1\na: 2", "neither JSON nor YAML"),
        (b"\xff\xfe\x00", "neither JSON nor YAML"),
        (b"- a", "holds no mapping"),
        (b"", "holds no mapping"),
        (b"&a {b: *a}", "neither JSON nor YAML"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b'{"swagger": "2.0", "paths": {}}', "no OpenAPI 3 document"),
        (b'{"openapi": "3.0.0"}', "has no paths"),
    ],
)
def test_a_file_that_is_no_such_document_is_told_and_nothing_is_written(
    content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "published"
    path.write_bytes(content)
    assert import_spec.main(["lamps", str(path), "--root", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert said.startswith(f"scripts/import_spec.py: {path}: ")
    assert said.count("\n") == 1
    assert not (tmp_path / "specs").exists()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read: No such file"):
        read_document(str(tmp_path / "nothing.json"))


def test_what_is_too_large_is_refused(
    tmp_path: Path, serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_spec, "LARGEST", 20)
    (tmp_path / "a.json").write_bytes(b'{"a": 1}' + b" " * 12)
    assert read_document(str(tmp_path / "a.json")) == {"a": 1}
    (tmp_path / "a.json").write_bytes(b'{"a": 1}' + b" " * 13)
    for source in (str(tmp_path / "a.json"), serve(b'{"a": 1}' + b" " * 13)):
        with pytest.raises(SpecError, match="larger than 20 bytes"):
            read_document(source)


def test_a_url_is_fetched_and_a_redirect_followed(serve: Callable[..., str]) -> None:
    document = a_document()
    assert read_document(serve(json.dumps(document).encode())) == document
    assert read_document(serve(json.dumps(document).encode(), location="/moved")) == document


def test_a_url_that_cannot_be_fetched_is_told(serve: Callable[..., str]) -> None:
    with pytest.raises(SpecError, match="the server answers 404 Not Found"):
        read_document(serve(b"{}", status=404))
    with pytest.raises(SpecError, match="cannot be fetched"):
        read_document("http://127.0.0.1:1/openapi")
    with pytest.raises(SpecError, match="cannot be fetched"):
        read_document("http://[nowhere/openapi")


def test_importing_twice_gives_the_same_bytes(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["lamps", str(published), "--root", str(tmp_path)]
    assert import_spec.main(arguments) == 0
    path = tmp_path / "specs" / "lamps" / "openapi.yaml"
    first = path.read_bytes()
    assert "specs/lamps/openapi.yaml: made anew\nNext: write specs/lamps/overlay.yaml" in capsys.readouterr().out
    (path.parent / "overlay.yaml").write_text("mine", encoding="utf-8")
    assert import_spec.main(arguments) == 0
    assert capsys.readouterr().out == "specs/lamps/openapi.yaml: unchanged\n"
    assert path.read_bytes() == first
    assert import_spec.main(["lamps", str(path), "--root", str(tmp_path)]) == 0
    assert path.read_bytes() == first
    assert (path.parent / "overlay.yaml").read_text(encoding="utf-8") == "mine"
    assert read_yaml(path) == with_schema({"type": "string"})


def test_the_order_of_the_published_document_does_not_matter(tmp_path: Path) -> None:
    document = with_schema({"type": "object", "properties": {"a": {"type": "string"}, "b": {"enum": [1, 2]}}})
    turned = json.loads(json.dumps(document), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    for name, content in (("one", document), ("two", turned)):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
        assert import_spec.main([name, str(tmp_path / name), "--root", str(tmp_path)]) == 0
    specs = tmp_path / "specs"
    assert (specs / "one/openapi.yaml").read_bytes() == (specs / "two/openapi.yaml").read_bytes()


def test_a_default_that_is_left_out_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "published.json"
    path.write_text(json.dumps(with_schema({"type": "number", "default": "As wide as the input"})), encoding="utf-8")
    assert import_spec.main(["lamps", str(path), "--root", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "left out, as it does not fit its type: /components/schemas/Lamp/default" in said
    assert "As wide" not in said


def test_a_service_is_called_as_a_package_can_be(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        import_spec.main(["red-lamps", str(published)])
    assert "a package cannot be called 'red-lamps'" in capsys.readouterr().err
