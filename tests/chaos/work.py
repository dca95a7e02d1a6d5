"""How a careful user does each kind of item; each can be begun again at any point, from its notes.

What is paid for without an id of the user's own is not repeated once it may have been accepted: the item ends as
unknown, and the harness asks the services' books.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import attrs

from safelight import JobTimeout, OutcomeUnknown, SafelightError
from safelight.letsenhance import Marketplace
from tests.chaos.notes import Notes
from tests.chaos.plan import FILM_CREDITS, FILM_SECONDS, Item
from tests.either import either, every

PATIENCE = 60.0
"""Seconds for a job."""

SHORT = 8.0
"""Seconds after which an analysis that may not have begun is asked for again."""

PARTS_AT_ONCE = 2
ENHANCED = Marketplace(width=96)


@attrs.frozen
class Clients:
    """One for each service."""

    teleport: Any
    immersity: Any
    letsenhance: Any
    hautai: Any


@attrs.frozen
class Task:
    """An item that is being done.

    Attributes:
        item: The item.
        notes: What is known of it.
        clients: The clients.
        folder: Below it are `in`, and `out` for what is downloaded.
    """

    item: Item
    notes: Notes
    clients: Clients
    folder: Path

    @property
    def source(self) -> Path:
        """What is sent."""
        return self.item.make(self.folder / "in")

    def target(self, suffix: str) -> Path:
        """Where the result goes."""
        return self.folder / "out" / f"{self.item.name}{suffix}"


async def capture(task: Task) -> None:
    """Upload, wait, and download the model."""
    teleport, notes = task.clients.teleport, task.notes
    if notes.job is None:
        eid = None
        if notes.last("begun") and not _is_journal_left():
            # The upload may have ended before its id was noted: names are unique, so the list tells.
            captures = await every(teleport.captures())
            eid = next((one.eid for one in captures if one.name == task.item.name and one.uploaded), None)
        if eid is None:
            notes.add("begun")
            made = await either(teleport.upload(task.source, name=task.item.name, concurrency=PARTS_AT_ONCE))
            eid = made.eid
        notes.add("job", id=eid)
    ready = await either(teleport.wait(notes.job, timeout=PATIENCE))
    await either(teleport.download(ready.sid, task.target(".ply"), quality="sd"))


async def conversion(task: Task) -> None:
    """Have a picture converted: with the same correlation id it is paid for once, however often it is asked for."""
    convert = getattr(task.clients.immersity, task.item.kind)
    wishes = {"animation_length": 1, "output_fps": 5} if task.item.kind == "animation" else {}
    task.notes.add("paying", id=task.item.correlation_id)
    result = await either(convert(task.source, correlation_id=task.item.correlation_id, **wishes))
    await either(result.save(task.target(Path(result.name).suffix)))


async def film(task: Task) -> None:
    """Have a video converted, and wait for it; its id makes it one job, too."""
    immersity, notes = task.clients.immersity, task.notes
    if notes.job is None:
        notes.add("paying", id=task.item.correlation_id)
        job = await either(
            immersity.video(
                task.source,
                video_length=FILM_SECONDS,
                credit_amount=FILM_CREDITS,
                output_width=64,
                output_height=48,
                callback_url="http://127.0.0.1:9/nobody-listens",
                correlation_id=task.item.correlation_id,
            )
        )
        notes.add("job", id=job.id)
    else:
        job = immersity.job(notes.job)
    result = await either(job.result(timeout=PATIENCE))
    await either(result.save(task.target(".mp4")))


async def submit(task: Task) -> None:
    """Submit a picture, wait for it, and download it."""
    letsenhance, notes = task.clients.letsenhance, task.notes
    if notes.job is None:
        if notes.is_paying:
            return notes.add("unknown")
        notes.add("paying")
        try:
            job = await either(letsenhance.submit(task.source, ENHANCED))
        except OutcomeUnknown as error:
            return notes.add("unknown", error=str(error))
        except SafelightError:
            notes.add("refused")
            raise
        notes.add("job", id=job.id)
    else:
        job = letsenhance.job(notes.job)
    (image,) = await either(job.result(timeout=PATIENCE))
    await either(image.save(task.target(".png")))
    return None


async def enhance(task: Task) -> None:
    """The same in one call: what it was interrupted in is not known, and its half files are cleared away."""
    notes, target = task.notes, task.folder / "out" / task.item.name
    if notes.is_paying:
        shutil.rmtree(target, ignore_errors=True)
        return notes.add("unknown")
    target.mkdir(exist_ok=True)
    source = task.source
    notes.add("paying")
    try:
        await either(task.clients.letsenhance.enhance(source, ENHANCED, to=target / "made.png", timeout=PATIENCE))
    except SafelightError as error:
        shutil.rmtree(target)
        return notes.add("unknown", error=repr(error))
    return None


async def face(task: Task) -> None:
    """Have a portrait analysed, and download one of the pictures that come of it."""
    hautai, notes = task.clients.hautai, task.notes
    if notes.job is None:
        if notes.is_paying:
            return notes.add("unknown")
        subjects = await every(hautai.subjects()) if notes.last("begun") else []
        notes.add("begun")
        subject = next((one for one in subjects if one.name == task.item.name), None)
        subject = subject or await either(hautai.create_subject(task.item.name))
        source = task.source
        notes.add("paying")
        try:
            batch = await either(hautai.upload(str(subject.id), front=source))
            notes.add("job", id=str(batch))
        except OutcomeUnknown as error:
            if error.job_id is None:  # then the pictures were deleted again, and nothing was analysed
                notes.add("refused")
                raise
            notes.add("maybe")
            notes.add("job", id=error.job_id)
        except SafelightError:
            notes.add("refused")
            raise
    results = await _results(task)
    maps = await either(hautai.aux_images(notes.job, results[0].image_id))
    await either(maps[0].save(task.target(".png")))
    return None


async def _results(task: Task) -> Any:
    hautai, batch = task.clients.hautai, task.notes.job
    if task.notes.last("maybe"):
        try:
            return await either(hautai.wait(batch, timeout=SHORT))
        except JobTimeout:  # it may never have begun: after a wait it can be asked for again
            await either(hautai.compute(batch))
    return await either(hautai.wait(batch, timeout=PATIENCE))


def _is_journal_left() -> bool:
    return any((Path(os.environ["SAFELIGHT_STATE_DIR"]) / "uploads").glob("*.sqlite"))


SCRIPTS: Mapping[str, Callable[[Task], Coroutine[Any, Any, None]]] = {
    "video": capture,
    "folder": capture,
    "disparity": conversion,
    "animation": conversion,
    "film": film,
    "submit": submit,
    "enhance": enhance,
    "face": face,
}
