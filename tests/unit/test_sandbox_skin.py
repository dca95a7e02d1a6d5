"""What is measured of a picture of a face, and of what is none."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageStat

from safelight.sandbox.skin import APPLICATIONS, measure


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def half(left: tuple[int, int, int], right: tuple[int, int, int], size: tuple[int, int] = (300, 400)) -> Image.Image:
    """A picture of two colours, side by side."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def test_every_application_has_its_scores_from_0_to_100() -> None:
    names = [name for found in APPLICATIONS.values() for name in found]
    extremes = [
        half((0, 0, 0), (255, 255, 255)),
        half((255, 0, 0), (255, 255, 255)),
        Image.effect_noise((300, 300), 255).convert("RGB"),
    ]
    for image in extremes:
        found = measure(saved(image))
        assert found is not None
        assert sorted(found.scores) == sorted(names)
        assert all(0 <= score <= 100 for score in found.scores.values())


def test_brightness_is_the_mean_and_redness_what_red_has_more_than_the_others() -> None:
    found = measure(saved(half((100, 100, 100), (200, 100, 100))))
    assert found is not None
    grey = ImageStat.Stat(half((100, 100, 100), (200, 100, 100)).convert("L")).mean[0]
    assert found.scores["brightness"] == pytest.approx(grey / 2.55, abs=0.1)
    assert found.scores["redness"] == pytest.approx(50 / 2.55, abs=0.1)


def test_a_map_shows_where() -> None:
    found = measure(saved(half((100, 100, 100), (130, 100, 100))))
    assert found is not None
    assert list(found.maps) == ["redness", "texture"]
    with Image.open(io.BytesIO(found.maps["redness"])) as image:
        assert [image.getpixel((x, 200)) for x in (50, 250)] == [0, 120]
        assert "sandbox" in image.info["Comment"]


def test_a_large_picture_is_measured_as_a_small_one() -> None:
    small, large = (
        measure(saved(half((90, 90, 90), (150, 90, 90), size), "JPEG")) for size in ((300, 400), (3000, 4000))
    )
    assert small is not None
    assert large is not None
    for name in ("brightness", "redness", "contrast"):
        assert large.scores[name] == pytest.approx(small.scores[name], abs=1)


@pytest.mark.parametrize("mode", ["RGBA", "L", "P", "I;16", "CMYK"])
def test_every_kind_of_picture_is_measured(mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    image = half((40, 40, 40), (200, 150, 150))
    if mode == "I;16":
        image = image.convert("I").point(lambda value: value * 256)
    assert measure(saved(image.convert(mode), kind)) is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        saved(half((1, 2, 3), (4, 5, 6)))[:-40],
        saved(Image.new("RGB", (300, 300), (200, 150, 130))),
        saved(half((1, 2, 3), (4, 5, 6), (255, 300))),
    ],
    ids=["empty", "text", "cut", "one colour", "too small"],
)
def test_where_no_face_can_be_nothing_is_found(data: bytes) -> None:
    assert measure(data) is None
