"""What is looked at when the storm is over: what arrived, what was paid for, what was sent twice, what was left."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import attrs
import httpx

from safelight import HautAI, LetsEnhance, Teleport
from safelight.sandbox import Sandbox
from safelight.transport import tls_context
from tests.chaos.notes import Notes
from tests.chaos.plan import SLOTS, Item
from tests.chaos.slot import Slot
from tests.chaos.work import PARTS_AT_ONCE
from tests.faults.wire import Wire

CAPTURES = ("video", "folder")
CONVERSIONS = ("disparity", "animation", "film")
PIPELINES = ("submit", "enhance")

_MOST_TOLD = 10


@attrs.define
class Verdict:
    """What became of one promise.

    Attributes:
        promise: The promise.
        looked_at: How many things it was checked on, and what they were.
        broken: How it was broken, a line for each time.
    """

    promise: str
    looked_at: str
    broken: list[str] = attrs.field(factory=list)


@attrs.frozen
class Storm:
    """What is left of it, while the services are still there to be asked.

    Attributes:
        seed: The run's.
        folder: Where the clients' files are.
        sandbox: The services.
        storage: The wire before the object storage.
        slots: The clients.
    """

    seed: int
    folder: Path
    sandbox: Sandbox
    storage: Wire
    slots: Sequence[Slot]
    items: Sequence[tuple[Item, Notes]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        found = sorted((self.folder / "notes").iterdir())
        items = [(Item(path.stem, path.stem.rpartition("-")[2], self.seed), Notes(path)) for path in found]
        object.__setattr__(self, "items", items)

    def ended(self, end: str, *kinds: str) -> list[tuple[Item, Notes]]:
        """The items of these kinds that ended so."""
        return [(item, notes) for item, notes in self.items if notes.end == end and item.kind in kinds]


def verdicts(storm: Storm) -> list[Verdict]:
    """Check everything."""
    checks: tuple[Callable[[Storm], Verdict], ...] = (
        all_work_ended,
        files_arrived,
        downloads_are_whole,
        nothing_was_paid_twice,
        no_part_was_sent_again,
        no_file_is_left,
        no_process_held_anything,
    )
    with mock.patch.dict(os.environ, storm.sandbox.env):
        return [check(storm) for check in checks]


def all_work_ended(storm: Storm) -> Verdict:
    ends = Counter(notes.end or "open" for _, notes in storm.items)
    broken = [
        f"{item.name} is {notes.end or 'not done'}: {(notes.all or [{}])[-1].get('error', '')}"
        for item, notes in storm.items
        if notes.end not in ("done", "unknown")
    ]
    broken += [problem for slot in storm.slots for problem in slot.problems]
    if not ends["done"]:
        broken.append("nothing was done: there is nothing to check")
    told = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
    return Verdict("all work came to an end", f"{len(storm.items)} items: {told}", broken)


def files_arrived(storm: Storm) -> Verdict:
    broken, size = [], 0
    captures = _captures(storm)
    done = storm.ended("done", *CAPTURES)
    for item, notes in done:
        files = item.files()
        size += sum(map(len, files.values()))
        capture = next((one for one in captures[item.name] if one.eid == notes.job), None)
        if capture is None or capture.completed != 1:
            broken.append(f"{item.name} was not completed, or not once")
        elif item.kind == "video" and capture.sha256 != hashlib.sha256(*files.values()).hexdigest():
            broken.append(f"{item.name} arrived changed")
        elif item.kind == "folder" and _unpacked(capture) != files:
            broken.append(f"{item.name}: the pictures in its zip are not those that were sent")
    faces = storm.ended("done", "face")
    with HautAI() as hautai:
        for item, notes in faces:
            (image,) = hautai.images(str(notes.job))
            if _fetched(image.urls.to_dict()["original"]) not in item.files().values():  # type: ignore[union-attr]
                broken.append(f"{item.name} arrived changed")
    told = f"{len(done)} uploads of {size / 1e6:.0f} MB in all, {len(faces)} portraits"
    return Verdict("every file arrived byte for byte", told, broken)


def downloads_are_whole(storm: Storm) -> Verdict:
    broken, count = [], 0
    with Teleport() as teleport, LetsEnhance() as letsenhance, HautAI() as hautai:
        for item, notes in storm.items:
            if notes.end != "done":
                continue
            count += 1
            files = [path for path in (storm.folder / "out").rglob("*") if path.is_file() and item.name in str(path)]
            if len(files) != 1:
                broken.append(f"{item.name} has {len(files)} results")
                continue
            job = str(notes.job)
            if item.kind in CAPTURES:
                sid = str(storm.sandbox.teleport.captures[job].sid)
                there = _fetched(teleport.metadata(sid, quality="sd").models[0].url)
            elif item.kind in CONVERSIONS:
                name = f"safelight/results/{item.correlation_id}{files[0].suffix}"
                there = storm.sandbox.bucket.objects[name].data
            elif item.kind in PIPELINES:
                (image,) = letsenhance.job(_pipelines(storm)[item.name][0]).result(timeout=0)
                there = _fetched(image.url)
            else:
                image_id = str(hautai.results(job)[0].image_id)
                there = _fetched(hautai.aux_images(job, image_id)[0].url)
            if files[0].read_bytes() != there:
                broken.append(f"{item.name}: what was downloaded is not what the service has")
    return Verdict("every download is what the service has", f"{count} files", broken)


def nothing_was_paid_twice(storm: Storm) -> Verdict:
    sandbox, broken, unknown = storm.sandbox, [], 0
    captures, pipelines, analyses = _captures(storm), _pipelines(storm), _analyses(storm)
    for item, notes in storm.items:
        if item.kind in CAPTURES:
            paid, of = len(captures[item.name]), "captures"
        elif item.kind in CONVERSIONS:
            charge = sandbox.immersity.charges.get(item.correlation_id)
            paid, of = int(charge is not None and charge.credits > 0), "charges"
        elif item.kind in PIPELINES:
            paid, of = len(pipelines[item.name]), "pipelines"
        else:
            paid, of = analyses[item.name], "analyses"
        unknown += notes.end == "unknown" and paid
        if paid > 1 or (notes.end == "done" and paid != 1):
            broken.append(f"{item.name} has {paid} {of}")
    # A charge is one by its id; were it made twice, the balance would tell.
    spent = sum(charge.credits for charge in sandbox.immersity.charges.values())
    if spent + sandbox.immersity.balance != _CREDITS:
        broken.append(f"Immersity took {_CREDITS - sandbox.immersity.balance} credits for conversions of {spent}")
    told = f"{len(storm.items)} items; of those that are unknown, {unknown} had been accepted"
    return Verdict("nothing was paid twice", told, broken)


_CREDITS = 10_000
"""What is on a sandbox's account at first."""


def no_part_was_sent_again(storm: Storm) -> Verdict:
    captures = storm.sandbox.teleport.captures
    broken = [
        f"part {number} of {captures[eid].name} was safe, and was sent again"
        for slot in storm.slots
        for (eid, number), accepted in slot.safe.items()
        if captures[eid].parts[number].accepted != accepted
    ]
    parts = [part for capture in captures.values() for part in capture.parts.values()]
    again = sum(part.accepted - 1 for part in parts)
    in_flight = sum(bool(death.uploads) for slot in storm.slots for death in slot.deaths) * PARTS_AT_ONCE
    lost = sum(one.struck for one in storm.storage.connections if one.fault and one.fault.towards == "client")
    lost += sum(
        request.operation == "part" and request.status == 200 and request.fault is not None
        for request in storm.sandbox.requests
    )
    if again > in_flight + lost:
        broken.append(f"{again} parts were sent again, and at most {in_flight + lost} may have been in flight")
    safe = sum(len(slot.safe) for slot in storm.slots)
    told = f"{len(parts)} parts, {safe} of them safe at a kill; {again} in flight were sent again"
    return Verdict("no part that was accepted was sent again", told, broken)


def no_file_is_left(storm: Storm) -> Verdict:
    folders = [storm.folder / "in"]
    broken = [f"{path.relative_to(storm.folder)} is left" for path in (storm.folder / "in").glob("*.new")]
    for slot in storm.slots:
        folders += [slot.state, slot.temporary]
        for folder in (slot.state, slot.temporary):
            broken += [f"{path.relative_to(storm.folder)} is left" for path in folder.rglob("*") if path.is_file()]
    names = {item.name for item, notes in storm.items if notes.end == "done"}
    for path in (storm.folder / "out").rglob("*"):
        if path.is_file() and (path.suffix in (".part", ".etag") or not any(name in str(path) for name in names)):
            broken.append(f"{path.relative_to(storm.folder)} is left")
    return Verdict("no temporary file is left", f"{len(folders) + 1} folders", broken)


def no_process_held_anything(storm: Storm) -> Verdict:
    broken = []
    ends = sorted((storm.folder / "ends").glob("*.json"))
    for path in ends:
        held = json.loads(path.read_text())
        broken += [f"{path.stem} ended with a thread, {name}" for name in held["threads"]]
        broken += [f"{path.stem} ended with a socket, {name}" for name in held["sockets"]]
    deaths = Counter(death.signal for slot in storm.slots for death in slot.deaths)
    expected = deaths[signal.SIGINT] + len(SLOTS)
    if len(ends) < expected:
        broken.append(f"{expected} processes ended in order, and {len(ends)} could say what they held")
    told = f"{len(ends)} processes that ended in order; {deaths[signal.SIGKILL]} were killed"
    return Verdict("no socket and no thread is left", told, broken)


def held() -> Counter[str]:
    """The threads and sockets of this process."""
    found = Counter(thread.name for thread in threading.enumerate())
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found[str(entry.readlink()).partition(":")[0]] += str(entry.readlink()).startswith("socket:")
        except OSError:
            continue
    return +found


def _captures(storm: Storm) -> dict[str, list[Any]]:
    captures: dict[str, list[Any]] = {item.name: [] for item, _ in storm.items}
    for capture in storm.sandbox.teleport.captures.values():
        captures[capture.name].append(capture)
    return captures


def _pipelines(storm: Storm) -> dict[str, list[int]]:
    pipelines: dict[str, list[int]] = {item.name: [] for item, _ in storm.items}
    for pipeline in storm.sandbox.letsenhance.pipelines.values():
        for url in pipeline.urls:
            pipelines[Path(urlsplit(url).path).stem].append(pipeline.id)
    return pipelines


def _analyses(storm: Storm) -> Counter[str]:
    analyses: Counter[str] = Counter()
    for subject in storm.sandbox.hautai.subjects.values():
        analyses[subject.request["name"]] += sum(batch.computations for batch in subject.batches.values())
    return analyses


def _unpacked(capture: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(_all_of(capture.upload.stream()))) as archive:
        return {Path(name).name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def _all_of(stream: Any) -> bytes:
    with stream:
        content: bytes = stream.read()
        return content


def _fetched(url: str) -> bytes:
    return httpx.get(url, verify=tls_context()).raise_for_status().content


def broken(verdicts: Iterable[Verdict]) -> list[str]:
    """How promises were broken, in words: the first few times of each."""
    told: list[str] = []
    for verdict in verdicts:
        told += [f"{verdict.promise}: {line}" for line in verdict.broken[:_MOST_TOLD]]
        if (more := len(verdict.broken) - _MOST_TOLD) > 0:
            told.append(f"{verdict.promise}: {more} more")
    return told
