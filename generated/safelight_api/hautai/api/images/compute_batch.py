from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.compute_request import ComputeRequest
from ...models.error_reply import ErrorReply
from ...types import UNSET, Response, Unset


def _get_kwargs(
    company_id: str,
    batch_id: str,
    *,
    body: ComputeRequest | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/companies/{company_id}/batches/{batch_id}/compute/".format(
            company_id=quote(str(company_id), safe=""),
            batch_id=quote(str(batch_id), safe=""),
        ),
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Any | ErrorReply | None:
    if 200 <= response.status_code <= 299:
        response_2xx = cast(Any, None)
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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Any | ErrorReply]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    company_id: str,
    batch_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ComputeRequest | Unset = UNSET,
) -> Response[Any | ErrorReply]:
    """Send a batch to computation

     Comes after the upload of its images. That there is such an operation, and that its body may be
    empty, is documented; its path is not. An empty object has been observed to be safe.

    Args:
        company_id (str):
        batch_id (str):
        body (ComputeRequest | Unset): How a batch is computed. Nothing has to be said.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ErrorReply]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        batch_id=batch_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    company_id: str,
    batch_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ComputeRequest | Unset = UNSET,
) -> Any | ErrorReply | None:
    """Send a batch to computation

     Comes after the upload of its images. That there is such an operation, and that its body may be
    empty, is documented; its path is not. An empty object has been observed to be safe.

    Args:
        company_id (str):
        batch_id (str):
        body (ComputeRequest | Unset): How a batch is computed. Nothing has to be said.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ErrorReply
    """

    return sync_detailed(
        company_id=company_id,
        batch_id=batch_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    company_id: str,
    batch_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ComputeRequest | Unset = UNSET,
) -> Response[Any | ErrorReply]:
    """Send a batch to computation

     Comes after the upload of its images. That there is such an operation, and that its body may be
    empty, is documented; its path is not. An empty object has been observed to be safe.

    Args:
        company_id (str):
        batch_id (str):
        body (ComputeRequest | Unset): How a batch is computed. Nothing has to be said.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ErrorReply]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        batch_id=batch_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    company_id: str,
    batch_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: ComputeRequest | Unset = UNSET,
) -> Any | ErrorReply | None:
    """Send a batch to computation

     Comes after the upload of its images. That there is such an operation, and that its body may be
    empty, is documented; its path is not. An empty object has been observed to be safe.

    Args:
        company_id (str):
        batch_id (str):
        body (ComputeRequest | Unset): How a batch is computed. Nothing has to be said.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ErrorReply
    """

    return (
        await asyncio_detailed(
            company_id=company_id,
            batch_id=batch_id,
            client=client,
            body=body,
        )
    ).parsed
