from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_reply import ErrorReply
from ...models.private_token import PrivateToken
from ...models.private_token_page import PrivateTokenPage
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["page"] = page

    params["page_size"] = page_size

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/auth/private_tokens/",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorReply | list[PrivateToken] | PrivateTokenPage | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> list[PrivateToken] | PrivateTokenPage:
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_private_tokens_type_0 = []
                _componentsschemas_private_tokens_type_0 = data
                for componentsschemas_private_tokens_type_0_item_data in _componentsschemas_private_tokens_type_0:
                    componentsschemas_private_tokens_type_0_item = PrivateToken.from_dict(
                        componentsschemas_private_tokens_type_0_item_data
                    )

                    componentsschemas_private_tokens_type_0.append(componentsschemas_private_tokens_type_0_item)

                return componentsschemas_private_tokens_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_private_tokens_type_1 = PrivateTokenPage.from_dict(data)

            return componentsschemas_private_tokens_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if 200 <= response.status_code <= 299:

        def _parse_response_2xx(data: object) -> list[PrivateToken] | PrivateTokenPage:
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_private_tokens_type_0 = []
                _componentsschemas_private_tokens_type_0 = data
                for componentsschemas_private_tokens_type_0_item_data in _componentsschemas_private_tokens_type_0:
                    componentsschemas_private_tokens_type_0_item = PrivateToken.from_dict(
                        componentsschemas_private_tokens_type_0_item_data
                    )

                    componentsschemas_private_tokens_type_0.append(componentsschemas_private_tokens_type_0_item)

                return componentsschemas_private_tokens_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_private_tokens_type_1 = PrivateTokenPage.from_dict(data)

            return componentsschemas_private_tokens_type_1

        response_2xx = _parse_response_2xx(response.json())

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
) -> Response[ErrorReply | list[PrivateToken] | PrivateTokenPage]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
) -> Response[ErrorReply | list[PrivateToken] | PrivateTokenPage]:
    """The user's private tokens, a page at a time

     Without the tokens themselves, which only their creation shows.

    Args:
        page (int | Unset):
        page_size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | list[PrivateToken] | PrivateTokenPage]
    """

    kwargs = _get_kwargs(
        page=page,
        page_size=page_size,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
) -> ErrorReply | list[PrivateToken] | PrivateTokenPage | None:
    """The user's private tokens, a page at a time

     Without the tokens themselves, which only their creation shows.

    Args:
        page (int | Unset):
        page_size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | list[PrivateToken] | PrivateTokenPage
    """

    return sync_detailed(
        client=client,
        page=page,
        page_size=page_size,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
) -> Response[ErrorReply | list[PrivateToken] | PrivateTokenPage]:
    """The user's private tokens, a page at a time

     Without the tokens themselves, which only their creation shows.

    Args:
        page (int | Unset):
        page_size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | list[PrivateToken] | PrivateTokenPage]
    """

    kwargs = _get_kwargs(
        page=page,
        page_size=page_size,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    page: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
) -> ErrorReply | list[PrivateToken] | PrivateTokenPage | None:
    """The user's private tokens, a page at a time

     Without the tokens themselves, which only their creation shows.

    Args:
        page (int | Unset):
        page_size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | list[PrivateToken] | PrivateTokenPage
    """

    return (
        await asyncio_detailed(
            client=client,
            page=page,
            page_size=page_size,
        )
    ).parsed
