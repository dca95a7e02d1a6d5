from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_reply import ErrorReply
from ...types import Response


def _get_kwargs(
    company_id: str,
    dataset_id: str,
    subject_id: str,
    batch_id: str,
    image_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/api/v1/companies/{company_id}/datasets/{dataset_id}/subjects/{subject_id}/batches/{batch_id}/images/{image_id}/".format(
            company_id=quote(str(company_id), safe=""),
            dataset_id=quote(str(dataset_id), safe=""),
            subject_id=quote(str(subject_id), safe=""),
            batch_id=quote(str(batch_id), safe=""),
            image_id=quote(str(image_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Any | ErrorReply | None:
    if response.status_code == 204:
        response_204 = cast(Any, None)
        return response_204

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
    dataset_id: str,
    subject_id: str,
    batch_id: str,
    image_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any | ErrorReply]:
    """Delete an image

     That an image can be deleted is documented; the path is not, nor what becomes of its results.

    Args:
        company_id (str):
        dataset_id (str):
        subject_id (str):
        batch_id (str):
        image_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ErrorReply]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        dataset_id=dataset_id,
        subject_id=subject_id,
        batch_id=batch_id,
        image_id=image_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    company_id: str,
    dataset_id: str,
    subject_id: str,
    batch_id: str,
    image_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Any | ErrorReply | None:
    """Delete an image

     That an image can be deleted is documented; the path is not, nor what becomes of its results.

    Args:
        company_id (str):
        dataset_id (str):
        subject_id (str):
        batch_id (str):
        image_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ErrorReply
    """

    return sync_detailed(
        company_id=company_id,
        dataset_id=dataset_id,
        subject_id=subject_id,
        batch_id=batch_id,
        image_id=image_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    company_id: str,
    dataset_id: str,
    subject_id: str,
    batch_id: str,
    image_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any | ErrorReply]:
    """Delete an image

     That an image can be deleted is documented; the path is not, nor what becomes of its results.

    Args:
        company_id (str):
        dataset_id (str):
        subject_id (str):
        batch_id (str):
        image_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ErrorReply]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        dataset_id=dataset_id,
        subject_id=subject_id,
        batch_id=batch_id,
        image_id=image_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    company_id: str,
    dataset_id: str,
    subject_id: str,
    batch_id: str,
    image_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Any | ErrorReply | None:
    """Delete an image

     That an image can be deleted is documented; the path is not, nor what becomes of its results.

    Args:
        company_id (str):
        dataset_id (str):
        subject_id (str):
        batch_id (str):
        image_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ErrorReply
    """

    return (
        await asyncio_detailed(
            company_id=company_id,
            dataset_id=dataset_id,
            subject_id=subject_id,
            batch_id=batch_id,
            image_id=image_id,
            client=client,
        )
    ).parsed
