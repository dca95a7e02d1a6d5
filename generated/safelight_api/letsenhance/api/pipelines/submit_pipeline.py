from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.pipeline_request import PipelineRequest
from ...models.pipeline_submission import PipelineSubmission
from ...models.rejection import Rejection
from ...types import Response


def _get_kwargs(
    *,
    body: PipelineRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/pipeline",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PipelineSubmission | Rejection | None:
    if response.status_code == 200:
        response_200 = PipelineSubmission.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Rejection.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Rejection.from_dict(response.json())

        return response_401

    if response.status_code == 402:
        response_402 = Rejection.from_dict(response.json())

        return response_402

    if response.status_code == 403:
        response_403 = Rejection.from_dict(response.json())

        return response_403

    if response.status_code == 429:
        response_429 = Rejection.from_dict(response.json())

        return response_429

    if 200 <= response.status_code <= 299:
        response_2xx = PipelineSubmission.from_dict(response.json())

        return response_2xx

    if 400 <= response.status_code <= 499:
        response_4xx = Rejection.from_dict(response.json())

        return response_4xx

    if 500 <= response.status_code <= 599:
        response_5xx = Rejection.from_dict(response.json())

        return response_5xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PipelineSubmission | Rejection]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: PipelineRequest,
) -> Response[PipelineSubmission | Rejection]:
    """Submit a pipeline

     Costs a credit for each URL of the source; a rejected request costs nothing. Sending this twice
    makes two pipelines. A rejection may come under any status, 200 included: what counts is the
    `status` of the body.

    Args:
        body (PipelineRequest): Pictures, what is done with them, and where the results go.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PipelineSubmission | Rejection]
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
    body: PipelineRequest,
) -> PipelineSubmission | Rejection | None:
    """Submit a pipeline

     Costs a credit for each URL of the source; a rejected request costs nothing. Sending this twice
    makes two pipelines. A rejection may come under any status, 200 included: what counts is the
    `status` of the body.

    Args:
        body (PipelineRequest): Pictures, what is done with them, and where the results go.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PipelineSubmission | Rejection
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: PipelineRequest,
) -> Response[PipelineSubmission | Rejection]:
    """Submit a pipeline

     Costs a credit for each URL of the source; a rejected request costs nothing. Sending this twice
    makes two pipelines. A rejection may come under any status, 200 included: what counts is the
    `status` of the body.

    Args:
        body (PipelineRequest): Pictures, what is done with them, and where the results go.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PipelineSubmission | Rejection]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: PipelineRequest,
) -> PipelineSubmission | Rejection | None:
    """Submit a pipeline

     Costs a credit for each URL of the source; a rejected request costs nothing. Sending this twice
    makes two pipelines. A rejection may come under any status, 200 included: what counts is the
    `status` of the body.

    Args:
        body (PipelineRequest): Pictures, what is done with them, and where the results go.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PipelineSubmission | Rejection
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
