from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_reply import ErrorReply
from ...models.webhook import Webhook
from ...models.webhook_request import WebhookRequest
from ...types import Response


def _get_kwargs(
    company_id: str,
    dataset_id: str,
    *,
    body: WebhookRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/v1/companies/{company_id}/datasets/{dataset_id}/webhooks/".format(
            company_id=quote(str(company_id), safe=""),
            dataset_id=quote(str(dataset_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ErrorReply | Webhook | None:
    if response.status_code == 201:
        response_201 = Webhook.from_dict(response.json())

        return response_201

    if 200 <= response.status_code <= 299:
        response_2xx = Webhook.from_dict(response.json())

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
) -> Response[ErrorReply | Webhook]:
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
    body: WebhookRequest,
) -> Response[ErrorReply | Webhook]:
    """Say which URL is called when an image has been computed

     A dataset has one webhook. Sending this again replaces it.

    Args:
        company_id (str):
        dataset_id (str):
        body (WebhookRequest): What is to be called when an image has been computed.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | Webhook]
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
    body: WebhookRequest,
) -> ErrorReply | Webhook | None:
    """Say which URL is called when an image has been computed

     A dataset has one webhook. Sending this again replaces it.

    Args:
        company_id (str):
        dataset_id (str):
        body (WebhookRequest): What is to be called when an image has been computed.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | Webhook
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
    body: WebhookRequest,
) -> Response[ErrorReply | Webhook]:
    """Say which URL is called when an image has been computed

     A dataset has one webhook. Sending this again replaces it.

    Args:
        company_id (str):
        dataset_id (str):
        body (WebhookRequest): What is to be called when an image has been computed.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | Webhook]
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
    body: WebhookRequest,
) -> ErrorReply | Webhook | None:
    """Say which URL is called when an image has been computed

     A dataset has one webhook. Sending this again replaces it.

    Args:
        company_id (str):
        dataset_id (str):
        body (WebhookRequest): What is to be called when an image has been computed.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | Webhook
    """

    return (
        await asyncio_detailed(
            company_id=company_id,
            dataset_id=dataset_id,
            client=client,
            body=body,
        )
    ).parsed
