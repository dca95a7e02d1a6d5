from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.capture import Capture
from ...models.edit_capture_input import EditCaptureInput
from ...models.error_detail import ErrorDetail
from ...models.http_validation_error import HTTPValidationError
from ...types import UNSET, Response, Unset


def _get_kwargs(
    eid: str,
    *,
    body: EditCaptureInput,
    time_zone: bool | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["time_zone"] = time_zone

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/api/v1/captures/{eid}".format(
            eid=quote(str(eid), safe=""),
        ),
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Capture | ErrorDetail | HTTPValidationError | None:
    if response.status_code == 200:
        response_200 = Capture.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = ErrorDetail.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ErrorDetail.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = ErrorDetail.from_dict(response.json())

        return response_404

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
) -> Response[Capture | ErrorDetail | HTTPValidationError]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    eid: str,
    *,
    client: AuthenticatedClient | Client,
    body: EditCaptureInput,
    time_zone: bool | Unset = UNSET,
) -> Response[Capture | ErrorDetail | HTTPValidationError]:
    """Rename a capture

     The name is all that can be changed about a capture.

    Args:
        eid (str):
        time_zone (bool | Unset):
        body (EditCaptureInput): What can be changed about a capture.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Capture | ErrorDetail | HTTPValidationError]
    """

    kwargs = _get_kwargs(
        eid=eid,
        body=body,
        time_zone=time_zone,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    eid: str,
    *,
    client: AuthenticatedClient | Client,
    body: EditCaptureInput,
    time_zone: bool | Unset = UNSET,
) -> Capture | ErrorDetail | HTTPValidationError | None:
    """Rename a capture

     The name is all that can be changed about a capture.

    Args:
        eid (str):
        time_zone (bool | Unset):
        body (EditCaptureInput): What can be changed about a capture.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Capture | ErrorDetail | HTTPValidationError
    """

    return sync_detailed(
        eid=eid,
        client=client,
        body=body,
        time_zone=time_zone,
    ).parsed


async def asyncio_detailed(
    eid: str,
    *,
    client: AuthenticatedClient | Client,
    body: EditCaptureInput,
    time_zone: bool | Unset = UNSET,
) -> Response[Capture | ErrorDetail | HTTPValidationError]:
    """Rename a capture

     The name is all that can be changed about a capture.

    Args:
        eid (str):
        time_zone (bool | Unset):
        body (EditCaptureInput): What can be changed about a capture.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Capture | ErrorDetail | HTTPValidationError]
    """

    kwargs = _get_kwargs(
        eid=eid,
        body=body,
        time_zone=time_zone,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    eid: str,
    *,
    client: AuthenticatedClient | Client,
    body: EditCaptureInput,
    time_zone: bool | Unset = UNSET,
) -> Capture | ErrorDetail | HTTPValidationError | None:
    """Rename a capture

     The name is all that can be changed about a capture.

    Args:
        eid (str):
        time_zone (bool | Unset):
        body (EditCaptureInput): What can be changed about a capture.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Capture | ErrorDetail | HTTPValidationError
    """

    return (
        await asyncio_detailed(
            eid=eid,
            client=client,
            body=body,
            time_zone=time_zone,
        )
    ).parsed
