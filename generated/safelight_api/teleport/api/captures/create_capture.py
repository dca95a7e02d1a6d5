from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_detail import ErrorDetail
from ...models.http_validation_error import HTTPValidationError
from ...models.new_capture_input import NewCaptureInput
from ...models.new_capture_output import NewCaptureOutput
from ...types import Response


def _get_kwargs(
    *,
    body: NewCaptureInput,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/captures",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorDetail | HTTPValidationError | NewCaptureOutput | None:
    if response.status_code == 200:
        response_200 = NewCaptureOutput.from_dict(response.json())

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
) -> Response[ErrorDetail | HTTPValidationError | NewCaptureOutput]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: NewCaptureInput,
) -> Response[ErrorDetail | HTTPValidationError | NewCaptureOutput]:
    """Create a capture, without its input

     First of the steps of an upload. The reply says into how many parts the input has to be cut; each
    part then gets a URL of its own, and the last step is the completion. Sending this twice makes two
    captures. 403 also means that the account's plan does not include what `training_parameters` ask
    for.

    Args:
        body (NewCaptureInput): The input that a capture is to be made of.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDetail | HTTPValidationError | NewCaptureOutput]
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
    body: NewCaptureInput,
) -> ErrorDetail | HTTPValidationError | NewCaptureOutput | None:
    """Create a capture, without its input

     First of the steps of an upload. The reply says into how many parts the input has to be cut; each
    part then gets a URL of its own, and the last step is the completion. Sending this twice makes two
    captures. 403 also means that the account's plan does not include what `training_parameters` ask
    for.

    Args:
        body (NewCaptureInput): The input that a capture is to be made of.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDetail | HTTPValidationError | NewCaptureOutput
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: NewCaptureInput,
) -> Response[ErrorDetail | HTTPValidationError | NewCaptureOutput]:
    """Create a capture, without its input

     First of the steps of an upload. The reply says into how many parts the input has to be cut; each
    part then gets a URL of its own, and the last step is the completion. Sending this twice makes two
    captures. 403 also means that the account's plan does not include what `training_parameters` ask
    for.

    Args:
        body (NewCaptureInput): The input that a capture is to be made of.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDetail | HTTPValidationError | NewCaptureOutput]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: NewCaptureInput,
) -> ErrorDetail | HTTPValidationError | NewCaptureOutput | None:
    """Create a capture, without its input

     First of the steps of an upload. The reply says into how many parts the input has to be cut; each
    part then gets a URL of its own, and the last step is the completion. Sending this twice makes two
    captures. 403 also means that the account's plan does not include what `training_parameters` ask
    for.

    Args:
        body (NewCaptureInput): The input that a capture is to be made of.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDetail | HTTPValidationError | NewCaptureOutput
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
