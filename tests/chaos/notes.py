"""What a careful user writes down: what is about to be paid for, and what came of it, each on the disk at once."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Literal

import attrs

What = Literal["begun", "paying", "refused", "job", "maybe", "trouble", "done", "unknown", "failed"]
ENDS = ("done", "unknown", "failed")


@attrs.define
class Notes:
    """The notes about one item: a file, with a line of JSON for each.

    Attributes:
        path: The file.
        all: What was noted, oldest first.
    """

    path: Path
    all: list[dict[str, Any]] = attrs.field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        if self.path.exists():
            # The last line may have been cut by a kill: then it is as if it was never written.
            lines = self.path.read_text().split("\n")
            self.all = [json.loads(line) for line in lines[:-1]]
            with self.path.open("r+") as file:
                file.truncate(sum(len(line.encode()) + 1 for line in lines[:-1]))

    def add(self, what: What, **facts: Any) -> None:
        """Note something; it is on the disk when this returns."""
        note = {"what": what, "at": time.time(), **facts}
        with self.path.open("a") as file:
            file.write(json.dumps(note) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.all.append(note)

    def last(self, *kinds: What) -> dict[str, Any] | None:
        """The last note of one of these kinds."""
        return next((note for note in reversed(self.all) if note["what"] in kinds), None)

    @property
    def end(self) -> str | None:
        """What the item ended in, or None."""
        return self.all[-1]["what"] if self.all and self.all[-1]["what"] in ENDS else None

    @property
    def is_paying(self) -> bool:
        """Whether something was about to be paid for, and nobody knows what came of it."""
        last = self.last("paying", "refused", "job")
        return last is not None and last["what"] == "paying"

    @property
    def job(self) -> str | None:
        """The id of what is being made."""
        note = self.last("job")
        return None if note is None else note["id"]
