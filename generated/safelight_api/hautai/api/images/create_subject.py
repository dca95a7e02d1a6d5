from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_reply import ErrorReply
from ...models.subject import Subject
from ...models.subject_request import SubjectRequest
from ...types import Response


def _get_kwargs(
    company_id: str,
    dataset_id: str,
    *,
    body: SubjectRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/companies/{company_id}/datasets/{dataset_id}/subjects/".format(
            company_id=quote(str(company_id), safe=""),
            dataset_id=quote(str(dataset_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ErrorReply | Subject | None:
    if response.status_code == 201:
        response_201 = Subject.from_dict(response.json())

        return response_201

    if 200 <= response.status_code <= 299:
        response_2xx = Subject.from_dict(response.json())

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
) -> Response[ErrorReply | Subject]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    company_id: str,
    dataset_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SubjectRequest,
) -> Response[ErrorReply | Subject]:
    """Create a subject

     Names need not be unique, so sending this twice makes two subjects.

    Args:
        company_id (str):
        dataset_id (str):
        body (SubjectRequest): A person whose skin is to be measured.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | Subject]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        dataset_id=dataset_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    company_id: str,
    dataset_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SubjectRequest,
) -> ErrorReply | Subject | None:
    """Create a subject

     Names need not be unique, so sending this twice makes two subjects.

    Args:
        company_id (str):
        dataset_id (str):
        body (SubjectRequest): A person whose skin is to be measured.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | Subject
    """

    return sync_detailed(
        company_id=company_id,
        dataset_id=dataset_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    company_id: str,
    dataset_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SubjectRequest,
) -> Response[ErrorReply | Subject]:
    """Create a subject

     Names need not be unique, so sending this twice makes two subjects.

    Args:
        company_id (str):
        dataset_id (str):
        body (SubjectRequest): A person whose skin is to be measured.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | Subject]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        dataset_id=dataset_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    company_id: str,
    dataset_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SubjectRequest,
) -> ErrorReply | Subject | None:
    """Create a subject

     Names need not be unique, so sending this twice makes two subjects.

    Args:
        company_id (str):
        dataset_id (str):
        body (SubjectRequest): A person whose skin is to be measured.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | Subject
    """

    return (
        await asyncio_detailed(
            company_id=company_id,
            dataset_id=dataset_id,
            client=client,
            body=body,
        )
    ).parsed
