"""Immersity's conversions as commands: what each is called, takes and makes.

The ranges in the help are those of the service's documents; the library checks them.
"""

from __future__ import annotations

from typing import Any

import attrs
import click

from safelight.cli.options import FILE


@attrs.frozen
class Conversion:
    """One conversion. The client's method and its keywords have the names of the command and its options.

    Attributes:
        name: The command.
        about: What it is for.
        ending: What a result's name ends with; an option's value may be part of it.
        inputs: Options for further files.
        options: The other options.
    """

    name: str
    about: str
    ending: str
    inputs: tuple[click.Option, ...] = ()
    options: tuple[click.Option, ...] = ()

    @property
    def method(self) -> str:
        """The client's method."""
        return self.name.replace("-", "_")


def _option(name: str, kind: Any, text: str, **more: Any) -> click.Option:
    return click.Option([f"--{name}"], type=kind, help=text, **more)


def _input(name: str, text: str, *, required: bool = False) -> click.Option:
    return _option(name, FILE, text, required=required, metavar="FILE")


def _choice(name: str, *choices: str, text: str, default: str | None = None) -> click.Option:
    return _option(name, click.Choice(choices), text, default=default, show_default=default is not None)


_WIDTH = _option("width", int, "Pixels; by default the picture's.")
_HEIGHT = _option("height", int, "Pixels; by default the picture's.")
_GAIN = _option("gain", float, "Strength of the depth, from 0 to 10; by default estimated from the picture.")
_MULTIPLIER = _option("gain-multiplier", float, "What the gain is multiplied by, from 0 to 10.")
_STILL = _option("convergence", float, "The depth that stands still, from -1 to 1.")
_SCREEN = _option("convergence", float, "How far things stand before or behind the screen, from -1 to 1.")
_MAP = _input("disparity", "The picture's depth map; by default the service makes one.")
_LENGTH = _option("video-length", float, "The video's length in seconds; it has to be right.", required=True)
_CREDITS = _option("credit-amount", float, "What it costs by the service's pricing; it has to be right.", required=True)
_CALLBACK = _option(
    "callback-url",
    str,
    "An address of yours that the service posts to at the end. It demands one; nothing has to listen there.",
    required=True,
    metavar="URL",
)

PICTURES = (
    Conversion(
        "disparity",
        "Make the depth map of a picture.",
        "-disparity.png",
        options=(
            _option("dilation", float, "How far objects are widened at their edges, from -0.01 to 0.01."),
            _choice("input-type", "image2d", "image360", text="image360 is a panorama; by default image2d."),
            _choice("output-bit-depth", "uint8", "uint16", text="uint16 is finer and larger; by default uint8."),
        ),
    ),
    Conversion(
        "animation",
        "Make a 3D animation of a picture.",
        "-animation.{animation_type}",
        inputs=(_MAP,),
        options=(
            _choice("animation-type", "mp4", "gif", text="The animation's form.", default="mp4"),
            _option("pattern", str, "The camera's way, x1,y1,z1,x2,y2,z2,...: a triple per frame."),
            _option("animation-length", float, "Seconds, from 1 (fast) to 10 (slow)."),
            _option("output-width", int, "Pixels; by default the picture's."),
            _option("output-height", int, "Pixels; by default the picture's."),
            *(_option(f"amplitude-{axis}", float, f"Motion along {axis.upper()}, from 0 to 10.") for axis in "xyz"),
            *(
                _option(f"phase-{axis}", float, f"Where the motion along {axis.upper()} starts, from 0 to 7.")
                for axis in "xyz"
            ),
            _GAIN,
            _STILL,
            _option("number-of-loops", int, "From 0 to 10."),
            _option("output-fps", int, "Frames per second: 1, 5, 10, 15, 24, 25, 30 or 60."),
        ),
    ),
    Conversion(
        "stereo",
        "Make a stereo picture: side by side, or an anaglyph.",
        "-stereo.jpg",
        inputs=(_MAP,),
        options=(
            *(_WIDTH, _HEIGHT, _GAIN, _MULTIPLIER, _SCREEN),
            _choice("output-type", "sbs", "anaglyph", "spatial", text="By default sbs, side by side."),
        ),
    ),
    Conversion(
        "top-bottom",
        "Make a stereo picture whose views lie one above the other.",
        "-top-bottom.jpg",
        inputs=(_input("disparity", "The picture's depth map.", required=True),),
        options=(_WIDTH, _HEIGHT, _GAIN, _MULTIPLIER, _SCREEN),
    ),
    Conversion(
        "lif-encode",
        "Make a LIF file of a picture, or of a left and a right one.",
        "-lif.jpg",
        inputs=(
            _input("disparity", "The picture's depth map."),
            _input("left-image", "The left picture of two, instead of FILE."),
            _input("right-image", "The right picture of two."),
            _input("left-disparity", "The left picture's depth map."),
            _input("right-disparity", "The right picture's depth map."),
        ),
        options=(
            _option("disparity-source", str, "Where the depth comes from, in the service's own words."),
            *(_GAIN, _STILL),
        ),
    ),
    Conversion("lif-decode", "Make a plain picture of a LIF file.", "-decoded.jpg"),
)

VIDEOS = (
    Conversion(
        "video",
        "Make a video 3D. The service works on it for a while, and writes it to your storage.",
        "-3d.mp4",
        options=(
            *(_LENGTH, _CREDITS),
            _option("output-width", int, "Pixels of one view, from 1 to 8000.", required=True),
            _option("output-height", int, "Pixels of one view, from 1 to 8000.", required=True),
            _CALLBACK,
            _option("gain", float, "Strength of the depth, from -10 to 10."),
            _option("convergence", float, "From -1 to 1."),
            _option("dilate-ratio", int, "How far the depth map is dilated, from 0 to 20."),
            _choice(
                *("output-type", "sbs", "depth", "depth_exr", "tb", "spatial", "anaglyph"),
                text="By default sbs, side by side.",
            ),
            click.Option(["--auto-convergence/--no-auto-convergence"], default=None, help="The service finds it."),
            _choice("input-type", "regular", "image360", text="By default regular."),
            _option("bitrate", float, "Of the result; nobody says in which unit."),
        ),
    ),
    Conversion(
        "spatial",
        "Make Apple's spatial video of a stereo video.",
        "-spatial.mp4",
        options=(
            *(_LENGTH, _CREDITS, _CALLBACK),
            _choice("input-type", "sbs", "tb", text="Side by side, or one above the other.", default="sbs"),
        ),
    ),
)
