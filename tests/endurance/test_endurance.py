"""A hundred uploads and jobs in one process leave nothing behind; `make endurance` does the same with thousands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endurance.run import missing
from tests.endurance.service import serving
from tests.endurance.watch import growths, watched

ROUNDS, UPLOADS, JOBS = 4, 30, 3


@pytest.mark.slow
@pytest.mark.parametrize("face", ["blocking", "async"])
def test_memory_files_and_threads_stay_flat(face: str, tmp_path: Path) -> None:
    with serving() as service:
        course = watched(face, service.env, tmp_path, rounds=ROUNDS, uploads=UPLOADS, jobs=JOBS)
    assert growths(course) == []
    assert missing(service.arrived, ROUNDS * UPLOADS, ROUNDS * JOBS) == []
