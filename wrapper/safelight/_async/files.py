"""Between files and URLs: the services read URLs and write to URLs, and their users have files and want files."""

from __future__ import annotations

import io
import logging
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import attrs

from safelight._async.base import AsyncService
from safelight.bridge import run_in_thread
from safelight.errors import ConfigError, OutcomeUnknown, SafelightError, TransferError
from safelight.formats import HEAD, format_of, suffix_of
from safelight.transfer.source import FileSource

if TYPE_CHECKING:
    from safelight._async.storage import AsyncStorage
    from safelight.transfer.progress import OnProgress

_UNUSUAL = re.compile(r"[^\w-]+", re.ASCII)

_PATIENCE = 2.0

logger = logging.getLogger("safelight")


@attrs.define(eq=False, kw_only=True)
class AsyncRemoteFile:
    """A file that a service made.

    Attributes:
        url: Where it can be read, until the address expires: `fresh_url` gives another.
        name: What it is called when it is saved into a folder.
    """

    url: str
    name: str
    _service: AsyncService = attrs.field(repr=False, alias="service")

    async def fresh_url(self) -> str:
        """Where the file can be read from now on; it becomes `url`.

        Raises:
            SafelightError: There is no way to learn it.
        """
        return await self._address(again=False)

    async def save(self, path: str | os.PathLike[str], *, on_progress: OnProgress | None = None) -> Path:
        """Download the file.

        The bytes go into `NAME.part`, which gets its own name when it is whole; a download that was interrupted goes
        on where it stopped. Where one connection is slow, more of them fetch a large file together.

        Args:
            path: The file to write, where one that exists is replaced; or a folder, which may be new if the path ends
                with a slash.
            on_progress: Is called with a `Progress` about ten times a second.

        Returns:
            The file.

        Raises:
            ConfigError: There can be no such file.
            TransferError: The bytes do not arrive, or the disk does not take them.
        """
        return await self._service._fetch(self._address, target_of(path, self.name), on_progress)

    async def open(self) -> BinaryIO:
        """Download the file and open it for reading, without a name on this machine: it is gone once it is closed.

        Raises:
            TransferError: The bytes do not arrive, or the disk does not take them.
        """
        with tempfile.TemporaryDirectory(prefix="safelight-") as folder:
            path = await self.save(Path(folder) / "file")
            return await run_in_thread(lambda _: _without_name(path))

    async def _address(self, *, again: bool) -> str:
        """An address that can be read from now on; another one if that was of no use."""
        return self.url


Input = str | os.PathLike[str] | bytes | BinaryIO | AsyncRemoteFile
"""What can be given to a service: a path, bytes, a file object, a URL, or what another call made."""


@attrs.define
class AsyncInputs:
    """The inputs of one job: those that are files are put into the user's storage, and cleared away after it.

    As a context manager it clears them away after an error, unless the service may be reading them.

    Attributes:
        service: The service's name, for messages.
        storage: The user's storage.
        keep: Whether to leave in the storage what was put there.
        takes: The formats that the service takes; empty where nobody says.
        url_seconds: How long their addresses have to be good for.
        are_told: Whether the service may know their addresses by now.
    """

    service: str
    storage: AsyncStorage | None
    keep: bool
    takes: Collection[str]
    url_seconds: float
    are_told: bool = False
    _stored: list[str] = attrs.field(init=False, factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        refused = isinstance(error, SafelightError) and not isinstance(error, OutcomeUnknown)
        if error is not None and (refused or not self.are_told):
            await self.clear(None if refused else _PATIENCE)

    def check(self, given: Input) -> None:
        """Refuse what cannot become a URL that the service reads, before anything is sent.

        Raises:
            ConfigError: It is a file, and there is no storage; it is missing, or empty, or of a format that the
                service does not take.
        """
        if isinstance(given, AsyncRemoteFile) or is_url(given):
            return
        if self.storage is None:
            raise ConfigError(
                f"{self.service} reads addresses, and {_shown(given)} is on this machine: pass "
                'storage="s3://bucket/prefix" (or gs://, az://) or set SAFELIGHT_STORAGE, and it is put there for the '
                "while; or give the address of a picture."
            )
        name = format_of(_head(given))
        if self.takes and name not in self.takes:
            formats = ", ".join(sorted(self.takes))
            raise ConfigError(f"{_shown(given)} is {name or 'of an unknown format'}: {self.service} takes {formats}.")

    async def url_of(self, given: Input) -> str:
        """Where the service can read what was given, which has been checked.

        Raises:
            ConfigError: The storage's settings are wrong.
            TransferError: The storage does not take it.
        """
        if isinstance(given, AsyncRemoteFile):
            return await given.fresh_url()
        if isinstance(given, str) and is_url(given):
            return given
        assert self.storage is not None
        path = Path(given) if isinstance(given, str | os.PathLike) else Path("picture")
        stem = _UNUSUAL.sub("-", path.stem)  # the service may name its result by it
        suffix = _UNUSUAL.sub("", path.suffix.lower())
        ending = f".{suffix}" if suffix else suffix_of(format_of(_head(given)))
        name = f"inputs/{uuid.uuid4().hex}/{stem}{ending}"
        self._stored.append(name)
        try:
            await self.storage.store(given, name)
        except ConfigError:
            self._stored.remove(name)  # it was refused, or has been cleared away
            raise
        return await self.storage.presign_get(name, expires=self.url_seconds)

    async def clear(self, seconds: float | None = None) -> None:
        """Remove what was put into the storage; that this fails is told, and no reason to lose a result.

        Args:
            seconds: How long it may take, for those who are in a hurry to end.
        """
        while self._stored and self.storage and not self.keep:
            name = self._stored.pop()
            try:
                await self.storage._delete(name, seconds)
            except SafelightError as error:
                logger.warning("%s may stay in %r: %s", name, self.storage, error)
                if seconds is not None:
                    return
            except BaseException:
                self._stored.append(name)
                raise


def is_url(given: object) -> bool:
    """Whether something is an address rather than a path."""
    return isinstance(given, str) and given[:8].lower().startswith(("http://", "https://"))


def are_many(given: Input | Sequence[Input]) -> bool:
    """Whether these are several inputs, rather than one."""
    return isinstance(given, Sequence) and not isinstance(given, str | bytes | bytearray | memoryview)


def target_of(path: str | os.PathLike[str], name: str) -> Path:
    """The file that a result is written to: the path, or a file of this name in it if it is a folder.

    Raises:
        ConfigError: The folder cannot be made.
    """
    if not is_folder(path):
        return Path(path)
    make_folder(Path(path))
    return Path(path) / name


def make_folder(folder: Path) -> None:
    """Make a folder, if there is none.

    Raises:
        ConfigError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder} cannot be made: {getattr(error, 'strerror', None) or error}.") from error


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a folder, or says by a slash at its end that it is to be one."""
    return os.fspath(path).endswith(("/", os.sep)) or Path(path).is_dir()


def _shown(given: object) -> str:
    return str(given) if isinstance(given, str | os.PathLike) else "the picture"


def _head(given: str | os.PathLike[str] | bytes | BinaryIO) -> bytes:
    """The first bytes; a file object is put back to where it was."""
    if isinstance(given, str | os.PathLike):
        source = FileSource(Path(given))
        try:
            return next(source.chunks(0, min(HEAD, source.size)))
        finally:
            source.close()
    head: Any = None
    if isinstance(given, bytes):
        head = given[:HEAD]
    elif (
        not isinstance(given, io.TextIOBase)
        and hasattr(given, "read")
        and hasattr(given, "seekable")
        and given.seekable()
    ):
        here = given.tell()
        head = given.read(HEAD)
        given.seek(here)
    if not isinstance(head, bytes):
        raise ConfigError(
            "give a path, bytes, an address, the result of another call, or a file that was opened with 'rb' and "
            "that can be read again from where it is (seekable)."
        )
    if not head:
        raise ConfigError("there is nothing to send: the picture is empty, or the file is at its end (seek(0)?).")
    return head


def _without_name(path: Path) -> BinaryIO:
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's to close
        try:
            with path.open("rb") as saved:
                shutil.copyfileobj(saved, file)
            file.seek(0)
        except BaseException:
            file.close()
            raise
    except OSError as error:
        raise TransferError(f"the file cannot be kept: {error.strerror or error}. Free some space.") from error
    return file
