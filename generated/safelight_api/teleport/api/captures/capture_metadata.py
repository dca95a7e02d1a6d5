from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.capture_metadata_v2 import CaptureMetadataV2
from ...models.error_detail import ErrorDetail
from ...models.http_validation_error import HTTPValidationError
from ...types import UNSET, Response, Unset


def _get_kwargs(
    sid: str,
    *,
    content_profile: str | Unset = UNSET,
    crop_variant: str | Unset = UNSET,
    coord_system: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["content_profile"] = content_profile

    params["crop_variant"] = crop_variant

    params["coord_system"] = coord_system

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v2/captures/{sid}/metadata".format(
            sid=quote(str(sid), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CaptureMetadataV2 | ErrorDetail | HTTPValidationError | None:
    if response.status_code == 200:
        response_200 = CaptureMetadataV2.from_dict(response.json())

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
) -> Response[CaptureMetadataV2 | ErrorDetail | HTTPValidationError]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    content_profile: str | Unset = UNSET,
    crop_variant: str | Unset = UNSET,
    coord_system: str | Unset = UNSET,
) -> Response[CaptureMetadataV2 | ErrorDetail | HTTPValidationError]:
    """One model of a capture that is ready

     Newer than the share's metadata. 404 for a combination that does not exist.

    Args:
        sid (str):
        content_profile (str | Unset):
        crop_variant (str | Unset):
        coord_system (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CaptureMetadataV2 | ErrorDetail | HTTPValidationError]
    """

    kwargs = _get_kwargs(
        sid=sid,
        content_profile=content_profile,
        crop_variant=crop_variant,
        coord_system=coord_system,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    content_profile: str | Unset = UNSET,
    crop_variant: str | Unset = UNSET,
    coord_system: str | Unset = UNSET,
) -> CaptureMetadataV2 | ErrorDetail | HTTPValidationError | None:
    """One model of a capture that is ready

     Newer than the share's metadata. 404 for a combination that does not exist.

    Args:
        sid (str):
        content_profile (str | Unset):
        crop_variant (str | Unset):
        coord_system (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CaptureMetadataV2 | ErrorDetail | HTTPValidationError
    """

    return sync_detailed(
        sid=sid,
        client=client,
        content_profile=content_profile,
        crop_variant=crop_variant,
        coord_system=coord_system,
    ).parsed


async def asyncio_detailed(
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    content_profile: str | Unset = UNSET,
    crop_variant: str | Unset = UNSET,
    coord_system: str | Unset = UNSET,
) -> Response[CaptureMetadataV2 | ErrorDetail | HTTPValidationError]:
    """One model of a capture that is ready

     Newer than the share's metadata. 404 for a combination that does not exist.

    Args:
        sid (str):
        content_profile (str | Unset):
        crop_variant (str | Unset):
        coord_system (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CaptureMetadataV2 | ErrorDetail | HTTPValidationError]
    """

    kwargs = _get_kwargs(
        sid=sid,
        content_profile=content_profile,
        crop_variant=crop_variant,
        coord_system=coord_system,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    content_profile: str | Unset = UNSET,
    crop_variant: str | Unset = UNSET,
    coord_system: str | Unset = UNSET,
) -> CaptureMetadataV2 | ErrorDetail | HTTPValidationError | None:
    """One model of a capture that is ready

     Newer than the share's metadata. 404 for a combination that does not exist.

    Args:
        sid (str):
        content_profile (str | Unset):
        crop_variant (str | Unset):
        coord_system (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CaptureMetadataV2 | ErrorDetail | HTTPValidationError
    """

    return (
        await asyncio_detailed(
            sid=sid,
            client=client,
            content_profile=content_profile,
            crop_variant=crop_variant,
            coord_system=coord_system,
        )
    ).parsed
