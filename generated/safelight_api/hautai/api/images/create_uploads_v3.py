from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_reply import ErrorReply
from ...models.sides_request import SidesRequest
from ...models.sides_upload import SidesUpload
from ...types import Response


def _get_kwargs(
    company_id: str,
    subject_id: str,
    *,
    body: SidesRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v3/companies/{company_id}/subjects/{subject_id}/upload/".format(
            company_id=quote(str(company_id), safe=""),
            subject_id=quote(str(subject_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorReply | SidesUpload | None:
    if response.status_code == 200:
        response_200 = SidesUpload.from_dict(response.json())

        return response_200

    if 200 <= response.status_code <= 299:
        response_2xx = SidesUpload.from_dict(response.json())

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
) -> Response[ErrorReply | SidesUpload]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    company_id: str,
    subject_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SidesRequest,
) -> Response[ErrorReply | SidesUpload]:
    """Create a batch and the URLs that take the files of its sides

     The URLs are used as that of the older upload. Sending this twice makes two batches.

    Args:
        company_id (str):
        subject_id (str):
        body (SidesRequest): Which sides of a face are to be uploaded.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | SidesUpload]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        subject_id=subject_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    company_id: str,
    subject_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SidesRequest,
) -> ErrorReply | SidesUpload | None:
    """Create a batch and the URLs that take the files of its sides

     The URLs are used as that of the older upload. Sending this twice makes two batches.

    Args:
        company_id (str):
        subject_id (str):
        body (SidesRequest): Which sides of a face are to be uploaded.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | SidesUpload
    """

    return sync_detailed(
        company_id=company_id,
        subject_id=subject_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    company_id: str,
    subject_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SidesRequest,
) -> Response[ErrorReply | SidesUpload]:
    """Create a batch and the URLs that take the files of its sides

     The URLs are used as that of the older upload. Sending this twice makes two batches.

    Args:
        company_id (str):
        subject_id (str):
        body (SidesRequest): Which sides of a face are to be uploaded.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | SidesUpload]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        subject_id=subject_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    company_id: str,
    subject_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SidesRequest,
) -> ErrorReply | SidesUpload | None:
    """Create a batch and the URLs that take the files of its sides

     The URLs are used as that of the older upload. Sending this twice makes two batches.

    Args:
        company_id (str):
        subject_id (str):
        body (SidesRequest): Which sides of a face are to be uploaded.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | SidesUpload
    """

    return (
        await asyncio_detailed(
            company_id=company_id,
            subject_id=subject_id,
            client=client,
            body=body,
        )
    ).parsed
