"""Each rule for specs by the smallest document that breaks it, and the same one mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lint_specs
import pytest
from ruamel.yaml import YAML
from spec_parts import Spec
from spec_rules import RULES

TEXT = {"type": "string", "description": "A text."}
LIST = {"type": "array", "items": {"type": "string"}, "description": "Texts."}
LETTER = {"type": "string", "enum": ["a", "b"], "description": "A letter."}
REFUSED = {"description": "It is refused."}
DONE = {"description": "It is done."}


def content(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def sends(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"content": content(schema)}}


def replies(schema: Any) -> dict[str, Any]:
    return {"responses": {"200": {**DONE, "content": content(schema)}, "4XX": REFUSED}}


def takes(**parameter: Any) -> dict[str, Any]:
    return {
        "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}, "description": "A q."} | parameter]
    }


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def known(part: dict[str, Any]) -> dict[str, Any]:
    return {"x-provenance": "documented", "description": "Something."} | part


def document(*parts: dict[str, Any], without: str = "", path: Any = None, **schemas: Any) -> dict[str, Any]:
    """A document of one operation, made of these parts, and of these named schemas."""
    operation = known(
        {"operationId": "do_it", "tags": ["all"], "summary": "Do it", "responses": {"2XX": DONE, "4XX": REFUSED}}
    )
    for part in parts:
        operation |= part
    operation.pop(without, None)
    return {
        "openapi": "3.1.0",
        "info": {"title": "A service", "version": "1"},
        "servers": [{"url": "https://a-service.dev"}],
        "security": [{"key": []}],
        "paths": {"/it": {"post": operation} | (path or {})},
        "components": {
            "securitySchemes": {"key": known({"type": "apiKey", "in": "header", "name": "X-Key"})},
            "schemas": {name: known(schema) for name, schema in schemas.items()},
        },
    }


def with_components(made: dict[str, Any], **kinds: Any) -> dict[str, Any]:
    made["components"] |= kinds
    return made


def tagged(tag: Any) -> dict[str, Any]:
    return fields(kind={"description": "Which it is."} | tag) | {"required": ["kind"]}


def either(*names: str, **more: Any) -> dict[str, Any]:
    return {"oneOf": [named(name) for name in names]} | more


def called(schema: Any) -> dict[str, Any]:
    """A callback whose body has this schema."""
    call = known({"summary": "It is over", "requestBody": {"content": content(schema)}, "responses": {"2XX": DONE}})
    return {"callbacks": {"over": {"{$request.body#/url}": {"post": call}}}}


ENUM_OR_TEXT = {"anyOf": [named("Letter"), {"type": "string"}], "description": "A letter."}
ENUM_OR_NULL = {"anyOf": [named("Letter"), {"type": "null"}], "description": "A letter."}
A, B, OTHER = tagged({"const": "a"}), tagged({"const": "b"}), tagged({"type": "string"})
BY_KIND = {"discriminator": {"propertyName": "kind"}}
Q = {"name": "q", "in": "query", "schema": {"type": "integer"}}

# The rule, a document that breaks it, and the same one mended.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "default-in-request",
        document(sends(fields(a=TEXT | {"default": "x"}))),
        document(sends(fields(a=TEXT))),
    ),
    (
        "default-in-request",
        document(
            sends({"type": "array", "items": named("A")}),
            A={"allOf": [named("B")]},
            B=fields(b=TEXT | {"default": "x"}),
        ),
        document(sends({"type": "array", "items": named("A")}), A={"allOf": [named("B")]}, B=fields(b=TEXT)),
    ),
    (
        "default-in-request",
        with_components(
            document({"parameters": [{"$ref": "#/components/parameters/Q"}]}),
            parameters={"Q": known(Q | {"schema": {"type": "integer", "default": 1}})},
        ),
        with_components(document({"parameters": [{"$ref": "#/components/parameters/Q"}]}), parameters={"Q": known(Q)}),
    ),
    (
        "default-in-request",
        document(path={"parameters": [known(Q | {"schema": {"type": "integer", "default": 1}})]}),
        document(path={"parameters": [known(Q)]}),
    ),
    *(
        (
            "default-in-request",
            document(sends(fields(a=TEXT) | {key: {"default": "x"}})),
            document(sends(fields(a=TEXT))),
        )
        for key in ("contains", "else", "then", "unevaluatedItems", "unevaluatedProperties")
    ),
    (
        "default-in-request",
        document(sends(fields(a=TEXT) | {"dependentSchemas": {"a": fields(b=TEXT | {"default": "x"})}})),
        document(sends(fields(a=TEXT) | {"dependentSchemas": {"a": fields(b=TEXT)}})),
    ),
    (
        "ref-with-siblings",
        document(sends(fields(a=named("A") | {"description": "Not read."})), A=fields(b=TEXT)),
        document(sends(fields(a=named("A"))), A=fields(b=TEXT)),
    ),
    *(
        (
            "ref-with-siblings",
            with_components(
                document(replies(named(name))),
                schemas={"A": known(fields(b=TEXT)), name: known(fields(a=named("A") | {"description": "Not read."}))},
            ),
            with_components(
                document(replies(named(name))), schemas={"A": known(fields(b=TEXT)), name: known(fields(a=named("A")))}
            ),
        )
        for name in ("const", "default", "enum", "example", "examples", "properties")
    ),
    (
        "path-item-ref",
        with_components(
            document() | {"paths": {"/it": {"$ref": "#/components/pathItems/It"}}},
            pathItems={"It": known(document()["paths"]["/it"])},
        ),
        document(),
    ),
    *(
        ("parameter-name", document(takes(name=name)), document(takes(name=f"{name}_of_it")))
        for name in ("params", "headers", "cookies", "body", "quote", "Params")
    ),
    ("parameter-form", document(takes(explode=False, schema=LIST)), document(takes(explode=True, schema=LIST))),
    ("parameter-form", document(takes(style="pipeDelimited", schema=LIST)), document(takes(style="form", schema=LIST))),
    (
        "parameter-form",
        document({"parameters": [known({"name": "q", "in": "query", "content": content(fields(a=TEXT))})]}),
        document(takes()),
    ),
    ("operation-security", document({"security": [{"key": []}]}), document({"security": []})),
    ("operation-tag", document(without="tags"), document()),
    ("missing-4xx", document({"responses": {"200": DONE}}), document({"responses": {"200": DONE, "404": REFUSED}})),
    (
        "default-response",
        document({"responses": {"200": DONE, "4XX": REFUSED, "default": REFUSED}}),
        document({"responses": {"200": DONE, "4XX": REFUSED, "5XX": REFUSED}}),
    ),
    (
        "body-media-type",
        document({"requestBody": {"content": content(fields(a=TEXT)) | {"application/x-www-form-urlencoded": {}}}}),
        document(sends(fields(a=TEXT))),
    ),
    (
        "body-media-type",
        document({"responses": {"200": {**DONE, "content": {"text/plain": {}, **content(TEXT)}}, "4XX": REFUSED}}),
        document(replies(TEXT)),
    ),
    (
        "body-media-type",
        document({"requestBody": {"content": {"multipart/form-data": {"schema": fields(a=TEXT)}}}}),
        document({"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": fields(a=TEXT)}}}}),
    ),
    ("binary-body", document(replies({"type": "string", "format": "binary"})), document(replies(TEXT))),
    ("closed-enum-in-reply", document(replies(fields(a=LETTER))), document(replies(fields(a=TEXT)))),
    (
        "closed-enum-in-reply",
        document(replies(fields(a=named("Letter"))), Letter=LETTER),
        document(replies(fields(a=ENUM_OR_TEXT)), Letter=LETTER),
    ),
    (
        "closed-enum-in-reply",
        document(called(fields(a=ENUM_OR_NULL)), Letter=LETTER),
        document(called(fields(a={"anyOf": [*ENUM_OR_NULL["anyOf"], TEXT], "description": "One."})), Letter=LETTER),
    ),
    (
        "closed-enum-in-reply",
        document()
        | {"webhooks": {"over": {"post": known({"summary": "Over", "responses": {"2XX": DONE}}) | sends(LETTER)}}},
        document()
        | {"webhooks": {"over": {"post": known({"summary": "Over", "responses": {"2XX": DONE}}) | sends(TEXT)}}},
    ),
    (
        "closed-enum-in-reply",
        document(replies(either("A", "B")), A=A, B=B),
        document(replies(either("A", "B", "Other")), A=A, B=B, Other=OTHER),
    ),
    (
        "closed-enum-in-reply",
        document(replies(fields(a={"anyOf": [LETTER, {"type": "integer"}], "description": "One."}))),
        document(sends(fields(a={"anyOf": [LETTER, {"type": "integer"}], "description": "One."}))),
    ),
    (
        "discriminator-without-const",
        document(sends(either("A", "Other", **BY_KIND)), A=OTHER, Other=OTHER),
        document(sends(either("A", "Other", **BY_KIND)), A={"allOf": [A]}, Other=OTHER),
    ),
    *(
        ("property-name", document(sends(fields(**{name: TEXT}))), document(sends(fields(**{f"{name}_of_it": TEXT}))))
        for name in ("additional_properties", "cls", "d", "field_dict", "from_dict", "to_dict", "toDict")
    ),
    (
        "property-like-class",
        document(replies(named("Letters")), Letters=fields(letters=LIST)),
        document(replies(named("Letters")), Letters=fields(letters=TEXT)),
    ),
    (
        "property-like-class",
        document(replies(named("MoreTexts")), MoreTexts={"allOf": [fields(moreTexts=LIST)]}),
        document(replies(named("MoreTexts")), MoreTexts={"allOf": [fields(texts=LIST)]}),
    ),
    (
        "fastapi-detail",
        document(replies(named("HTTPValidationError")), HTTPValidationError=fields(detail=LIST)),
        document(
            replies(named("HTTPValidationError")),
            HTTPValidationError=fields(detail={"anyOf": [LIST, TEXT], "description": "Why."}),
        ),
    ),
    ("unused-component", document(A=fields(a=TEXT)), document(replies(named("A")), A=fields(a=TEXT))),
    ("unused-component", document(A=fields(b=named("A"))), document(replies(named("A")), A=fields(b=named("A")))),
    (
        "unused-component",
        document(A=fields(b=named("B")), B=fields(a=named("A"))),
        document(called(named("A")), A=fields(b=named("B")), B=fields(a=named("A"))),
    ),
    ("description", document(without="description"), document()),
    ("description", document({"description": " \n"}), document({"description": " It does it.\n"})),
    ("description", document(takes(description="")), document(takes(schema=TEXT, description="A q."))),
    ("description", document(replies(fields(a={"type": "string"}))), document(replies(fields(a=TEXT)))),
    ("description", document(replies(named("A")), A={"description": ""}), document(replies(named("A")), A={})),
    (
        "description",
        document({"responses": {"200": DONE, "404": {"description": "Not Found"}}}),
        document({"responses": {"200": DONE, "404": {"description": "There is no such thing."}}}),
    ),
    ("provenance", document(without="x-provenance"), document({"x-provenance": "observed"})),
    ("provenance", document({"x-provenance": "rumoured"}), document({"x-provenance": "assumed"})),
    (
        "provenance",
        with_components(
            document({"responses": {"200": DONE, "4XX": {"$ref": "#/components/responses/No"}}}),
            responses={"No": REFUSED},
        ),
        with_components(
            document({"responses": {"200": DONE, "4XX": {"$ref": "#/components/responses/No"}}}),
            responses={"No": known(REFUSED)},
        ),
    ),
    (
        "assumed-keyword",
        document(sends(fields(a=TEXT | {"x-assumed": ["minLength"]}))),
        document(sends(fields(a=TEXT | {"x-assumed": ["minLength"], "minLength": 1}))),
    ),
]


def rules_broken(made: dict[str, Any], renamed: tuple[str, ...] = ()) -> set[str]:
    return {complaint.split(": ")[1] for complaint in lint_specs.broken_rules(Spec(made, renamed))}


@pytest.mark.parametrize(("rule", "broken", "mended"), CASES, ids=[rule for rule, _, _ in CASES])
def test_a_rule_tells_what_breaks_it_and_nothing_else(
    rule: str, broken: dict[str, Any], mended: dict[str, Any]
) -> None:
    assert rules_broken(broken) == {rule}
    assert rules_broken(mended) == set()


def test_a_default_of_a_parameter_that_is_sent_as_json_is_told_too() -> None:
    parameter = known({"name": "q", "in": "query", "content": content(fields(a=TEXT | {"default": "x"}))})
    assert rules_broken(document({"parameters": [parameter]})) == {"default-in-request", "parameter-form"}


def test_properties_may_be_called_like_keywords() -> None:
    value = TEXT | {"example": {"$ref": "elsewhere", "beside": 1}}
    names = ("x-provenance", "x-assumed", "default", "enum", "properties")
    assert rules_broken(document(replies(fields(**dict.fromkeys(names, value))))) == set()


def test_every_rule_has_an_example() -> None:
    assert {rule for rule, _, _ in CASES} == RULES.keys()


def test_a_class_that_is_renamed_may_have_a_property_of_its_schemas_name() -> None:
    made = document(replies(named("Matrix")), Matrix=fields(matrix=LIST))
    assert rules_broken(made) == {"property-like-class"}
    assert rules_broken(made, ("Matrix",)) == set()


def test_a_complaint_names_the_place_the_rule_and_what_to_do() -> None:
    made = document(sends(named("A")), A=fields(**{"a/b": TEXT | {"default": "x"}}))
    (complaint,) = lint_specs.broken_rules(Spec(made))
    assert complaint == (
        "#/components/schemas/A/properties/a~1b: default-in-request: "
        "generated clients would always send the default: remove it, and tell it in the description."
    )


@pytest.mark.parametrize(
    "wrong", ["#/components/schemas/Nowhere", "#/paths/0", "elsewhere.yaml#/A", "#/components/schemas/A"]
)
def test_a_ref_that_leads_nowhere_or_to_itself_stops_no_rule(wrong: str) -> None:
    made = document(
        sends({"$ref": wrong}), {"parameters": [{"$ref": wrong}]}, replies({"$ref": wrong}), A={"$ref": wrong}
    )
    made["components"]["schemas"]["A"] = {"$ref": wrong}
    assert rules_broken(made) <= {"unused-component", "description"}


def test_redocly_tells_what_it_finds_in_each_document_and_takes_a_warning_for_an_error() -> None:
    nothing = document(without="operationId")
    stray = document(replies(fields(a=TEXT | {"for programs.": None})))
    lost = document(replies(named("Nowhere")))
    unfit = document(sends(fields(a=TEXT | {"examples": [5]})))
    unknown = document(sends(fields(a=TEXT) | {"required": ["a", "b"]}))
    undefined = document(path={"put": known({"operationId": "do_it", "tags": ["all"], "responses": {"2XX": DONE}})})
    undefined["paths"]["/it/{id}"] = undefined["paths"].pop("/it")
    documents = {
        "good": document(),
        "nothing": nothing,
        "stray": stray,
        "lost": lost,
        "unfit": unfit,
        "undefined": undefined,
        "unknown": unknown,
    }
    found = [(name, complaint.split(": ")[1]) for name, complaint in lint_specs.redocly_complaints(documents)]
    assert sorted(set(found)) == [
        ("lost", "no-unresolved-refs"),
        ("nothing", "operation-operationId"),
        ("stray", "struct"),
        ("undefined", "operation-operationId-unique"),
        ("undefined", "operation-summary"),
        ("undefined", "path-parameters-defined"),
        ("unfit", "no-invalid-schema-examples"),
        ("unknown", "no-required-schema-properties-undefined"),
    ]


def test_what_the_user_has_node_do_reaches_no_redocly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--require ./a-debugger-of-the-user.js")
    assert lint_specs.redocly_complaints({"good": document()}) == []


def service(root: Path, name: str, made: dict[str, Any]) -> Path:
    folder = root / "specs" / name
    folder.mkdir(parents=True)
    YAML(typ="safe", pure=True).dump(made, folder / "openapi.yaml")
    overlay = {"overlay": "1.0.0", "info": {"title": name, "version": "1"}, "extends": "openapi.yaml"}
    named = {"target": "$.info", "description": "Another name.", "update": {"title": f"The service {name}"}}
    YAML(typ="safe", pure=True).dump(overlay | {"actions": [named]}, folder / "overlay.yaml")
    return folder


def test_services_that_keep_to_all_rules_pass_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    renamed = document(replies(named("Matrix")), Matrix=fields(matrix=LIST))
    config = service(tmp_path, "renamed", renamed) / "generator.yaml"
    config.write_text("class_overrides: {Matrix: {class_name: Pose, module_name: pose}}\n", encoding="utf-8")
    service(tmp_path, "plain", document())
    assert lint_specs.main(["--root", str(tmp_path)]) == 0
    assert capsys.readouterr() == ("", "")


def test_all_services_are_told_of_at_once_and_the_exit_code_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service(tmp_path, "invalid", document() | {"info": {"title": "A service"}})
    service(tmp_path, "missing", document())
    (tmp_path / "specs/missing/openapi.yaml").unlink()
    service(tmp_path, "nameless", document(without="operationId"))
    service(tmp_path, "untagged", document(without="tags"))
    assert lint_specs.main(["--root", str(tmp_path)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told] == [
        "specs/invalid/openapi.yaml with overlay.yaml is no valid OpenAPI 3.1, at info",
        "specs/missing/openapi.yaml is missing",
        "specs/untagged",
        "specs/nameless",
    ]
    assert told[2].startswith("specs/untagged: #/paths/~1it/post: operation-tag: the first tag names the folder")
    assert told[3].startswith("specs/nameless: #/paths/~1it/post/operationId: operation-operationId: ")


@pytest.mark.parametrize(
    ("ref", "told"), [("Nowhere", "the $ref /components/schemas/Nowhere leads nowhere"), ("A", "a $ref leads back")]
)
def test_a_ref_that_leads_nowhere_or_to_itself_is_told(
    ref: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = document(sends(named("A")))
    made["components"]["schemas"]["A"] = named(ref)
    service(tmp_path, "wrong", made)
    assert lint_specs.main(["--root", str(tmp_path)]) == 1
    assert told in capsys.readouterr().out


def test_a_redocly_that_is_not_there_or_does_not_work_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service(tmp_path, "plain", document())
    program = tmp_path / "cli.js"
    monkeypatch.setattr(lint_specs, "_REDOCLY", program)
    assert lint_specs.main(["--root", str(tmp_path)]) == 1
    assert "Redocly CLI is not installed here: run `make lint`" in capsys.readouterr().err
    program.write_text("console.error('no memory'); process.exit(3)\n", encoding="utf-8")
    assert lint_specs.main(["--root", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "scripts/lint_specs.py: Redocly CLI ended with 3: no memory\n"


def test_a_tree_without_specs_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint_specs.main(["--root", str(tmp_path)]) == 1
    assert "each service needs one" in capsys.readouterr().err
