"""What is called safe is safe: the verdicts on schemas against what a validator says of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schema_changes import Impact, Reach, SchemaComparison

LEAVES: list[Any] = [None, True, -1, 0, 1, 2, 3, 4, 1.5, "", "a", "b", "ab", "aab"]
NAMES = ["one", "two", "three"]


def _some(**keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keywords)


def _typed(name: str, **keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return _some(**keywords).map(lambda found: {"type": name} | found)


def _either(schemas: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(schemas, min_size=1, max_size=3).map(lambda members: {"anyOf": members})


SMALL = st.integers(0, 3)
PLAIN = st.one_of(
    st.just({}),
    st.sampled_from(
        [{"type": "null"}, {"type": "boolean"}, {"type": ["string", "null"]}, {"type": ["integer", "string"]}]
    ),
    st.sampled_from(["integer", "number"]).flatmap(
        lambda name: _typed(name, minimum=SMALL, maximum=SMALL, exclusiveMinimum=SMALL, multipleOf=st.integers(1, 4))
    ),
    _typed("string", minLength=SMALL, maxLength=SMALL, pattern=st.sampled_from(["a", "b", "^a"])),
    st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, unique=True).map(
        lambda found: {"type": "string", "enum": found}
    ),
    st.sampled_from([{"const": "a"}, {"const": 1}, {"enum": ["a", None], "type": ["string", "null"]}]),
)


def _larger(schemas: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    objects = _typed(
        "object",
        properties=st.dictionaries(st.sampled_from(NAMES), schemas, max_size=3),
        required=st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
        additionalProperties=st.one_of(st.booleans(), schemas),
        maxProperties=SMALL,
    )
    arrays = _typed("array", items=schemas, minItems=SMALL, maxItems=SMALL, uniqueItems=st.booleans())
    return st.one_of(objects, arrays, _either(schemas))


SCHEMAS = st.recursive(PLAIN, _larger, max_leaves=4)
VALUES = st.recursive(
    st.sampled_from(LEAVES),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.sampled_from(NAMES), values, max_size=3),
    max_leaves=4,
)


@st.composite
def edited(draw: st.DrawFn, schema: Any) -> Any:
    """The schema with something changed somewhere in it: unrelated schemas would nearly always break."""
    if not isinstance(schema, dict):
        return draw(SCHEMAS)
    found = dict(schema)
    inner = [key for key in ("items", "additionalProperties", "anyOf", "properties") if found.get(key)]
    way = draw(st.sampled_from(["inside", "inside", "remove", "add", "replace"]))
    if way == "inside" and inner:
        key = draw(st.sampled_from(inner))
        if key == "anyOf":
            members = list(found[key])
            place = draw(st.integers(0, len(members) - 1))
            members[place] = draw(edited(members[place]))
            return found | {key: draw(st.permutations(members + draw(st.lists(PLAIN, max_size=1))))}
        if key == "properties":
            name = draw(st.sampled_from(sorted(found[key])))
            return found | {key: found[key] | {name: draw(edited(found[key][name]))}}
        return found | {key: draw(edited(found[key]))}
    if way == "remove" and found:
        del found[draw(st.sampled_from(sorted(found.keys() - {"type"} or found)))]
        return found
    if way == "add":
        return found | draw(SCHEMAS.filter(lambda other: other.get("type") == found.get("type")) | st.just({}))
    return draw(SCHEMAS)


def sane(schema: Any) -> Any:
    """The schema without required names that have no property: a closed object would take nothing at all."""
    if isinstance(schema, list):
        return [sane(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: value if key in ("enum", "required") else sane(value) for key, value in schema.items()}
    if isinstance(found.get("required"), list):
        found["required"] = [name for name in found["required"] if name in found.get("properties", {})]
    return found


PAIRS = SCHEMAS.flatmap(lambda schema: st.tuples(st.just(schema), edited(schema))).map(
    lambda pair: (sane(pair[0]), sane(pair[1]))
)


def strict(schema: Any) -> Any:
    """The schema of values without a property that it does not name: who sends one knows of nothing else."""
    if not isinstance(schema, dict):
        return schema
    found = dict(schema)
    for key in ("items", "additionalProperties"):
        if key in found:
            found[key] = strict(found[key])
    if "anyOf" in found:
        found["anyOf"] = [strict(member) for member in found["anyOf"]]
    if found.get("type") == "object":
        found["properties"] = {name: strict(value) for name, value in found.get("properties", {}).items()}
        if found.get("additionalProperties", True) is True:
            found["additionalProperties"] = False
    return found


def lenient(schema: Any) -> Any:
    """The schema of values with properties that it does not name: who reads one passes over them."""
    if isinstance(schema, list):
        return [lenient(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: value if key in ("enum", "required") else lenient(value) for key, value in schema.items()}
    if found.get("additionalProperties") is False:
        del found["additionalProperties"]
    return found


def verdicts(old: Any, new: Any, reach: Reach) -> set[Impact]:
    comparison = SchemaComparison({}, {})
    return {change.impact for change in comparison.changes("it", old, new, frozenset({reach}))}


def fits(schema: Any, value: Any) -> bool:
    return Draft202012Validator(schema).is_valid(value)


# These were once judged wrongly.
KNOWN: list[tuple[tuple[Any, Any], list[Any]]] = [
    (({"type": "array", "maxItems": 0}, {"type": "array", "maxItems": 1}), [[], [None]]),
    (({"type": "integer", "maximum": 3}, {"type": "integer", "maximum": 0}), [0, 1]),
    (({"type": "integer", "minimum": 0}, {"type": "integer", "minimum": -1}), [-1, 0]),
    (({"type": "string", "pattern": "a"}, {"type": "string", "pattern": "b"}), ["b", "a"]),
    (({"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}), [3, 2]),
]


def tried_on_values(test: Callable[[tuple[Any, Any], list[Any]], None]) -> Callable[..., None]:
    """The test of two schemas, an earlier and a later one, and of some values."""
    for pair, values in KNOWN:
        test = example(pair, values)(test)
    generated = given(PAIRS, st.lists(VALUES, min_size=1, max_size=30))(test)
    return settings(max_examples=250, deadline=None, derandomize=True, database=None)(generated)


@tried_on_values
def test_what_was_sent_is_still_taken_where_nothing_breaks(pair: tuple[Any, Any], values: list[Any]) -> None:
    old, new = pair
    if Impact.BREAKING not in verdicts(old, new, Reach.REQUEST):
        assert [value for value in values if fits(strict(old), value) and not fits(new, value)] == []


@tried_on_values
def test_nothing_comes_that_did_not_come_before_where_all_is_safe(pair: tuple[Any, Any], values: list[Any]) -> None:
    old, new = pair
    if verdicts(old, new, Reach.REPLY) <= {Impact.SAFE}:
        assert [value for value in values if fits(strict(new), value) and not fits(lenient(old), value)] == []


@given(SCHEMAS)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_a_schema_has_not_changed_from_itself(schema: Any) -> None:
    assert verdicts(schema, dict(schema), Reach.REQUEST) == set()
