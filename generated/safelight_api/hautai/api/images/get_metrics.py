from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.batch_metrics import BatchMetrics
from ...models.error_reply import ErrorReply
from ...types import Response


def _get_kwargs(
    company_id: str,
    batch_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v3/companies/{company_id}/batches/{batch_id}/results/".format(
            company_id=quote(str(company_id), safe=""),
            batch_id=quote(str(batch_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> BatchMetrics | ErrorReply | None:
    if response.status_code == 200:
        response_200 = BatchMetrics.from_dict(response.json())

        return response_200

    if 200 <= response.status_code <= 299:
        response_2xx = BatchMetrics.from_dict(response.json())

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
) -> Response[BatchMetrics | ErrorReply]:
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
) -> Response[BatchMetrics | ErrorReply]:
    """What the algorithms say of a batch

     Ready when `all_algorithms_calculated` is true; until then parts of it may be missing.

    Args:
        company_id (str):
        batch_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BatchMetrics | ErrorReply]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        batch_id=batch_id,
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
) -> BatchMetrics | ErrorReply | None:
    """What the algorithms say of a batch

     Ready when `all_algorithms_calculated` is true; until then parts of it may be missing.

    Args:
        company_id (str):
        batch_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BatchMetrics | ErrorReply
    """

    return sync_detailed(
        company_id=company_id,
        batch_id=batch_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    company_id: str,
    batch_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[BatchMetrics | ErrorReply]:
    """What the algorithms say of a batch

     Ready when `all_algorithms_calculated` is true; until then parts of it may be missing.

    Args:
        company_id (str):
        batch_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BatchMetrics | ErrorReply]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        batch_id=batch_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    company_id: str,
    batch_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> BatchMetrics | ErrorReply | None:
    """What the algorithms say of a batch

     Ready when `all_algorithms_calculated` is true; until then parts of it may be missing.

    Args:
        company_id (str):
        batch_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BatchMetrics | ErrorReply
    """

    return (
        await asyncio_detailed(
            company_id=company_id,
            batch_id=batch_id,
            client=client,
        )
    ).parsed
