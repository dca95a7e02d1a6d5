"""What is to be done, by the seed: lanes of items, and what each of them sends."""

from __future__ import annotations

import io
import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

PART = 256 * 1024
"""Of an upload to Teleport, in bytes."""

FILM_SECONDS = 1
FILM_CREDITS = 2

_TELEPORT = ("video", "video", "folder")
_PAID = ("disparity", "animation", "submit", "enhance", "face", "film")
_MOST_PARTS = 14


@attrs.frozen
class Lane:
    """Items that one process does one after another.

    Attributes:
        slot: The process that does them.
        number: Which lane of it.
        kinds: The kinds that there may be.
    """

    slot: str
    number: int
    kinds: tuple[str, ...]

    def items(self, seed: int) -> Iterator[Item]:
        """The items, without end."""
        number = 0
        while True:
            number += 1
            chance = random.Random(f"{seed} {self.slot} {self.number} {number}")
            kind = chance.choice(self.kinds)
            yield Item(f"{self.slot}-{self.number}-{number:03}-{kind}", kind, seed)


@attrs.frozen
class Item:
    """One piece of work.

    Attributes:
        name: Its name, which no other item has.
        kind: What it is.
        seed: What its bytes are made from.
    """

    name: str
    kind: str
    seed: int

    @property
    def correlation_id(self) -> str:
        """Its id at Immersity."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.seed} {self.name}"))

    def files(self) -> dict[str, bytes]:
        """The contents of its files by their names; a folder has several."""
        return _MAKERS[self.kind](self.name, random.Random(f"{self.seed} {self.name}"))

    def make(self, folder: Path) -> Path:
        """Write what is to be sent, unless it is there; the file or the folder of files."""
        files = self.files()
        place = folder / (self.name if len(files) > 1 else next(iter(files)))
        if not place.exists():
            new = folder / f"{self.name}.new"
            if len(files) > 1:
                new.mkdir(exist_ok=True)
                for name, content in files.items():
                    (new / name).write_bytes(content)
            else:
                new.write_bytes(*files.values())
            new.rename(place)
        return place


# A process has one lane at the most with uploads to Teleport, so that what is in its state directory is about that one.
SLOTS: Mapping[str, tuple[Lane, ...]] = {
    "blocking-1": (Lane("blocking-1", 0, _TELEPORT + _PAID),),
    "blocking-2": (Lane("blocking-2", 0, _TELEPORT + _PAID),),
    "async-1": (Lane("async-1", 0, _TELEPORT), Lane("async-1", 1, _PAID), Lane("async-1", 2, _PAID)),
}


def _video(name: str, chance: random.Random) -> dict[str, bytes]:
    size = chance.randint(PART, _MOST_PARTS * PART)
    return {f"{name}.mp4": b"\0\0\0\x18ftypmp42" + chance.randbytes(size)}


def _folder(name: str, chance: random.Random) -> dict[str, bytes]:
    return {f"{number:02}.png": _picture(chance, 240, 200) for number in range(chance.randint(4, 9))}


def _one_picture(name: str, chance: random.Random) -> dict[str, bytes]:
    return {f"{name}.png": _picture(chance, 72, 48)}


def _portrait(name: str, chance: random.Random) -> dict[str, bytes]:
    return {f"{name}.png": _picture(chance, 260, 300)}


def _film(name: str, chance: random.Random) -> dict[str, bytes]:
    from fractions import Fraction

    import av
    from PIL import Image

    content = io.BytesIO()
    with av.open(content, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(2))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(2 * FILM_SECONDS):
            picture = Image.new("RGB", (64, 48), tuple(chance.randbytes(3)))
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return {f"{name}.mp4": content.getvalue()}


def _picture(chance: random.Random, width: int, height: int) -> bytes:
    from PIL import Image

    image, content = Image.frombytes("RGB", (width, height), chance.randbytes(3 * width * height)), io.BytesIO()
    image.paste((220, 150, 120), (width // 4, height // 4, 3 * width // 4, 3 * height // 4))
    image.save(content, "PNG")
    return content.getvalue()


_MAKERS: Mapping[str, Callable[[str, random.Random], dict[str, bytes]]] = {
    "video": _video,
    "folder": _folder,
    "disparity": _one_picture,
    "animation": _one_picture,
    "submit": _one_picture,
    "enhance": _one_picture,
    "face": _portrait,
    "film": _film,
}
