"""Take the structure of a published OpenAPI document, without its prose, as `specs/<service>/openapi.yaml`."""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

try:
    import httpx
    from build_spec import METHODS, SpecError
    from jsonschema import Draft202012Validator, SchemaError
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
except ModuleNotFoundError as error:
    sys.exit(f"scripts/import_spec.py: {error.name} is not installed here: `make import-spec` sets everything up.")

from terminal import run

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 16 * 1024 * 1024
DEADLINE = 120.0
_HEADER = (
    "# The structure of what the vendor publishes, made by `make import-spec`. Nothing is edited here: what has to be\n"
    "# mended, and all words, are in overlay.yaml.\n"
)
_PARAMETER = (
    "required deprecated allowEmptyValue style explode allowReserved schema:schema content:{media} encoding:{encoding}"
)

# What an object of each kind may hold: keys that are taken as they are, `key:kind`, and `key:{kind}` for a mapping from
# names of the vendor's. What is not listed is prose, an example or an extension, and is left out.
_KINDS = {
    "document": "openapi jsonSchemaDialect security info:info servers:server tags:tag paths:{path} webhooks:{path} "
    "components:components",
    "info": "title version",
    "tag": "name",
    "server": "url variables:{variable}",
    "variable": "enum default",
    "path": "parameters:parameter servers:server " + " ".join(f"{method}:operation" for method in METHODS),
    "operation": "operationId tags deprecated security parameters:parameter requestBody:body responses:{response} "
    "callbacks:{callback} servers:server",
    "parameter": f"name in {_PARAMETER}",
    "header": _PARAMETER,
    "body": "required content:{media}",
    "media": "schema:schema encoding:{encoding}",
    "encoding": "contentType style explode allowReserved headers:{header}",
    "response": "headers:{header} content:{media} links:{link}",
    "link": "operationRef operationId parameters requestBody server:server",
    "schema": "type format enum const default required nullable deprecated readOnly writeOnly minimum maximum "
    "exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern minItems maxItems uniqueItems "
    "minContains maxContains minProperties maxProperties dependentRequired discriminator xml contentEncoding "
    "contentMediaType $schema $id $anchor $dynamicAnchor $dynamicRef "
    "items:schema prefixItems:schema contains:schema not:schema "
    "additionalProperties:schema propertyNames:schema allOf:schema anyOf:schema oneOf:schema if:schema then:schema "
    "else:schema unevaluatedItems:schema unevaluatedProperties:schema contentSchema:schema properties:{schema} "
    "patternProperties:{schema} dependentSchemas:{schema} $defs:{schema} definitions:{schema}",
    "components": "schemas:{schema} responses:{response} parameters:{parameter} requestBodies:{body} headers:{header} "
    "securitySchemes:{scheme} links:{link} callbacks:{callback} pathItems:{path}",
    "scheme": "type name in scheme bearerFormat openIdConnectUrl flows:{flow}",
    "flow": "authorizationUrl tokenUrl refreshUrl scopes:{scope}",
}
_GRAMMAR = {
    kind: {key: inner for key, _, inner in (word.partition(":") for word in f"$ref {words}".split())}
    for kind, words in _KINDS.items()
}
# What programs read of these, here and elsewhere, is of this form.
_FORMS: dict[str, type | tuple[type, ...]] = {
    "$ref": str,
    "type": (str, list),
    "enum": list,
    "tags": list,
    "security": list,
    "anyOf": list,
    "oneOf": list,
    "allOf": list,
    "operationId": str,
    "url": str,
}
_STATUS_RANGES = {
    "1XX": "Informational",
    "2XX": "Success",
    "3XX": "Redirection",
    "4XX": "Client Error",
    "5XX": "Server Error",
    "default": "Any other status",
}


def structure_of(document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What a published document says to programs, sorted: vendors move things around, which is no change.

    Servers, tags, and what is tried in order (`anyOf` and the like) stay in the vendor's order.

    Args:
        document: OpenAPI 3, as it was read.

    Returns:
        The structure, and the places of the defaults that are left out because they do not fit their types.

    Raises:
        SpecError: This is no OpenAPI 3 document.
    """
    if not str(document.get("openapi", "")).startswith("3."):
        raise SpecError("this is no OpenAPI 3 document: it does not say `openapi: 3...`")
    if not isinstance(document.get("paths"), dict):
        raise SpecError("this document has no paths")
    misfits: list[str] = []
    try:
        taken = _taken("document", document, "", misfits)
    except RecursionError as error:
        raise SpecError("this document is nested too deeply") from error
    return json.loads(json.dumps(taken, sort_keys=True)), sorted(misfits)


def _taken(kind: str, value: Any, place: str, misfits: list[str]) -> Any:
    if isinstance(value, list) and kind:
        items = [_taken(kind, item, f"{place}/{index}", misfits) for index, item in enumerate(value)]
        return sorted(items, key=_parameter_order) if kind == "parameter" else items
    if kind == "scope":
        return ""  # What a scope is for is prose, yet OpenAPI wants a text there.
    if not kind or (kind == "schema" and isinstance(value, bool)):
        return value
    if not isinstance(value, dict):
        raise SpecError(f"{place or 'this document'} holds no mapping")
    if kind.startswith("{"):
        inner = kind.strip("{}")
        # Beside paths and statuses such a key is an extension; among properties or headers it is a name.
        names = (name for name in value if not (inner in ("path", "response") and name.startswith("x-")))
        return {name: _taken(inner, value[name], f"{place}/{name}", misfits) for name in names}
    if kind == "callback":
        return _taken("{path}", value, place, misfits)
    kinds = _GRAMMAR[kind]
    for key, wanted in _FORMS.items():
        if key in kinds and key in value and not isinstance(value[key], wanted):
            raise SpecError(f"{place}/{key} holds a {type(value[key]).__name__}, which has no meaning there")
    if kind == "schema" and not isinstance(value.get("required", []), list):
        raise SpecError(f"{place}/required holds no list")
    taken = {key: _taken(kinds[key], value[key], f"{place}/{key}", misfits) for key in value if key in kinds}
    if kind == "response" and "$ref" not in taken:
        taken["description"] = _reason_phrase(place.rpartition("/")[2])
    if kind == "schema":
        taken |= {key: _in_order(taken[key]) for key in ("enum", "required") if isinstance(taken.get(key), list)}
        if "default" in taken and not _default_fits(taken):
            misfits.append(f"{place}/default")
            del taken["default"]
    return taken


def _default_fits(schema: dict[str, Any]) -> bool:
    if schema["default"] is None and schema.get("nullable") is True:
        return True
    told = {key: schema[key] for key in ("type", "enum") if key in schema}
    try:
        Draft202012Validator.check_schema(told)
    except SchemaError:
        return True  # Nobody can say; what is wrong with the schema is told when the document is built.
    return Draft202012Validator(told).is_valid(schema["default"])


def _reason_phrase(status: str) -> str:
    """OpenAPI wants a description of each response; the vendor's would be prose."""
    if status.isdigit() and int(status) in set(HTTPStatus):
        return HTTPStatus(int(status)).phrase
    return _STATUS_RANGES.get(status, status)


def _parameter_order(parameter: Any) -> tuple[str, ...]:
    return tuple(str(parameter.get(key, "")) for key in ("in", "name", "$ref")) if isinstance(parameter, dict) else ()


def _in_order(values: list[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return values


def read_document(source: str) -> dict[str, Any]:
    """The mapping in a JSON or YAML file, or behind an http(s) URL.

    Raises:
        SpecError: It cannot be had, is too large, or is no such thing.
    """
    is_url = source.startswith(("http://", "https://"))
    return parsed(_fetched(source) if is_url else _read(Path(source)))


def parsed(content: bytes) -> dict[str, Any]:
    """The mapping that JSON or YAML holds.

    Raises:
        SpecError: It holds no such thing.
    """
    try:
        text = content.decode("utf-8-sig")
        # YAML has all of JSON in it, but takes far longer to read.
        is_json = text.lstrip().startswith("{")
        value = json.loads(text) if is_json else YAML(typ="safe", pure=True).load(text)
        # What only YAML has, such as numbers as keys and dates, becomes what JSON has.
        value = json.loads(json.dumps(value, default=str))
    except (ValueError, TypeError, YAMLError) as error:
        raise SpecError(f"this is neither JSON nor YAML: {' '.join(str(error).split())[:300]}") from error
    except RecursionError as error:
        raise SpecError("this is nested too deeply") from error
    if not isinstance(value, dict):
        raise SpecError("this holds no mapping, so no OpenAPI document (perhaps a web page)")
    return value


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return _limited(iter(lambda: file.read(1 << 16), b""))
    except OSError as error:
        raise SpecError(f"this file cannot be read: {error.strerror}") from error


def _fetched(url: str) -> bytes:
    try:
        # Without compression: the limit is for what arrives, and a little of that can unpack to a lot.
        headers = {"Accept-Encoding": "identity"}
        with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=30) as response:
            if response.status_code != HTTPStatus.OK:
                raise SpecError(f"the server answers {response.status_code} {response.reason_phrase}".strip())
            return _limited(_within(DEADLINE, response.iter_raw()))
    except httpx.ConnectError as error:
        raise SpecError(f"this URL cannot be fetched (is there a network?): {error}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SpecError(f"this URL cannot be fetched: {error}") from error


def _within(seconds: float, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The timeout of httpx is for each piece; a server that drips would hold us for ever."""
    end = time.monotonic() + seconds
    for chunk in chunks:
        if time.monotonic() > end:
            raise SpecError(f"this takes longer than {seconds:.0f} s")
        yield chunk


def _limited(chunks: Iterable[bytes]) -> bytes:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > LARGEST:
            raise SpecError(f"this is larger than {LARGEST} bytes")
    return bytes(content)


def write_spec(service: Path, document: dict[str, Any]) -> bool:
    """Write a service's `openapi.yaml`; its overlay is left alone.

    Args:
        service: The folder of the service, made if it is not there.
        document: What to write.

    Returns:
        Whether the file is another now.
    """
    text = io.StringIO(_HEADER)
    text.seek(0, io.SEEK_END)
    yaml = YAML()
    yaml.width = 120
    yaml.dump(document, text)
    path = service / "openapi.yaml"
    former = path.read_bytes() if path.exists() else b""
    service.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode())
    return path.read_bytes() != former


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/import_spec.py", description=__doc__)
    parser.add_argument("service", help="the name of the folder in specs/")
    parser.add_argument("source", help="a JSON or YAML file, or an http(s) URL")
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree with specs/")
    options = parser.parse_args(arguments)
    if not options.service.isidentifier():
        parser.error(f"a package cannot be called {options.service!r}: choose another name for the service")
    try:
        document, misfits = structure_of(read_document(options.source))
    except SpecError as error:
        print(f"scripts/import_spec.py: {options.source}: {error}. Nothing was changed.", file=sys.stderr)
        return 1
    service = options.root / "specs" / options.service
    changed = write_spec(service, document)
    for place in misfits:
        print(f"left out, as it does not fit its type: {place}")
    print(f"specs/{options.service}/openapi.yaml: {'made anew' if changed else 'unchanged'}")
    if not (service / "overlay.yaml").exists():
        print(f"Next: write specs/{options.service}/overlay.yaml with what has to be mended, then `make generate`.")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
