"""From a service's `openapi.yaml` and `overlay.yaml` to the document that its client is generated from."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext.parser import parse
from jsonschema import Draft202012Validator, ValidationError
from oas_patch.overlay import apply_overlay
from oas_patch.validator import load_schema
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing.exceptions import Unresolvable
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_OVERLAY_SCHEMA = "overlay_schema_1.0.0.yml"
_WORDS = ("title", "description", "example", "examples")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class SpecError(Exception):
    """A spec, an overlay or a generator config has to be mended; the message names the place and what to do."""


def built_document(service: Path) -> dict[str, Any]:
    """The service's document, mended by its overlay and validated.

    Args:
        service: The folder with `openapi.yaml` and `overlay.yaml`.

    Raises:
        SpecError: A file is missing or no YAML, an action fits nothing, or the document is not valid.
    """
    document = apply_actions(read_yaml(service / "openapi.yaml"), service / "overlay.yaml")
    place = f"{service.name}/openapi.yaml with overlay.yaml"
    try:
        document = json.loads(json.dumps(document))
    except TypeError as error:
        raise SpecError(f"{place}: {error}. JSON has no such thing: put quotes around dates and the like.") from error
    try:
        for problem in OpenAPIV31SpecValidator(document).iter_errors():
            where, message = _place_in(problem), _shortened(problem.message)
            raise SpecError(f"{place} is no valid OpenAPI 3.1, at {where}: {message}. Mend it.")
    except Unresolvable as error:
        raise SpecError(f"{place}: the $ref {error.ref} leads nowhere. Mend it.") from error
    except RecursionError as error:
        raise SpecError(f"{place}: a $ref leads back to itself. Mend it.") from error
    return document


def apply_actions(document: dict[str, Any], overlay: Path) -> dict[str, Any]:
    """The document with all of the overlay's actions applied, in their order. The argument is left as it was.

    The library passes over an action that fits nothing; here that is an error, and so is one that changes nothing.

    Raises:
        SpecError: The overlay is not valid, or has such an action.
    """
    for where, action in read_actions(overlay):
        document = apply_action(document, action, where)
    return document


def read_actions(overlay: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The overlay's actions in their order, each with the place where it stands.

    Raises:
        SpecError: The overlay is not valid, or an action does not say why it is there.
    """
    plan = read_yaml(overlay)
    place = f"{overlay.parent.name}/{overlay.name}"
    for problem in Draft202012Validator(load_schema(_OVERLAY_SCHEMA)).iter_errors(plan):
        raise SpecError(
            f"{place} is no valid overlay, at {_place_in(problem)}: {_shortened(problem.message)}. Mend it."
        )
    for number, action in enumerate(plan["actions"], 1):
        where = f"{place}, action {number} ({action['target']})"
        if not str(action.get("description") or "").strip():
            raise SpecError(f"{where} does not say why: give it a description.")
        yield where, action


def apply_action(document: dict[str, Any], action: dict[str, Any], where: str) -> dict[str, Any]:
    """The document with an action applied. The argument is left as it was.

    Raises:
        SpecError: The action fits nothing, changes nothing, or describes what is not there.
    """
    try:
        matches = parse(action["target"]).find(document)
    except JSONPathError as error:
        raise SpecError(f"{where}: the target is no JSONPath: {error}. Mend it.") from error
    if not matches:
        raise SpecError(f"{where} matches nothing: mend its target, or remove it if it is no longer needed.")
    try:
        mended = apply_overlay(copy.deepcopy(document), {"actions": [action]})
    except (TypeError, KeyError, IndexError, AttributeError) as error:
        # The library's own way to fail, for instance at a target that ends in a filter.
        raise SpecError(f"{where} cannot be applied: {error}. Let its target end in the name of a property.") from error
    if mended == document:
        raise SpecError(f"{where} changes nothing: remove it if it is no longer needed.")
    if ghosts := sorted(_ghosts(document, mended)):
        raise SpecError(f"{where} describes what is not there: {', '.join(ghosts)}. Remove that, or mend its name.")
    return mended


def _ghosts(before: Any, after: Any) -> Iterator[str]:
    """Properties that an action has made of mere words: those of a property that the vendor removed or renamed."""
    if isinstance(before, list) and isinstance(after, list):
        for former, value in zip(before, after, strict=False):
            yield from _ghosts(former, value)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    known = before.get("properties")
    for name, value in (after.get("properties") or {}).items() if isinstance(known, dict) else ():
        if name not in known and isinstance(value, dict) and all(key in _WORDS or key[:2] == "x-" for key in value):
            yield name
    for key in before.keys() & after.keys():
        yield from _ghosts(before[key], after[key])


def operation_ids(document: dict[str, Any]) -> list[tuple[str, str]]:
    """The first tag and the operationId of each operation of a built document.

    Raises:
        SpecError: An operation has none.
    """
    found = []
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            if not operation.get("operationId") or not operation.get("tags"):
                raise SpecError(f"{method.upper()} {path} has no operationId or no tag: give it both in overlay.yaml.")
            found.append((operation["tags"][0], operation["operationId"]))
    return found


def pointed(document: Any, reference: str) -> Any:
    """What a `$ref` leads to within its document; an empty part where it leads nowhere."""
    found = document
    for step in reference.removeprefix("#/").split("/"):
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (IndexError, KeyError, TypeError, ValueError):
            return {}
    return found


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML 1.2 file.

    Raises:
        SpecError: The file is missing, is no YAML, has a key twice, or holds something else.
    """
    place = f"{path.parent.name}/{path.name}"
    try:
        value = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SpecError(
            f"{place} is missing: each folder of specs/ needs an openapi.yaml and an overlay.yaml."
        ) from error
    except YAMLError as error:
        raise SpecError(f"{place}: {' '.join(str(error).split())[:300]}. Mend it there.") from error
    if not isinstance(value, dict):
        raise SpecError(f"{place} holds no mapping: write one.")
    return value


def _place_in(problem: ValidationError) -> str:
    return "/".join(str(step) for step in problem.absolute_path) or "the top"


def _shortened(text: str) -> str:
    return text if len(text) <= 300 else text[:300] + "..."
