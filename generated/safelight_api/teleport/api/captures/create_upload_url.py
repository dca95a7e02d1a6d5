from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_detail import ErrorDetail
from ...models.http_validation_error import HTTPValidationError
from ...models.recreate_capture_upload_urls import RecreateCaptureUploadUrls
from ...models.upload_url_output import UploadUrlOutput
from ...types import Response


def _get_kwargs(
    eid: str,
    part_no: int,
    *,
    body: RecreateCaptureUploadUrls,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/captures/{eid}/create-upload-url/{part_no}".format(
            eid=quote(str(eid), safe=""),
            part_no=quote(str(part_no), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorDetail | HTTPValidationError | UploadUrlOutput | None:
    if response.status_code == 200:
        response_200 = UploadUrlOutput.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorDetail.from_dict(response.json())

        return response_400

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
) -> Response[ErrorDetail | HTTPValidationError | UploadUrlOutput]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    eid: str,
    part_no: int,
    *,
    client: AuthenticatedClient | Client,
    body: RecreateCaptureUploadUrls,
) -> Response[ErrorDetail | HTTPValidationError | UploadUrlOutput]:
    """Get the URL that takes one part

     The URL belongs to object storage: the part's bytes go there by PUT, without credentials, and the
    reply's `ETag` is needed for the completion. Asking again gives a fresh URL for the same part.

    Args:
        eid (str):
        part_no (int):
        body (RecreateCaptureUploadUrls): The upload that a part belongs to.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDetail | HTTPValidationError | UploadUrlOutput]
    """

    kwargs = _get_kwargs(
        eid=eid,
        part_no=part_no,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    eid: str,
    part_no: int,
    *,
    client: AuthenticatedClient | Client,
    body: RecreateCaptureUploadUrls,
) -> ErrorDetail | HTTPValidationError | UploadUrlOutput | None:
    """Get the URL that takes one part

     The URL belongs to object storage: the part's bytes go there by PUT, without credentials, and the
    reply's `ETag` is needed for the completion. Asking again gives a fresh URL for the same part.

    Args:
        eid (str):
        part_no (int):
        body (RecreateCaptureUploadUrls): The upload that a part belongs to.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDetail | HTTPValidationError | UploadUrlOutput
    """

    return sync_detailed(
        eid=eid,
        part_no=part_no,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    eid: str,
    part_no: int,
    *,
    client: AuthenticatedClient | Client,
    body: RecreateCaptureUploadUrls,
) -> Response[ErrorDetail | HTTPValidationError | UploadUrlOutput]:
    """Get the URL that takes one part

     The URL belongs to object storage: the part's bytes go there by PUT, without credentials, and the
    reply's `ETag` is needed for the completion. Asking again gives a fresh URL for the same part.

    Args:
        eid (str):
        part_no (int):
        body (RecreateCaptureUploadUrls): The upload that a part belongs to.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDetail | HTTPValidationError | UploadUrlOutput]
    """

    kwargs = _get_kwargs(
        eid=eid,
        part_no=part_no,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    eid: str,
    part_no: int,
    *,
    client: AuthenticatedClient | Client,
    body: RecreateCaptureUploadUrls,
) -> ErrorDetail | HTTPValidationError | UploadUrlOutput | None:
    """Get the URL that takes one part

     The URL belongs to object storage: the part's bytes go there by PUT, without credentials, and the
    reply's `ETag` is needed for the completion. Asking again gives a fresh URL for the same part.

    Args:
        eid (str):
        part_no (int):
        body (RecreateCaptureUploadUrls): The upload that a part belongs to.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDetail | HTTPValidationError | UploadUrlOutput
    """

    return (
        await asyncio_detailed(
            eid=eid,
            part_no=part_no,
            client=client,
            body=body,
        )
    ).parsed
