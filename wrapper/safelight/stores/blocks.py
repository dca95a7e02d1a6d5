"""Addresses that Azure can be written to by a plain PUT.

Azure wants the header `x-ms-blob-type` of a PUT that makes an object, and nothing in an address stands for it: whoever
is given an address and PUTs to it as to S3 is refused. The PUT of a block ("Put Block") needs no header, and the same
signature allows it. So what is given away is the address of an object's only block, and the object is made of it
("Put Block List") when somebody asks for it here.
"""

from __future__ import annotations

import contextlib

import httpx

from safelight.errors import TransferError
from safelight.redaction import shown
from safelight.stores.bodies import content_type
from safelight.transport import beginning_of, new_transfer_client, presigned_request

_ID = "c2FmZWxpZ2h0"
_LIST = f'<?xml version="1.0" encoding="utf-8"?><BlockList><Uncommitted>{_ID}</Uncommitted></BlockList>'
_TRIES = 3


class CommitRefused(Exception):
    """The store did not make the object; the text is like those of obstore. Never leaves the package."""


def block_url(url: str) -> str:
    """The address of an object's only block, of a signed address of the object."""
    return f"{url}&comp=block&blockid={_ID}"


def commit(url: str, name: str) -> None:
    """Make the object of its block; where none was PUT since the last time, nothing changes.

    Args:
        url: A signed address of the object that allows to write it.
        name: The object's name, whose suffix tells its media type.

    Raises:
        CommitRefused: The store refuses.
        TransferError: It cannot be reached.
    """
    headers = {"x-ms-blob-content-type": content_type(name) or "application/octet-stream"}
    with new_transfer_client(None, connections=1) as http:
        for left in reversed(range(_TRIES)):
            request = presigned_request(http, "PUT", f"{url}&comp=blocklist", content=_LIST, headers=headers)
            try:
                with contextlib.closing(http.send(request, stream=True)) as response:
                    said = beginning_of(response)
            except httpx.HTTPError as error:
                if not left:
                    raise TransferError(
                        f"{name}: the store cannot be reached ({shown(error)}): check the network, and try again."
                    ) from None
                continue
            if response.status_code < 500 or not left:
                break
    if response.is_success or "InvalidBlockList" in said:
        return
    status = f"Server returned non-2xx status code: {response.status_code}"
    raise CommitRefused(f"{status} {response.reason_phrase}: {said}")
