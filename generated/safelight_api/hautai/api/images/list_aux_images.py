from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.aux_image import AuxImage
from ...models.aux_image_list import AuxImageList
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
        "method": "get",
        "url": "/api/v1/companies/{company_id}/datasets/{dataset_id}/subjects/{subject_id}/batches/{batch_id}/images/{image_id}/aux/".format(
            company_id=quote(str(company_id), safe=""),
            dataset_id=quote(str(dataset_id), safe=""),
            subject_id=quote(str(subject_id), safe=""),
            batch_id=quote(str(batch_id), safe=""),
            image_id=quote(str(image_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AuxImageList | list[AuxImage] | ErrorReply | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> AuxImageList | list[AuxImage]:
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_aux_images_type_0 = []
                _componentsschemas_aux_images_type_0 = data
                for componentsschemas_aux_images_type_0_item_data in _componentsschemas_aux_images_type_0:
                    componentsschemas_aux_images_type_0_item = AuxImage.from_dict(
                        componentsschemas_aux_images_type_0_item_data
                    )

                    componentsschemas_aux_images_type_0.append(componentsschemas_aux_images_type_0_item)

                return componentsschemas_aux_images_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_aux_images_type_1 = AuxImageList.from_dict(data)

            return componentsschemas_aux_images_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if 200 <= response.status_code <= 299:

        def _parse_response_2xx(data: object) -> AuxImageList | list[AuxImage]:
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_aux_images_type_0 = []
                _componentsschemas_aux_images_type_0 = data
                for componentsschemas_aux_images_type_0_item_data in _componentsschemas_aux_images_type_0:
                    componentsschemas_aux_images_type_0_item = AuxImage.from_dict(
                        componentsschemas_aux_images_type_0_item_data
                    )

                    componentsschemas_aux_images_type_0.append(componentsschemas_aux_images_type_0_item)

                return componentsschemas_aux_images_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_aux_images_type_1 = AuxImageList.from_dict(data)

            return componentsschemas_aux_images_type_1

        response_2xx = _parse_response_2xx(response.json())

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
) -> Response[AuxImageList | list[AuxImage] | ErrorReply]:
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
) -> Response[AuxImageList | list[AuxImage] | ErrorReply]:
    """The pictures that computation made of an image

     Masks and the like. They come with the computation, so there may be none yet.

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
        Response[AuxImageList | list[AuxImage] | ErrorReply]
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
) -> AuxImageList | list[AuxImage] | ErrorReply | None:
    """The pictures that computation made of an image

     Masks and the like. They come with the computation, so there may be none yet.

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
        AuxImageList | list[AuxImage] | ErrorReply
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
) -> Response[AuxImageList | list[AuxImage] | ErrorReply]:
    """The pictures that computation made of an image

     Masks and the like. They come with the computation, so there may be none yet.

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
        Response[AuxImageList | list[AuxImage] | ErrorReply]
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
) -> AuxImageList | list[AuxImage] | ErrorReply | None:
    """The pictures that computation made of an image

     Masks and the like. They come with the computation, so there may be none yet.

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
        AuxImageList | list[AuxImage] | ErrorReply
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
