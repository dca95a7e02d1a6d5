"""Results of an analysis as lines, in whatever form the service gives them."""

from __future__ import annotations

from typing import Any

import pytest

from safelight.cli.analyses import image_table, result_lines, side_of, values_of
from safelight_api.hautai.models import Image, ImageResult

METRIC = {"name": "Acne", "tech_name": "acne_score", "value": 12.345678, "unit": "%"}


@pytest.mark.parametrize(
    ("result", "values"),
    [
        ({"algorithm_family_tech_name": "selfie_v2.acne", "result": 7}, [("selfie_v2.acne", "7")]),
        ({"algorithm_version_id": 3, "result": 0.1234567}, [("algorithm 3", "0.123457")]),
        ({"result": "Type II"}, [("algorithm ?", "Type II")]),
        ({"result": {"tech_name": "age", "value": 31}}, [("age", "31")]),
        ({"algorithm_family_tech_name": "face", "result": {"error": "No face"}}, [("face error", "No face")]),
        (
            {"algorithm_family_tech_name": "acne", "result": {"area_results": [{"area_name": "nose", "main": METRIC}]}},
            [("acne nose acne_score", "12.3457"), ("acne nose acne_score unit", "%")],
        ),
        (
            {"algorithm_family_tech_name": "a", "result": {"box": [1, 2.5], "lines": [[1, 2]] * 9, "few": [{"x": 1}]}},
            [("a box", "1, 2.5"), ("a lines", "9 values"), ("a few 1 x", "1")],
        ),
        ({"algorithm_family_tech_name": "a", "result": {"sub": [], "more": {}, "none": None}}, []),
        ({"algorithm_family_tech_name": "a", "result": None}, []),
        ({"algorithm_family_tech_name": "a", "result": {"ok": False, "zero": 0}}, [("a ok", "False"), ("a zero", "0")]),
    ],
)
def test_each_value_has_a_name(result: dict[str, Any], values: list[tuple[str, str]]) -> None:
    assert list(values_of(result)) == values


def test_addresses_of_masks_lose_their_signatures() -> None:
    result = {"algorithm_family_tech_name": "a", "result": {"mask": "https://store/a.png?X-Goog-Signature=canary"}}
    assert list(values_of(result)) == [("a mask", "https://store/a.png?...")]


def test_sides_are_told_where_there_are_several() -> None:
    results = [
        ImageResult.from_dict({"image_id": image_id, "algorithm_family_tech_name": "a", "result": 1})
        for image_id in ("1", "2")
    ]
    one, both = (
        ["".join(text for text, _ in line) for line in result_lines(some, {"1": "front"})]
        for some in (results[:1], results)
    )
    assert one == ["  a  1"]
    assert both == ["  front  a  1", "  2      a  1"]


@pytest.mark.parametrize(
    ("image", "side"),
    [({"side_id": 2}, "right"), ({"side": 3}, "left"), ({"side": {"id": 1, "name": "Front"}}, "front"), ({}, "-")],
)
def test_the_side_is_read_in_each_of_its_forms(image: dict[str, Any], side: str) -> None:
    assert side_of(Image.from_dict({"id": "7", **image})) == side


def test_no_pictures_are_no_table() -> None:
    assert image_table([]) == []
