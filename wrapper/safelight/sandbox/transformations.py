"""What Immersity's operations make, without the service around them: parameters and inputs in, a file out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from PIL import Image

from safelight.sandbox import animation, depth, lif, videos, views
from safelight.sandbox.pictures import Unusable, check_size, fitted, opened

Body = Mapping[str, Any]
Inputs = Mapping[str, bytes]

_EXTENSIONS = {
    "application/zip": "zip",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "video/mp4": "mp4",
}


@attrs.frozen
class Made:
    """A result.

    Attributes:
        data: Its file.
        media_type: The media type.
    """

    data: bytes = attrs.field(repr=False)
    media_type: str

    @property
    def extension(self) -> str:
        """How names of such files end."""
        return _EXTENSIONS.get(self.media_type, "bin")


def disparity(body: Body, inputs: Inputs) -> Made:
    """A disparity map."""
    found = depth.estimated(
        opened(inputs["inputImageUrl"])[0],
        dilation=body.get("dilation", depth.USUAL_DILATION),
        wraps=body.get("inputType") == "image360",
    )
    return Made(found.png(bits=16 if body.get("outputBitDepth") == "uint16" else 8), "image/png")


def animated(body: Body, inputs: Inputs) -> Made:
    """An animation."""
    picture = opened(inputs["inputImageUrl"])[0]
    size = _size(picture, body.get("outputWidth"), body.get("outputHeight"))
    motion = animation.motion_of(body, size)
    scene = _scene(body, picture, inputs.get("inputDisparityUrl"), size)
    if body.get("animationType", "mp4") == "gif":
        return Made(animation.gif(scene, motion), "image/gif")
    return Made(animation.mp4(scene, motion), "video/mp4")


def stereo(body: Body, inputs: Inputs) -> Made:
    """A stereo picture; width and height are those of one eye's view, which is assumed."""
    return _stereo(body, inputs, body.get("outputType", "sbs"))


def top_bottom(body: Body, inputs: Inputs) -> Made:
    """A stereo picture, one view above the other."""
    return _stereo(body, inputs, "tb")


def lif_encoded(body: Body, inputs: Inputs) -> Made:
    """What stands in for a LIF file, from one picture or a pair."""
    first = "inputSingleImageUrl" if "inputSingleImageUrl" in inputs else "inputLeftImageUrl"
    if first not in inputs:
        raise Unusable("inputSingleImageUrl, or inputLeftImageUrl and inputRightImageUrl, must be given")
    picture, kind = opened(inputs[first])
    pieces = {"DISP": _map(picture, inputs.get(first.replace("Image", "Disparity"))).png()}
    if "inputRightImageUrl" in inputs:
        right = opened(inputs["inputRightImageUrl"])[0]
        pieces["RGHT"] = inputs["inputRightImageUrl"]
        pieces["RDSP"] = _map(right, inputs.get("inputRightDisparityUrl")).png()
    facts = {name: body[name] for name in ("gain", "convergence", "inputDisparitySource") if name in body}
    return Made(lif.encoded(inputs[first], pieces, facts), Image.MIME.get(kind, "application/octet-stream"))


def lif_decoded(_body: Body, inputs: Inputs) -> Made:
    """The picture of such a file."""
    data = lif.decoded(inputs["inputImageUrl"])[0]
    return Made(data, Image.MIME.get(opened(data)[1], "application/octet-stream"))


def video(body: Body, inputs: Inputs) -> Made:
    """A 3D video."""
    return Made(*videos.convert(inputs["inputVideoUrl"], videos.Conversion.of(body)))


def spatial_video(body: Body, inputs: Inputs) -> Made:
    """A video with a track for each eye: what `spatial` is for the sandbox."""
    return Made(*videos.split(inputs["inputVideoUrl"], body["inputType"]))


IMAGE_OPERATIONS: Mapping[str, Callable[[Body, Inputs], Made]] = {
    "create_disparity": disparity,
    "create_animation": animated,
    "create_stereo": stereo,
    "create_top_bottom": top_bottom,
    "encode_lif": lif_encoded,
    "decode_lif": lif_decoded,
}
VIDEO_OPERATIONS: Mapping[str, Callable[[Body, Inputs], Made]] = {
    "convert_video": video,
    "convert_spatial_video": spatial_video,
}


def _stereo(body: Body, inputs: Inputs, output: str) -> Made:
    picture = opened(inputs["inputImageUrl"])[0]
    size = _size(picture, body.get("width"), body.get("height"))
    across, down = {"sbs": (2, 1), "tb": (1, 2)}.get(output, (1, 1))
    check_size((size[0] * across, size[1] * down))
    return Made(views.stereo(_scene(body, picture, inputs.get("inputDisparityUrl"), size), output), "image/jpeg")


def _scene(body: Body, picture: Image.Image, disparity_file: bytes | None, size: tuple[int, int]) -> views.Scene:
    gain = body.get("gain")
    if (multiplier := body.get("gainMultiplier")) is not None:
        gain = multiplier * (views.USUAL_GAIN if gain is None else gain)
    found = _map(picture, disparity_file)
    return views.scene(picture, found, size=size, gain=gain, convergence=body.get("convergence"))


def _map(picture: Image.Image, disparity_file: bytes | None) -> depth.Depth:
    """The given disparity map, or else an estimated one."""
    if disparity_file is None:
        return depth.estimated(picture)
    return depth.given(opened(disparity_file)[0], picture.size)


def _size(picture: Image.Image, width: int | None, height: int | None) -> tuple[int, int]:
    """As asked for; one side alone keeps the aspect ratio."""
    size = (width, height) if width is not None and height is not None else fitted(picture.size, width, height)
    check_size(size)
    return size
