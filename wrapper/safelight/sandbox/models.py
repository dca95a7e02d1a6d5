"""Results: made when they are first asked for, and kept."""

from __future__ import annotations

import asyncio
import io
import json
import secrets
import shutil
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from safelight.sandbox.captures import Capture
from safelight.sandbox.formats import NOTE, write_ply, write_sogs
from safelight.sandbox.front import Refused
from safelight.sandbox.gaussians import Splats, Vector, from_bytes, from_pictures, side_for
from safelight.sandbox.inputs import pictures
from safelight.sandbox.objects import StoredObject, stored_file
from safelight.sandbox.storage import Storage

# About as many Gaussians: enough to recognise a picture, few enough to be made in a moment.
_COUNTS = {"sd": 20_000, "hd": 60_000}
_MEDIA_TYPES = {"ply": "application/octet-stream", "sogs-sh0": "application/zip"}
_SUFFIXES = {"ply": "ply", "sogs-sh0": "zip"}
_MOST_PICTURES = 64


@attrs.frozen
class Model:
    """One result.

    Attributes:
        stored: Where it can be downloaded.
        box: The smallest box around it.
        cameras: The poses from which it was taken, as the contract's `Matrix` objects.
    """

    stored: StoredObject
    box: tuple[Vector, Vector]
    cameras: list[dict[str, list[float]]]


class ModelShop:
    """Makes models out of inputs, each once.

    Args:
        folder: Where they are kept.
        storage: Where they are offered.
    """

    def __init__(self, folder: Path, storage: Storage) -> None:
        self._folder = folder
        self._storage = storage
        self._made: dict[tuple[str, str, str], asyncio.Task[Model]] = {}

    async def make(self, capture: Capture, profile: str, quality: str) -> Model:
        """The capture's model with this profile and quality.

        Raises:
            Refused: 404, there is no such profile or quality.
        """
        if profile not in _SUFFIXES or quality not in _COUNTS:
            raise Refused(404, f"There is no model with the profile {profile} and the quality {quality}")
        key = (capture.eid, profile, quality)
        making = self._made.get(key)
        if making is None or _has_failed(making):
            making = asyncio.create_task(asyncio.to_thread(self._build, capture, profile, quality))
            self._made[key] = making
        # Shielded: a client that hangs up must not take the model away from the next one.
        return await asyncio.shield(making)

    async def make_cameras(self, capture: Capture) -> StoredObject:
        """The capture's camera poses as a JSON file."""
        model = await self.make(capture, "ply", "hd")
        path = self._path(capture, "cameras.json")
        file = self._file(capture, "cameras.json")
        if not file.exists():
            file.write_text(json.dumps({"comment": NOTE, "cameras": model.cameras}), encoding="utf-8")
        stored = stored_file(path, file, "application/json", f"{capture.eid}-cameras.json")
        self._storage.keep_object(stored)
        return stored

    def drop(self, eid: str) -> None:
        """Forget the capture's models."""
        for key in [key for key in self._made if key[0] == eid]:
            del self._made[key]
        self._storage.drop_objects(f"/sandbox-results/{eid}/")
        shutil.rmtree(self._folder / eid, ignore_errors=True)

    def _build(self, capture: Capture, profile: str, quality: str) -> Model:
        splats = _splats_of(capture, _COUNTS[quality])
        name = f"{quality}.{_SUFFIXES[profile]}"
        file = self._file(capture, name)
        growing = file.with_name(f"{name}.{secrets.token_hex(4)}")
        if profile == "ply":
            write_ply(splats, growing, degrees=3 if quality == "hd" else 0)
        else:
            write_sogs(splats, growing)
        growing.replace(file)
        stored = stored_file(self._path(capture, name), file, _MEDIA_TYPES[profile], f"{capture.eid}-{name}")
        self._storage.keep_object(stored)
        cameras: list[dict[str, Any]] = [{"matrix": pose} for pose in splats.cameras]
        return Model(stored, splats.box(), cameras)

    def _path(self, capture: Capture, name: str) -> str:
        return f"/sandbox-results/{capture.eid}/{name}"

    def _file(self, capture: Capture, name: str) -> Path:
        folder = self._folder / capture.eid
        folder.mkdir(exist_ok=True)
        return folder / name


def _has_failed(making: asyncio.Task[Model]) -> bool:
    return making.done() and (making.cancelled() or making.exception() is not None)


def _splats_of(capture: Capture, count: int) -> Splats:
    stream = capture.upload.stream()
    if stream is None:
        # The bytes are gone; their digests are what is left of them.
        stream = io.BytesIO(b"".join(bytes.fromhex(part.md5) for part in capture.upload.in_order))
    with stream:
        if capture.input_data_format == "bulk-images" and (found := _pictures_of(stream, count)):
            return from_pictures(found)
        return from_bytes(stream, stream.seek(0, io.SEEK_END), count)


def _pictures_of(stream: BinaryIO, count: int) -> list[Any]:
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = min(len(archive.infolist()), _MOST_PICTURES)
            side = side_for(count, entries)
            return list(pictures(archive, _MOST_PICTURES, (side, side)))
    except zipfile.BadZipFile:
        return []
