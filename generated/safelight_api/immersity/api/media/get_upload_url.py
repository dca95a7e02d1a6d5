from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_reply import ErrorReply
from ...models.upload_url import UploadUrl
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    correlation_id: str | Unset = UNSET,
    file_name: str | Unset = UNSET,
    media_type: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["correlationId"] = correlation_id

    params["fileName"] = file_name

    params["mediaType"] = media_type

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/get-upload-url",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ErrorReply | UploadUrl | None:
    if response.status_code == 200:
        response_200 = UploadUrl.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorReply.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorReply.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = ErrorReply.from_dict(response.json())

        return response_402

    if 200 <= response.status_code <= 299:
        response_2xx = UploadUrl.from_dict(response.json())

        return response_2xx

    if 400 <= response.status_code <= 499:
        response_4xx = ErrorReply.from_dict(response.json())

        return response_4xx

    if 500 <= response.status_code <= 599:
        response_5xx = ErrorReply.from_dict(response.json())

        return response_5xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorReply | UploadUrl]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    correlation_id: str | Unset = UNSET,
    file_name: str | Unset = UNSET,
    media_type: str | Unset = UNSET,
) -> Response[ErrorReply | UploadUrl]:
    """A place in the vendor's storage for a file

     The URL takes one PUT within 24 hours, as a presigned URL of S3 does: nothing but the host is
    signed. It cannot be read with GET, so it does not give the readable URL that an operation's input
    needs.

    Args:
        correlation_id (str | Unset): A UUID for the request; the service makes one where none is
            given.
        file_name (str | Unset): The name of the file.
        media_type (str | Unset): The media type of the file, such as `image/jpeg`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | UploadUrl]
    """

    kwargs = _get_kwargs(
        correlation_id=correlation_id,
        file_name=file_name,
        media_type=media_type,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    correlation_id: str | Unset = UNSET,
    file_name: str | Unset = UNSET,
    media_type: str | Unset = UNSET,
) -> ErrorReply | UploadUrl | None:
    """A place in the vendor's storage for a file

     The URL takes one PUT within 24 hours, as a presigned URL of S3 does: nothing but the host is
    signed. It cannot be read with GET, so it does not give the readable URL that an operation's input
    needs.

    Args:
        correlation_id (str | Unset): A UUID for the request; the service makes one where none is
            given.
        file_name (str | Unset): The name of the file.
        media_type (str | Unset): The media type of the file, such as `image/jpeg`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | UploadUrl
    """

    return sync_detailed(
        client=client,
        correlation_id=correlation_id,
        file_name=file_name,
        media_type=media_type,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    correlation_id: str | Unset = UNSET,
    file_name: str | Unset = UNSET,
    media_type: str | Unset = UNSET,
) -> Response[ErrorReply | UploadUrl]:
    """A place in the vendor's storage for a file

     The URL takes one PUT within 24 hours, as a presigned URL of S3 does: nothing but the host is
    signed. It cannot be read with GET, so it does not give the readable URL that an operation's input
    needs.

    Args:
        correlation_id (str | Unset): A UUID for the request; the service makes one where none is
            given.
        file_name (str | Unset): The name of the file.
        media_type (str | Unset): The media type of the file, such as `image/jpeg`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | UploadUrl]
    """

    kwargs = _get_kwargs(
        correlation_id=correlation_id,
        file_name=file_name,
        media_type=media_type,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    correlation_id: str | Unset = UNSET,
    file_name: str | Unset = UNSET,
    media_type: str | Unset = UNSET,
) -> ErrorReply | UploadUrl | None:
    """A place in the vendor's storage for a file

     The URL takes one PUT within 24 hours, as a presigned URL of S3 does: nothing but the host is
    signed. It cannot be read with GET, so it does not give the readable URL that an operation's input
    needs.

    Args:
        correlation_id (str | Unset): A UUID for the request; the service makes one where none is
            given.
        file_name (str | Unset): The name of the file.
        media_type (str | Unset): The media type of the file, such as `image/jpeg`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | UploadUrl
    """

    return (
        await asyncio_detailed(
            client=client,
            correlation_id=correlation_id,
            file_name=file_name,
            media_type=media_type,
        )
    ).parsed
