from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_reply import ErrorReply
from ...models.image_upload import ImageUpload
from ...models.upload_request import UploadRequest
from ...types import Response


def _get_kwargs(
    company_id: str,
    subject_id: str,
    *,
    body: UploadRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/companies/{company_id}/subjects/{subject_id}/signed_upload_url/".format(
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
) -> ErrorReply | ImageUpload | None:
    if response.status_code == 201:
        response_201 = ImageUpload.from_dict(response.json())

        return response_201

    if 200 <= response.status_code <= 299:
        response_2xx = ImageUpload.from_dict(response.json())

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
) -> Response[ErrorReply | ImageUpload]:
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
    body: UploadRequest,
) -> Response[ErrorReply | ImageUpload]:
    """Create an image and the URL that takes its file

     Unlike the other paths below a subject, this one does not name the dataset. Without a batch the
    image gets a new one. The file goes to the URL with the method and the headers of the reply; it has
    at least 256x256 pixels and at most 31457280 bytes, best 3 to 5 MB. Sending this twice makes two
    images.

    Args:
        company_id (str):
        subject_id (str):
        body (UploadRequest): What is known of an image. Nothing has to be said of a single
            picture of the front.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | ImageUpload]
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
    body: UploadRequest,
) -> ErrorReply | ImageUpload | None:
    """Create an image and the URL that takes its file

     Unlike the other paths below a subject, this one does not name the dataset. Without a batch the
    image gets a new one. The file goes to the URL with the method and the headers of the reply; it has
    at least 256x256 pixels and at most 31457280 bytes, best 3 to 5 MB. Sending this twice makes two
    images.

    Args:
        company_id (str):
        subject_id (str):
        body (UploadRequest): What is known of an image. Nothing has to be said of a single
            picture of the front.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | ImageUpload
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
    body: UploadRequest,
) -> Response[ErrorReply | ImageUpload]:
    """Create an image and the URL that takes its file

     Unlike the other paths below a subject, this one does not name the dataset. Without a batch the
    image gets a new one. The file goes to the URL with the method and the headers of the reply; it has
    at least 256x256 pixels and at most 31457280 bytes, best 3 to 5 MB. Sending this twice makes two
    images.

    Args:
        company_id (str):
        subject_id (str):
        body (UploadRequest): What is known of an image. Nothing has to be said of a single
            picture of the front.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | ImageUpload]
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
    body: UploadRequest,
) -> ErrorReply | ImageUpload | None:
    """Create an image and the URL that takes its file

     Unlike the other paths below a subject, this one does not name the dataset. Without a batch the
    image gets a new one. The file goes to the URL with the method and the headers of the reply; it has
    at least 256x256 pixels and at most 31457280 bytes, best 3 to 5 MB. Sending this twice makes two
    images.

    Args:
        company_id (str):
        subject_id (str):
        body (UploadRequest): What is known of an image. Nothing has to be said of a single
            picture of the front.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | ImageUpload
    """

    return (
        await asyncio_detailed(
            company_id=company_id,
            subject_id=subject_id,
            client=client,
            body=body,
        )
    ).parsed
