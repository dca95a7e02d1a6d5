"""What the sandbox's Let's Enhance makes of pictures: measured in the files that come out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image, ImageStat

from tests.contract.sandbox_api import Media, difference, frozen_media, gradient, mean, opened

SIZE = (120, 80)
PRINT = {"op": "preset/print"}


@pytest.fixture(scope="module")
def media() -> Iterator[Media]:
    """One sandbox for all: nothing here depends on what was made before."""
    with frozen_media() as media:
        yield media


def enhanced(media: Media, data: bytes, *operations: dict[str, Any]) -> Image.Image:
    return opened(media.enhanced(data, *operations))


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"width": 240, "height": 240}, (240, 160)),
        ({"width": 600, "height": 90}, (135, 90)),
        ({"width": 30}, (30, 20)),
        ({"height": 40}, (60, 40)),
        ({}, SIZE),
    ],
)
def test_the_aspect_ratio_is_kept(media: Media, asked: dict[str, int], size: tuple[int, int]) -> None:
    assert enhanced(media, gradient(), {**PRINT, **asked}).size == size


def test_a_resize_is_a_real_one(media: Media) -> None:
    made = enhanced(media, gradient(), {**PRINT, "width": 60, "image_format": "PNG"})
    expected = opened(gradient()).resize((60, 40), Image.Resampling.LANCZOS)
    assert difference(made, expected) < 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_format_and_the_dots_per_inch_are_in_the_file(media: Media, kind: str) -> None:
    made = enhanced(media, gradient(), {**PRINT, "dpi": 300, "image_format": kind})
    assert made.format == kind
    assert made.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert "sandbox" in str(made.info.get("comment") or made.info.get("Comment"))


def test_quality_says_how_large_a_jpeg_is(media: Media) -> None:
    data = gradient((400, 300))
    sizes = [len(media.enhanced(data, {**PRINT, "quality": quality})) for quality in (10, 60, 95)]
    assert sizes[0] < sizes[1] < sizes[2]


def test_restoration_sharpens_by_its_level(media: Media) -> None:
    data = gradient((200, 150), "JPEG", quality=40)

    def contrast(level: int) -> float:
        made = enhanced(media, data, {**PRINT, "width": 400, "restoration_level": level, "image_format": "PNG"})
        return ImageStat.Stat(made.convert("L")).stddev[0]

    assert contrast(1) < contrast(5) < contrast(10)


def test_light_and_tone_are_corrected_as_strongly_as_asked_for(media: Media) -> None:
    dark = io.BytesIO()
    opened(gradient()).point([value // 4 for value in range(256)] * 3).save(dark, "PNG")

    def made(**operation: Any) -> Image.Image:
        return enhanced(media, dark.getvalue(), {**PRINT, "image_format": "PNG", **operation})

    brightness = [mean(made(lightai_intensity=value)) for value in (0.1, 0.5, 1.0)]
    assert mean(made()) < brightness[0] < brightness[1] - 10 < brightness[2] - 20
    spread = [ImageStat.Stat(made(toneai_intensity=value).convert("L")).stddev[0] for value in (0.1, 1.0)]
    assert spread[0] < spread[1] - 10


def test_several_operations_are_done_one_after_another(media: Media) -> None:
    made = enhanced(
        media,
        gradient(),
        {"op": "preset/realestate", "width": 60, "image_format": "JPEG"},
        {"op": "preset/print", "width": 30, "dpi": 72, "image_format": "PNG"},
    )
    assert (made.format, made.size) == ("PNG", (30, 20))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG", "BMP", "WEBP"])
def test_all_documented_formats_are_taken(media: Media, kind: str) -> None:
    pipeline = media.finished(media.source(gradient(kind=kind), f"some.{kind.lower()}"))
    assert pipeline["results"][0]["input_object"]["format"] == kind


def test_what_is_transparent_stays_so_in_png_and_becomes_white_in_jpeg(media: Media) -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(stream, "PNG")
    png = enhanced(media, stream.getvalue(), {**PRINT, "width": 40, "image_format": "PNG"})
    assert (png.mode, png.getpixel((3, 3))) == ("RGBA", (0, 0, 0, 0))
    jpeg = enhanced(media, stream.getvalue(), {**PRINT, "image_format": "JPEG"})
    assert min(ImageStat.Stat(jpeg).mean) > 250


def test_a_result_that_would_be_too_large_fails_and_says_so(media: Media) -> None:
    pipeline = media.finished(media.source(), {**PRINT, "width": 20_000})
    assert pipeline["status"] == "ERROR"
    assert "20000 x 13333" in pipeline["errors"][0]


def test_a_result_url_gives_what_the_result_object_says(media: Media) -> None:
    (result,) = media.finished(media.source(), {**PRINT, "width": 90})["results"]
    made = result["output_object"]
    assert list(opened(httpx.get(made["tmp_url"]).content).size) == made["size"] == [90, 60]
