"""What the sandbox's Immersity makes of pictures and videos: measured in the files that come out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
import pytest
from av.container import InputContainer
from PIL import Image

from tests.contract.sandbox_api import Media, difference, frozen_media, gradient, mean, opened, picture, receiver

SIZE = (120, 80)
# Where `gradient` has its bright spot, and places beside it in the same rows.
SPOT, BESIDE = (50, 32, 70, 48), (2, 32, 30, 48)


@pytest.fixture(scope="module")
def media() -> Iterator[Media]:
    """One sandbox for all: nothing here depends on what was made before."""
    with frozen_media() as media:
        yield media


@contextmanager
def film(data: bytes, kind: str | None = None) -> Iterator[InputContainer]:
    with av.open(io.BytesIO(data), format=kind) as container:
        assert isinstance(container, InputContainer)
        yield container


def frames(data: bytes, track: int = 0) -> list[Image.Image]:
    with film(data) as container:
        return [frame.to_image() for frame in container.decode(video=track)]


def seconds(data: bytes) -> float:
    with film(data) as container:
        assert container.duration
        return container.duration / av.time_base


def centre(image: Image.Image) -> float:
    """The column of the middle of what is bright."""
    red = image.convert("RGB").getchannel("R").point([0] * 201 + [255] * 55)
    box = red.getbbox()
    assert box
    return (box[0] + box[2]) / 2


@pytest.mark.parametrize(("bits", "mode", "most"), [("uint8", "L", 255), ("uint16", "I;16", 65535)])
def test_a_disparity_map_is_as_large_as_the_picture_and_as_deep_as_asked_for(
    media: Media, bits: str, mode: str, most: int
) -> None:
    image = opened(media.made("disparity", outputBitDepth=bits))
    assert (image.format, image.mode, image.size) == ("PNG", mode, SIZE)
    low, high = image.getextrema()
    assert not isinstance(low, tuple)
    assert not isinstance(high, tuple)
    assert low < most * 0.1
    assert high > most * 0.9
    assert "sandbox" in image.text["Comment"]  # type: ignore[attr-defined]


def test_sixteen_bits_tell_more_than_eight(media: Media) -> None:
    deep = opened(media.made("disparity", outputBitDepth="uint16")).convert("I")
    values = {deep.getpixel((x, y)) for x in range(SIZE[0]) for y in range(SIZE[1])}
    assert len(values) > 256


def test_what_is_bright_is_near(media: Media) -> None:
    depth = opened(media.made("disparity"))
    assert mean(depth, SPOT) > mean(depth, BESIDE) + 50


def test_what_is_low_in_a_plain_picture_is_near(media: Media) -> None:
    depth = opened(media.made("disparity", inputImageUrl=media.source(picture((90, 90, 90), SIZE), "plain.png")))
    assert mean(depth, (0, 60, 120, 80)) > mean(depth, (0, 0, 120, 20)) + 100


def test_another_picture_has_another_depth(media: Media) -> None:
    mirrored = Image.open(io.BytesIO(gradient())).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    stream = io.BytesIO()
    mirrored.crop((30, 0, 120, 80)).save(stream, "PNG")
    depth = opened(media.made("disparity", inputImageUrl=media.source(stream.getvalue(), "other.png")))
    assert depth.size == (90, 80)
    assert mean(depth, (20, 32, 40, 48)) > mean(depth, (70, 32, 90, 48)) + 40


def test_dilation_widens_what_is_near_and_narrows_it_when_negative(media: Media) -> None:
    source = media.source(gradient((400, 300)), "large.png")
    means = [mean(opened(media.made("disparity", inputImageUrl=source, dilation=value))) for value in (-0.01, 0, 0.01)]
    assert means[0] + 2 < means[1] < means[2] - 2


def test_the_edges_of_a_picture_that_goes_all_around_fit(media: Media) -> None:
    source = media.source(gradient((400, 200)), "around.png")

    def gap(kind: str) -> float:
        depth = opened(media.made("disparity", inputImageUrl=source, inputType=kind))
        return abs(mean(depth, (0, 0, 1, 200)) - mean(depth, (399, 0, 400, 200)))

    assert gap("image360") < gap("image2d") / 4


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {"quality": 90}), ("WEBP", {}), ("BMP", {}), ("TIFF", {}), ("GIF", {}), ("PNG", {})],
)
def test_pictures_of_all_usual_formats_have_depth(media: Media, kind: str, options: dict[str, Any]) -> None:
    source = media.source(gradient(kind=kind, **options), f"some.{kind.lower()}")
    assert opened(media.made("disparity", inputImageUrl=source)).size == SIZE


def test_a_picture_that_lies_on_its_side_is_set_upright(media: Media) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source = media.source(gradient(kind="JPEG", exif=exif), "turned.jpg")
    assert opened(media.made("disparity", inputImageUrl=source)).size == (80, 120)


def test_a_picture_of_too_many_pixels_is_refused(media: Media) -> None:
    stream = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(stream, "PNG")
    reply = media.transform("disparity", inputImageUrl=media.source(stream.getvalue(), "bomb.png"))
    assert (reply.status_code, reply.json()["errorCode"]) == (400, "ERROR_INPUT_IS_NOT_SUPPORTED")


def gif(media: Media, **body: Any) -> Image.Image:
    return Image.open(io.BytesIO(media.made("animation", animationType="gif", **body)))


def test_a_gif_has_as_many_frames_as_its_length_and_rate_say(media: Media) -> None:
    image = gif(media, animationLength=2, outputFps=10)
    assert (image.format, image.size, image.n_frames) == ("GIF", SIZE, 20)  # type: ignore[attr-defined]
    total = 0
    for index in range(20):
        image.seek(index)
        total += image.info["duration"]
    assert total == 2000
    assert b"sandbox" in image.info["comment"]


@pytest.mark.parametrize(("loops", "count"), [(0, None), (3, 3)])
def test_a_gif_loops_as_often_as_asked_for(media: Media, loops: int, count: int | None) -> None:
    assert gif(media, outputFps=1, numberOfLoops=loops).info.get("loop") == count


def test_an_mp4_has_as_many_frames_as_its_length_and_rate_say(media: Media) -> None:
    data = media.made("animation", animationLength=2, outputFps=15, outputWidth=64)
    assert len(frames(data)) == 30
    assert seconds(data) == pytest.approx(2, abs=0.05)
    assert frames(data)[0].size == (64, 42)
    twice = media.made("animation", animationLength=2, outputFps=15, outputWidth=64, numberOfLoops=1)
    assert seconds(twice) == pytest.approx(4, abs=0.05)
    with av.open(io.BytesIO(data)) as container:
        assert "sandbox" in container.metadata["comment"]


def test_by_itself_an_animation_is_an_mp4_of_four_seconds(media: Media) -> None:
    data = media.made("animation", outputWidth=32, outputHeight=32)
    assert data[4:8] == b"ftyp"
    assert seconds(data) == pytest.approx(4, abs=0.1)


STILL = {"amplitudeX": 0, "amplitudeY": 0, "amplitudeZ": 0}


def test_near_things_move_and_the_amplitude_says_how_far(media: Media) -> None:
    def sway(**body: Any) -> float:
        body = {**STILL, "outputFps": 10, "animationLength": 1, "gain": 2, "convergence": -1, **body}
        places = [centre(frame) for frame in frames(media.made("animation", **body))]
        return max(places) - min(places)

    assert sway() == 0
    small, large = sway(amplitudeX=1), sway(amplitudeX=2)
    assert large > small + 3 > 3
    assert sway(amplitudeX=2, gain=1) < large - 3


def test_the_phase_says_where_the_motion_begins(media: Media) -> None:
    body = {**STILL, "amplitudeX": 2, "gain": 2, "convergence": -1, "outputFps": 1, "animationLength": 1}
    begun = [centre(frames(media.made("animation", **body, phaseX=phase))[0]) for phase in (0, 0.25, 0.75)]
    assert begun[1] < begun[0] - 2 < begun[2] - 4


def test_nothing_moves_at_the_depth_of_convergence(media: Media) -> None:
    flat = media.source(picture((255, 255, 255), SIZE), "flat.png")
    near = media.source(picture((255, 255, 255), SIZE), "near.png")
    body = {**STILL, "amplitudeX": 5, "outputFps": 5, "animationLength": 1, "inputDisparityUrl": near}
    still = frames(media.made("animation", **body, convergence=1))
    moving = frames(media.made("animation", **body, convergence=-1))
    assert max(difference(still[0], frame) for frame in still) < 1.5  # the codec is lossy
    assert max(difference(moving[0], frame) for frame in moving) > 3
    assert flat != near


def test_a_given_disparity_map_is_used(media: Media) -> None:
    far = media.source(picture((0, 0, 0), SIZE), "far.png")
    body = {**STILL, "amplitudeX": 5, "outputFps": 5, "animationLength": 1, "convergence": -1}
    still = frames(media.made("animation", **body, inputDisparityUrl=far))
    assert max(difference(still[0], frame) for frame in still) < 1.5  # the codec is lossy


def test_a_disparity_map_of_sixteen_bits_means_the_same(media: Media) -> None:
    results = []
    for bits in ("uint8", "uint16"):
        url = media.transform("disparity", outputBitDepth=bits).json()["resultPresignedUrl"]
        results.append(opened(media.made("sbs", inputDisparityUrl=url)))
    assert difference(*results) < 1


def test_a_pattern_says_where_each_frame_is_seen_from(media: Media) -> None:
    body = {"gain": 2, "convergence": -1, "animationLength": 9, "amplitudeX": 9, "outputFps": 5}
    made = frames(media.made("animation", **body, pattern="{0.0, 0, 0, 3, 0, 0, -3, 0, 0}"))
    assert len(made) == 3
    assert centre(made[1]) < centre(made[0]) - 3
    assert centre(made[2]) > centre(made[0]) + 3


@pytest.mark.parametrize("pattern", ["", "a,b,c", "1,2", "1,2,nan", "{1,2,3,4}", "1," * 3000])
def test_a_pattern_that_cannot_be_read_is_refused(media: Media, pattern: str) -> None:
    reply = media.transform("animation", pattern=pattern)
    assert reply.status_code == 400
    assert "pattern" in reply.json()["message"]


def test_more_frames_than_can_be_made_are_refused(media: Media) -> None:
    body = {"outputWidth": 4000, "outputHeight": 4000, "animationLength": 10, "outputFps": 60}
    assert media.transform("animation", **body).status_code == 400


def halves(image: Image.Image, *, down: bool) -> tuple[Image.Image, Image.Image]:
    width, height = image.size
    if down:
        return image.crop((0, 0, width, height // 2)), image.crop((0, height // 2, width, height))
    return image.crop((0, 0, width // 2, height)), image.crop((width // 2, 0, width, height))


def test_the_two_views_lie_side_by_side_and_near_things_differ(media: Media) -> None:
    left, right = halves(opened(media.made("sbs", gain=5, convergence=-1)), down=False)
    assert left.size == right.size == SIZE
    # What is near is more to the right for the left eye.
    assert centre(left) > centre(right) + 4


def test_gain_and_its_multiplier_say_how_much_the_views_differ(media: Media) -> None:
    def parallax(**body: Any) -> float:
        left, right = halves(opened(media.made("sbs", convergence=-1, **body)), down=False)
        return centre(left) - centre(right)

    assert parallax(gain=0) == 0
    assert parallax(gain=8) > parallax(gain=2) + 4
    assert parallax(gain=4, gainMultiplier=2) == parallax(gain=8)


def test_width_and_height_are_those_of_one_view(media: Media) -> None:
    assert opened(media.made("sbs", width=60)).size == (120, 40)
    assert opened(media.made("sbs", width=50, height=50)).size == (100, 50)
    url = media.transform("disparity").json()["resultPresignedUrl"]
    assert opened(media.made("topBottom", inputDisparityUrl=url, height=40)).size == (60, 80)


def test_the_two_views_lie_one_above_the_other(media: Media) -> None:
    url = media.transform("disparity").json()["resultPresignedUrl"]
    made = opened(media.made("topBottom", inputDisparityUrl=url, gain=5, convergence=-1))
    left, right = halves(made, down=True)
    assert left.size == right.size == SIZE
    assert centre(left) > centre(right) + 4


def test_an_anaglyph_has_the_left_view_in_red_and_the_right_in_cyan(media: Media) -> None:
    options = {"gain": 5, "convergence": -1}
    left, right = halves(opened(media.made("sbs", **options)), down=False)
    made = opened(media.made("sbs", outputType="anaglyph", **options))
    assert made.size == SIZE
    assert difference(made.getchannel("R"), left.getchannel("R")) < 10
    assert difference(made.getchannel("R"), left.getchannel("R")) < difference(
        made.getchannel("R"), right.getchannel("R")
    )


def test_a_spatial_picture_is_a_file_of_both_views(media: Media) -> None:
    image = Image.open(io.BytesIO(media.made("sbs", outputType="spatial", gain=5, convergence=-1)))
    assert (image.format, image.n_frames, image.size) == ("MPO", 2, SIZE)  # type: ignore[attr-defined]
    left = image.copy()
    image.seek(1)
    assert centre(left) > centre(image) + 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_lif_stand_in_gives_its_very_picture_back_and_says_what_it_is(media: Media, kind: str) -> None:
    data = gradient(kind=kind)
    encoded = media.made("encode", inputSingleImageUrl=media.source(data, "to-encode"), gain=2)
    assert opened(encoded).size == SIZE
    assert encoded.startswith(data)
    assert b"no LIF" in encoded
    assert encoded.endswith(b"SAFELIGHT SANDBOX LIF 1")
    assert media.made("decode", inputImageUrl=media.source(encoded, "to-decode")) == data


def test_a_pair_of_pictures_is_encoded_too(media: Media) -> None:
    left, right = gradient(), gradient((60, 40))
    body = {
        "inputLeftImageUrl": media.source(left, "left.png"),
        "inputRightImageUrl": media.source(right, "right.png"),
    }
    encoded = media.made("encode", **body)
    assert right in encoded
    assert media.made("decode", inputImageUrl=media.source(encoded, "pair")) == left


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-30], lambda data: data[:200] + data[210:], lambda data: b"SAFELIGHT SANDBOX LIF 1"]
)
def test_what_is_no_lif_stand_in_is_refused(media: Media, spoil: Any) -> None:
    encoded = spoil(media.made("encode", inputSingleImageUrl=media.source()))
    reply = media.transform("decode", inputImageUrl=media.source(encoded, "spoilt"))
    assert reply.status_code == 400


def test_encoding_needs_a_picture(media: Media) -> None:
    reply = media.transform("encode", gain=1)
    assert reply.status_code == 400
    assert "inputSingleImageUrl" in reply.json()["message"]


@pytest.fixture(scope="module")
def flat_video(media: Media) -> bytes:
    return media.made("animation", animationLength=1, outputFps=5, outputWidth=64, outputHeight=48)


def converted(media: Media, path: str, video: bytes, **body: Any) -> bytes:
    prices = media.sandbox.immersity.prices
    with receiver() as called:
        body = {
            "inputVideoUrl": media.source(video, "flat.mp4"),
            "resultPresignedUrl": media.target("deep.bin"),
            "videoLength": 1,
            "creditAmount": prices[path]["second"],
            "callbackUrl": called.url,
            **body,
        }
        assert media.transform(path, **body).status_code == 200
        media.sandbox.clock.advance(5)
        media.sandbox.settle()
        assert [sorted(told) for told in called.bodies] == [["correlationId", "resultPresignedUrl"]]
    return media.sandbox.bucket.objects["deep.bin"].data


@pytest.mark.parametrize(
    ("output", "size"),
    [("sbs", (80, 30)), ("tb", (40, 60)), ("anaglyph", (40, 30)), ("depth", (40, 30)), ("spatial", (40, 30))],
)
def test_a_video_is_converted_frame_by_frame_to_the_asked_for_size(
    media: Media, flat_video: bytes, output: str, size: tuple[int, int]
) -> None:
    body = {"outputType": output, "outputWidth": 40, "outputHeight": 30}
    data = converted(media, "video", flat_video, **body)
    made = frames(data)
    assert (len(made), made[0].size) == (5, size)
    assert seconds(data) == pytest.approx(1, abs=0.05)
    if output == "spatial":
        assert len(frames(data, track=1)) == 5


def test_the_depth_of_a_video_follows_its_pictures(media: Media, flat_video: bytes) -> None:
    body = {"outputType": "depth", "outputWidth": 120, "outputHeight": 80}
    for depth in frames(converted(media, "video", flat_video, **body)):
        assert mean(depth, SPOT) > mean(depth, BESIDE) + 40


def test_the_depth_of_a_video_in_floats_is_a_picture_for_each_frame(media: Media, flat_video: bytes) -> None:
    body = {"outputType": "depth_exr", "outputWidth": 120, "outputHeight": 80}
    with zipfile.ZipFile(io.BytesIO(converted(media, "video", flat_video, **body))) as archive:
        assert archive.namelist() == [f"{index:06}.exr" for index in range(5)]
        data = archive.read("000000.exr")
    assert data.startswith(b"\x76\x2f\x31\x01")
    with film(data, "exr_pipe") as container:
        (frame,) = container.decode(video=0)
    assert (frame.width, frame.height, frame.format.name) == (120, 80, "grayf32le")


def test_gain_moves_a_video_and_a_negative_one_is_the_usual(media: Media, flat_video: bytes) -> None:
    def parallax(gain: float) -> float:
        body = {"outputWidth": 120, "outputHeight": 80, "convergence": -1, "gain": gain}
        left, right = halves(frames(converted(media, "video", flat_video, **body))[0], down=False)
        return centre(left) - centre(right)

    assert parallax(-8) > 3
    assert parallax(8) < -3


@pytest.mark.parametrize("layout", ["sbs", "tb"])
def test_a_spatial_video_has_a_track_for_each_eye(media: Media, flat_video: bytes, layout: str) -> None:
    stereo = converted(media, "video", flat_video, outputType=layout, outputWidth=120, outputHeight=80, gain=-8)
    data = converted(media, "spatial", stereo, inputType=layout)
    left, right = frames(data)[0], frames(data, track=1)[0]
    assert left.size == right.size == (120, 80)
    assert difference(left, right) > 1
