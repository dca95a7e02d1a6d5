"""The commands and the clients cannot drift apart: every keyword is an option, of the same type, range and choices."""

from __future__ import annotations

import inspect
import json
import re
from importlib import resources
from typing import Any

import attrs
import click
import pytest

from safelight import Immersity
from safelight.cli.conversions import PICTURES, VIDEOS, Conversion
from safelight.cli.enhance import PRESETS, run
from safelight.cli.immersity import immersity
from safelight.letsenhance import Marketplace, Print, RealEstate

CONVERSIONS = {conversion.name: conversion for conversion in (*PICTURES, *VIDEOS)}
OPERATIONS = {
    "disparity": "create_disparity",
    "animation": "create_animation",
    "stereo": "create_stereo",
    "top-bottom": "create_top_bottom",
    "lif-encode": "encode_lif",
    "lif-decode": "decode_lif",
    "video": "convert_video",
    "spatial": "convert_spatial_video",
}
TYPES = {"int": click.INT, "float": click.FLOAT, "str": click.STRING, "bool": click.BOOL}
OF_THE_COMMAND = {"correlation_id", "timeout"}
SAID_RANGE = re.compile(r"(?i)from (-?\d+(?:\.\d+)?)(?:,? [^\d]*)? to (-?\d+(?:\.\d+)?)")


def document(service: str) -> dict[str, Any]:
    text = (resources.files("safelight_api") / service / "openapi.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def resolved(of: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = of["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def keywords(conversion: Conversion) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(getattr(Immersity, conversion.method)).parameters
    return {name: each for name, each in parameters.items() if each.kind is each.KEYWORD_ONLY}


def every_option() -> list[Any]:
    return [
        pytest.param(conversion, option, id=f"{conversion.name} {option.opts[0]}")
        for conversion in CONVERSIONS.values()
        for option in conversion.options
    ]


def test_every_conversion_of_the_client_is_a_command() -> None:
    methods = {
        name.replace("_", "-")
        for name, method in inspect.getmembers(Immersity, inspect.isfunction)
        if not name.startswith("_") and inspect.signature(method).parameters.keys() >= OF_THE_COMMAND
    }
    assert methods == CONVERSIONS.keys()
    assert immersity.commands.keys() == {*methods, "prices", "job"}


@pytest.mark.parametrize("conversion", CONVERSIONS.values(), ids=CONVERSIONS)
def test_every_keyword_has_an_option(conversion: Conversion) -> None:
    names = {option.name for option in (*conversion.inputs, *conversion.options)}
    assert names | OF_THE_COMMAND == keywords(conversion).keys()
    assert keywords(conversion).keys() <= {option.name for option in immersity.commands[conversion.name].params}


@pytest.mark.parametrize("conversion", CONVERSIONS.values(), ids=CONVERSIONS)
def test_what_the_client_demands_the_command_demands(conversion: Conversion) -> None:
    demanded = {name for name, each in keywords(conversion).items() if each.default is each.empty}
    assert {option.name for option in (*conversion.inputs, *conversion.options) if option.required} == demanded


@pytest.mark.parametrize(("conversion", "option"), every_option())
def test_an_option_has_the_keywords_type_and_choices(conversion: Conversion, option: click.Option) -> None:
    annotation = str(keywords(conversion)[option.name or ""].annotation)
    literal = re.search(r"Literal\[(.*?)\]", annotation)
    choices = re.findall(r"""['"]([^'"]+)['"]""", literal[1]) if literal else []
    if choices:
        assert isinstance(option.type, click.Choice)
        assert list(option.type.choices) == choices
    else:
        assert type(option.type) is type(TYPES["int" if literal else annotation.partition(" ")[0]])


@pytest.mark.parametrize(("conversion", "option"), every_option())
def test_the_ranges_in_the_help_are_those_of_the_contract(conversion: Conversion, option: click.Option) -> None:
    contract = document("immersity")
    operation = next(
        method
        for path in contract["paths"].values()
        for method in path.values()
        if method["operationId"] == OPERATIONS[conversion.name]
    )
    body = resolved(contract, operation["requestBody"]["content"]["application/json"]["schema"])
    key = re.sub("_([a-z])", lambda found: found[1].upper(), option.name or "")
    key = {"disparitySource": "inputDisparitySource"}.get(key, key)
    schema = resolved(contract, body["properties"][key])
    said = SAID_RANGE.search(option.help or "")
    if {"minimum", "maximum"} <= schema.keys() or said:
        assert said is not None, schema
        assert [float(bound) for bound in said.groups()] == [schema["minimum"], schema["maximum"]]


@pytest.mark.parametrize("preset", [Marketplace, RealEstate, Print])
def test_every_field_of_a_preset_is_an_option(preset: type) -> None:
    wishes = {option.name for option in run.params if isinstance(option.type, type(click.INT) | type(click.FLOAT))}
    assert preset.__name__ in PRESETS.values()
    fields = {field.name for field in attrs.fields(preset)}
    assert fields <= {option.name for option in run.params}
    if preset is Print:
        assert wishes - {"concurrency", "timeout"} == fields - {"image_format"}


def test_the_presets_ranges_in_the_help_are_those_of_the_contract() -> None:
    contract = document("letsenhance")
    properties = contract["components"]["schemas"]["PrintOperation"]["properties"]
    compared = 0
    for option in run.params:
        schema = resolved(contract, properties.get(option.name, {}))
        if isinstance(option, click.Option) and {"minimum", "maximum"} <= schema.keys():
            said = SAID_RANGE.search(option.help or "")
            assert said is not None, option.name
            assert [float(bound) for bound in said.groups()] == [schema["minimum"], schema["maximum"]]
            compared += 1
    assert compared == 4
