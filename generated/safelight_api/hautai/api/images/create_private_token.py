from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_reply import ErrorReply
from ...models.private_token import PrivateToken
from ...models.private_token_request import PrivateTokenRequest
from ...types import Response


def _get_kwargs(
    *,
    body: PrivateTokenRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/auth/private_tokens/",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorReply | PrivateToken | None:
    if response.status_code == 201:
        response_201 = PrivateToken.from_dict(response.json())

        return response_201

    if 200 <= response.status_code <= 299:
        response_2xx = PrivateToken.from_dict(response.json())

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
) -> Response[ErrorReply | PrivateToken]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: PrivateTokenRequest,
) -> Response[ErrorReply | PrivateToken]:
    """Create a private token

     A private token lives until its own end and is what the vendor recommends for servers. Only this
    reply shows it. Sending this twice makes two tokens.

    Args:
        body (PrivateTokenRequest): A token that is to be made.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | PrivateToken]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: PrivateTokenRequest,
) -> ErrorReply | PrivateToken | None:
    """Create a private token

     A private token lives until its own end and is what the vendor recommends for servers. Only this
    reply shows it. Sending this twice makes two tokens.

    Args:
        body (PrivateTokenRequest): A token that is to be made.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | PrivateToken
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: PrivateTokenRequest,
) -> Response[ErrorReply | PrivateToken]:
    """Create a private token

     A private token lives until its own end and is what the vendor recommends for servers. Only this
    reply shows it. Sending this twice makes two tokens.

    Args:
        body (PrivateTokenRequest): A token that is to be made.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | PrivateToken]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: PrivateTokenRequest,
) -> ErrorReply | PrivateToken | None:
    """Create a private token

     A private token lives until its own end and is what the vendor recommends for servers. Only this
    reply shows it. Sending this twice makes two tokens.

    Args:
        body (PrivateTokenRequest): A token that is to be made.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | PrivateToken
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
