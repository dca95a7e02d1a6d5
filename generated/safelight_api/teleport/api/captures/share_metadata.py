from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.capture_metadata import CaptureMetadata
from ...models.error_detail import ErrorDetail
from ...models.http_validation_error import HTTPValidationError
from ...types import UNSET, Response, Unset


def _get_kwargs(
    sid: str,
    *,
    quality: str | Unset = UNSET,
    profiles: list[str] | Unset = UNSET,
    lod: bool | Unset = UNSET,
    use_cdn: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["quality"] = quality

    json_profiles: list[str] | Unset = UNSET
    if not isinstance(profiles, Unset):
        json_profiles = profiles

    params["profiles"] = json_profiles

    params["lod"] = lod

    params["use_cdn"] = use_cdn

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/share/{sid}/metadata".format(
            sid=quote(str(sid), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CaptureMetadata | ErrorDetail | HTTPValidationError | None:
    if response.status_code == 200:
        response_200 = CaptureMetadata.from_dict(response.json())

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
) -> Response[CaptureMetadata | ErrorDetail | HTTPValidationError]:
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
    quality: str | Unset = UNSET,
    profiles: list[str] | Unset = UNSET,
    lod: bool | Unset = UNSET,
    use_cdn: bool | Unset = UNSET,
) -> Response[CaptureMetadata | ErrorDetail | HTTPValidationError]:
    """Models and camera poses of a capture that is ready

     Not below `/api/v1`. 404 until the capture is ready.

    Args:
        sid (str):
        quality (str | Unset):
        profiles (list[str] | Unset):
        lod (bool | Unset):
        use_cdn (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CaptureMetadata | ErrorDetail | HTTPValidationError]
    """

    kwargs = _get_kwargs(
        sid=sid,
        quality=quality,
        profiles=profiles,
        lod=lod,
        use_cdn=use_cdn,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    quality: str | Unset = UNSET,
    profiles: list[str] | Unset = UNSET,
    lod: bool | Unset = UNSET,
    use_cdn: bool | Unset = UNSET,
) -> CaptureMetadata | ErrorDetail | HTTPValidationError | None:
    """Models and camera poses of a capture that is ready

     Not below `/api/v1`. 404 until the capture is ready.

    Args:
        sid (str):
        quality (str | Unset):
        profiles (list[str] | Unset):
        lod (bool | Unset):
        use_cdn (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CaptureMetadata | ErrorDetail | HTTPValidationError
    """

    return sync_detailed(
        sid=sid,
        client=client,
        quality=quality,
        profiles=profiles,
        lod=lod,
        use_cdn=use_cdn,
    ).parsed


async def asyncio_detailed(
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    quality: str | Unset = UNSET,
    profiles: list[str] | Unset = UNSET,
    lod: bool | Unset = UNSET,
    use_cdn: bool | Unset = UNSET,
) -> Response[CaptureMetadata | ErrorDetail | HTTPValidationError]:
    """Models and camera poses of a capture that is ready

     Not below `/api/v1`. 404 until the capture is ready.

    Args:
        sid (str):
        quality (str | Unset):
        profiles (list[str] | Unset):
        lod (bool | Unset):
        use_cdn (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CaptureMetadata | ErrorDetail | HTTPValidationError]
    """

    kwargs = _get_kwargs(
        sid=sid,
        quality=quality,
        profiles=profiles,
        lod=lod,
        use_cdn=use_cdn,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    quality: str | Unset = UNSET,
    profiles: list[str] | Unset = UNSET,
    lod: bool | Unset = UNSET,
    use_cdn: bool | Unset = UNSET,
) -> CaptureMetadata | ErrorDetail | HTTPValidationError | None:
    """Models and camera poses of a capture that is ready

     Not below `/api/v1`. 404 until the capture is ready.

    Args:
        sid (str):
        quality (str | Unset):
        profiles (list[str] | Unset):
        lod (bool | Unset):
        use_cdn (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CaptureMetadata | ErrorDetail | HTTPValidationError
    """

    return (
        await asyncio_detailed(
            sid=sid,
            client=client,
            quality=quality,
            profiles=profiles,
            lod=lod,
            use_cdn=use_cdn,
        )
    ).parsed
