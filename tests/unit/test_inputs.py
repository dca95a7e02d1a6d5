"""What was put into the storage for a job is cleared away, once, and nobody waits for that who is in a hurry."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from safelight import OutcomeUnknown, TransferError
from safelight._sync.files import Inputs


class Shelf:
    """Stands for a storage: it keeps names, and takes its time to let go of them."""

    def __init__(self, *, fails: bool = False) -> None:
        self.names: list[str] = []
        self.patience: list[float | None] = []
        self.fails = fails
        self.may_go = threading.Event()
        self.may_go.set()

    def store(self, file: Any, name: str) -> None:
        self.names.append(name)

    def presign_get(self, name: str, *, expires: float) -> str:
        return f"https://shelf.test/{name}"

    def _delete(self, name: str, seconds: float | None) -> None:
        self.patience.append(seconds)
        if self.fails:
            raise TransferError("no answer")
        self.may_go.wait(10)
        self.names.remove(name)


def inputs(shelf: Shelf, count: int) -> Inputs:
    made = Inputs("Anybody", shelf, False, (), 60.0)  # type: ignore[arg-type]
    for _ in range(count):
        made.url_of(b"a picture")
    return made


@pytest.mark.parametrize(
    ("error", "are_told", "left"),
    [
        (TransferError("refused"), True, 0),
        (TransferError("refused"), False, 0),
        (OutcomeUnknown("lost"), True, 2),
        (KeyboardInterrupt(), True, 2),
        (KeyboardInterrupt(), False, 0),
    ],
)
def test_inputs_stay_where_the_service_may_be_reading_them(error: BaseException, are_told: bool, left: int) -> None:
    shelf = Shelf()
    lent = inputs(shelf, 2)
    lent.are_told = are_told
    with pytest.raises(type(error)), lent:
        raise error
    assert len(shelf.names) == left


def test_who_interrupts_does_not_wait_for_a_store_that_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(fails=True)
    with pytest.raises(KeyboardInterrupt), inputs(shelf, 3):
        raise KeyboardInterrupt
    (patience,) = shelf.patience
    assert patience is not None
    assert patience < 5
    assert "may stay" in caplog.text


def test_two_who_wait_for_one_job_clear_away_each_input_once() -> None:
    shelf = Shelf()
    lent = inputs(shelf, 5)
    shelf.may_go.clear()
    threads = [threading.Thread(target=lent.clear) for _ in range(2)]
    for thread in threads:
        thread.start()
    shelf.may_go.set()
    for thread in threads:
        thread.join()
    assert shelf.names == []
    assert len(shelf.patience) == 5


def test_an_interrupted_clearing_goes_on_when_it_is_called_again() -> None:
    shelf = Shelf()
    lent = inputs(shelf, 2)
    delete, interrupt = shelf._delete, [True]

    def interrupted(name: str, seconds: float | None) -> None:
        if interrupt:
            interrupt.pop()
            raise KeyboardInterrupt
        delete(name, seconds)

    shelf._delete = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        lent.clear()
    lent.clear()
    assert shelf.names == []
