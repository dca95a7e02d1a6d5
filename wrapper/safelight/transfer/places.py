"""Files and folders that others must not read, or put in the way."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def private_folder(folder: Path) -> None:
    """Make a folder for this user only, with those above it that are missing; one that is there is closed to others.

    Whoever could write to it could put other files in the place of its files.

    Raises:
        OSError: It cannot be made, or it belongs to another user.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)
    status = folder.stat()
    if not hasattr(os, "getuid") or not stat.S_IMODE(status.st_mode) & 0o077:
        return
    if status.st_uid != os.getuid():
        raise PermissionError(errno.EPERM, "it belongs to another user, and is open to others")
    folder.chmod(0o700)


def opened(path: Path, flags: int) -> BinaryIO:
    """Open or make a file beside the one that the user named: a link that somebody put there is not followed.

    Args:
        path: The file.
        flags: `os.O_RDWR | os.O_APPEND`, or what else is wanted besides `os.O_CREAT`.

    Raises:
        OSError: It cannot be opened, or it is no regular file.
    """
    descriptor = os.open(path, flags | os.O_CREAT | _NOT_FOLLOWED, 0o666)  # as the umask has it
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileExistsError(errno.EEXIST, "something else than a file is there")
        return os.fdopen(descriptor, "ab" if flags & os.O_APPEND else "wb")
    except BaseException:
        os.close(descriptor)
        raise
