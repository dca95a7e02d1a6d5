from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.capture import Capture
from ...models.error_detail import ErrorDetail
from ...models.http_validation_error import HTTPValidationError
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    time_zone: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["time_zone"] = time_zone

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/captures",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorDetail | HTTPValidationError | list[Capture] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = Capture.from_dict(response_200_item_data)

            response_200.append(response_200_item)

        return response_200

    if response.status_code == 401:
        response_401 = ErrorDetail.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ErrorDetail.from_dict(response.json())

        return response_403

    if response.status_code == 422:
        response_422 = HTTPValidationError.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = ErrorDetail.from_dict(response.json())

        return response_429

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorDetail | HTTPValidationError | list[Capture]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    time_zone: bool | Unset = UNSET,
) -> Response[ErrorDetail | HTTPValidationError | list[Capture]]:
    """The account's captures, a page at a time

     A bare array without a total: a page with fewer than `limit` captures is the last. Nothing fetches a
    single capture, so this is also how the state of one is learned.

    Args:
        limit (int | Unset):
        offset (int | Unset):
        time_zone (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDetail | HTTPValidationError | list[Capture]]
    """

    kwargs = _get_kwargs(
        limit=limit,
        offset=offset,
        time_zone=time_zone,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    time_zone: bool | Unset = UNSET,
) -> ErrorDetail | HTTPValidationError | list[Capture] | None:
    """The account's captures, a page at a time

     A bare array without a total: a page with fewer than `limit` captures is the last. Nothing fetches a
    single capture, so this is also how the state of one is learned.

    Args:
        limit (int | Unset):
        offset (int | Unset):
        time_zone (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDetail | HTTPValidationError | list[Capture]
    """

    return sync_detailed(
        client=client,
        limit=limit,
        offset=offset,
        time_zone=time_zone,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    time_zone: bool | Unset = UNSET,
) -> Response[ErrorDetail | HTTPValidationError | list[Capture]]:
    """The account's captures, a page at a time

     A bare array without a total: a page with fewer than `limit` captures is the last. Nothing fetches a
    single capture, so this is also how the state of one is learned.

    Args:
        limit (int | Unset):
        offset (int | Unset):
        time_zone (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDetail | HTTPValidationError | list[Capture]]
    """

    kwargs = _get_kwargs(
        limit=limit,
        offset=offset,
        time_zone=time_zone,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    time_zone: bool | Unset = UNSET,
) -> ErrorDetail | HTTPValidationError | list[Capture] | None:
    """The account's captures, a page at a time

     A bare array without a total: a page with fewer than `limit` captures is the last. Nothing fetches a
    single capture, so this is also how the state of one is learned.

    Args:
        limit (int | Unset):
        offset (int | Unset):
        time_zone (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDetail | HTTPValidationError | list[Capture]
    """

    return (
        await asyncio_detailed(
            client=client,
            limit=limit,
            offset=offset,
            time_zone=time_zone,
        )
    ).parsed
