from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.pipeline_reply import PipelineReply
from ...models.rejection import Rejection
from ...types import Response


def _get_kwargs(
    id: int,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/pipeline/{id}".format(
            id=quote(str(id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PipelineReply | Rejection | None:
    if response.status_code == 200:
        response_200 = PipelineReply.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Rejection.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Rejection.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Rejection.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Rejection.from_dict(response.json())

        return response_404

    if response.status_code == 429:
        response_429 = Rejection.from_dict(response.json())

        return response_429

    if 200 <= response.status_code <= 299:
        response_2xx = PipelineReply.from_dict(response.json())

        return response_2xx

    if 400 <= response.status_code <= 499:
        response_4xx = Rejection.from_dict(response.json())

        return response_4xx

    if 500 <= response.status_code <= 599:
        response_5xx = Rejection.from_dict(response.json())

        return response_5xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PipelineReply | Rejection]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    id: int,
    *,
    client: AuthenticatedClient | Client,
) -> Response[PipelineReply | Rejection]:
    """How far a pipeline is, and what has come of it

     Also gives a fresh URL of a result whose URL has expired, as long as the result is kept.

    Args:
        id (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PipelineReply | Rejection]
    """

    kwargs = _get_kwargs(
        id=id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: int,
    *,
    client: AuthenticatedClient | Client,
) -> PipelineReply | Rejection | None:
    """How far a pipeline is, and what has come of it

     Also gives a fresh URL of a result whose URL has expired, as long as the result is kept.

    Args:
        id (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PipelineReply | Rejection
    """

    return sync_detailed(
        id=id,
        client=client,
    ).parsed


async def asyncio_detailed(
    id: int,
    *,
    client: AuthenticatedClient | Client,
) -> Response[PipelineReply | Rejection]:
    """How far a pipeline is, and what has come of it

     Also gives a fresh URL of a result whose URL has expired, as long as the result is kept.

    Args:
        id (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PipelineReply | Rejection]
    """

    kwargs = _get_kwargs(
        id=id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: int,
    *,
    client: AuthenticatedClient | Client,
) -> PipelineReply | Rejection | None:
    """How far a pipeline is, and what has come of it

     Also gives a fresh URL of a result whose URL has expired, as long as the result is kept.

    Args:
        id (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PipelineReply | Rejection
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
        )
    ).parsed
