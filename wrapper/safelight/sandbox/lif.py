"""What stands in for LIF, which is no public format: a picture's file with its depth behind its end.

It is the picture's own file, which any program shows, with a trailer: pieces of a name of four letters, a length of
four bytes, and data; behind them the length of all pieces, four bytes, and `SAFELIGHT SANDBOX LIF 1`. Numbers are
big-endian. The pieces: `NOTE`, that this is no LIF; `META`, JSON; `DISP`, the disparity map as PNG; and of a pair
`RGHT`, the right picture, and `RDSP`, its map.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from safelight.sandbox.pictures import NOTE, Unusable

_SIGN = b"SAFELIGHT SANDBOX LIF 1"
_HEAD = struct.Struct(">4sI")
_LENGTH = struct.Struct(">I")
_NOTE = f"no LIF but a stand-in for it: {NOTE}".encode()


def encoded(picture: bytes, pieces: Mapping[str, bytes], facts: Mapping[str, Any]) -> bytes:
    """The file that stands in for a LIF.

    Args:
        picture: The file of the picture, or of the left one.
        pieces: The other pieces by their names.
        facts: What goes into `META`.
    """
    everything = {"NOTE": _NOTE, "META": json.dumps(facts).encode(), **pieces}
    trailer = b"".join(_HEAD.pack(name.encode("ascii"), len(data)) + data for name, data in everything.items())
    return picture + trailer + _LENGTH.pack(len(trailer)) + _SIGN


def decoded(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The picture's file as it was, and the pieces by their names.

    Raises:
        Unusable: It is no such file.
    """
    if not data.endswith(_SIGN) or len(data) < len(_SIGN) + _LENGTH.size:
        raise Unusable("this is no file that the sandbox encoded; the real format is not public")
    end = len(data) - len(_SIGN) - _LENGTH.size
    at = start = end - _LENGTH.unpack_from(data, end)[0]
    pieces = {}
    while 0 <= at < end:
        name, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size + length
        pieces[name.decode("ascii", "replace")] = data[at - length : at]
    if at != end or "NOTE" not in pieces:
        raise Unusable("the pieces of this file do not fit together")
    return data[:start], pieces
