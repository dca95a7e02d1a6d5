from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_reply import ErrorReply
from ...models.subject import Subject
from ...models.subject_page import SubjectPage
from ...types import UNSET, Response, Unset


def _get_kwargs(
    company_id: str,
    dataset_id: str,
    *,
    limit: int | str | Unset = UNSET,
    offset: int | str | Unset = UNSET,
    page: int | str | Unset = UNSET,
    page_size: int | str | Unset = UNSET,
    cursor: int | str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_limit: int | str | Unset
    if isinstance(limit, Unset):
        json_limit = UNSET
    else:
        json_limit = limit
    params["limit"] = json_limit

    json_offset: int | str | Unset
    if isinstance(offset, Unset):
        json_offset = UNSET
    else:
        json_offset = offset
    params["offset"] = json_offset

    json_page: int | str | Unset
    if isinstance(page, Unset):
        json_page = UNSET
    else:
        json_page = page
    params["page"] = json_page

    json_page_size: int | str | Unset
    if isinstance(page_size, Unset):
        json_page_size = UNSET
    else:
        json_page_size = page_size
    params["page_size"] = json_page_size

    json_cursor: int | str | Unset
    if isinstance(cursor, Unset):
        json_cursor = UNSET
    else:
        json_cursor = cursor
    params["cursor"] = json_cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/companies/{company_id}/datasets/{dataset_id}/subjects/".format(
            company_id=quote(str(company_id), safe=""),
            dataset_id=quote(str(dataset_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorReply | list[Subject] | SubjectPage | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> list[Subject] | SubjectPage:
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_subjects_type_0 = []
                _componentsschemas_subjects_type_0 = data
                for componentsschemas_subjects_type_0_item_data in _componentsschemas_subjects_type_0:
                    componentsschemas_subjects_type_0_item = Subject.from_dict(
                        componentsschemas_subjects_type_0_item_data
                    )

                    componentsschemas_subjects_type_0.append(componentsschemas_subjects_type_0_item)

                return componentsschemas_subjects_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_subjects_type_1 = SubjectPage.from_dict(data)

            return componentsschemas_subjects_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if 200 <= response.status_code <= 299:

        def _parse_response_2xx(data: object) -> list[Subject] | SubjectPage:
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_subjects_type_0 = []
                _componentsschemas_subjects_type_0 = data
                for componentsschemas_subjects_type_0_item_data in _componentsschemas_subjects_type_0:
                    componentsschemas_subjects_type_0_item = Subject.from_dict(
                        componentsschemas_subjects_type_0_item_data
                    )

                    componentsschemas_subjects_type_0.append(componentsschemas_subjects_type_0_item)

                return componentsschemas_subjects_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_subjects_type_1 = SubjectPage.from_dict(data)

            return componentsschemas_subjects_type_1

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
) -> Response[ErrorReply | list[Subject] | SubjectPage]:
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
    limit: int | str | Unset = UNSET,
    offset: int | str | Unset = UNSET,
    page: int | str | Unset = UNSET,
    page_size: int | str | Unset = UNSET,
    cursor: int | str | Unset = UNSET,
) -> Response[ErrorReply | list[Subject] | SubjectPage]:
    """The dataset's subjects, a page at a time

     A page names the URL of the next one, if there is one. Which query leads there is not documented, so
    all that such URLs commonly have can be asked for.

    Args:
        company_id (str):
        dataset_id (str):
        limit (int | str | Unset):
        offset (int | str | Unset):
        page (int | str | Unset):
        page_size (int | str | Unset):
        cursor (int | str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | list[Subject] | SubjectPage]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        dataset_id=dataset_id,
        limit=limit,
        offset=offset,
        page=page,
        page_size=page_size,
        cursor=cursor,
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
    limit: int | str | Unset = UNSET,
    offset: int | str | Unset = UNSET,
    page: int | str | Unset = UNSET,
    page_size: int | str | Unset = UNSET,
    cursor: int | str | Unset = UNSET,
) -> ErrorReply | list[Subject] | SubjectPage | None:
    """The dataset's subjects, a page at a time

     A page names the URL of the next one, if there is one. Which query leads there is not documented, so
    all that such URLs commonly have can be asked for.

    Args:
        company_id (str):
        dataset_id (str):
        limit (int | str | Unset):
        offset (int | str | Unset):
        page (int | str | Unset):
        page_size (int | str | Unset):
        cursor (int | str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | list[Subject] | SubjectPage
    """

    return sync_detailed(
        company_id=company_id,
        dataset_id=dataset_id,
        client=client,
        limit=limit,
        offset=offset,
        page=page,
        page_size=page_size,
        cursor=cursor,
    ).parsed


async def asyncio_detailed(
    company_id: str,
    dataset_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | str | Unset = UNSET,
    offset: int | str | Unset = UNSET,
    page: int | str | Unset = UNSET,
    page_size: int | str | Unset = UNSET,
    cursor: int | str | Unset = UNSET,
) -> Response[ErrorReply | list[Subject] | SubjectPage]:
    """The dataset's subjects, a page at a time

     A page names the URL of the next one, if there is one. Which query leads there is not documented, so
    all that such URLs commonly have can be asked for.

    Args:
        company_id (str):
        dataset_id (str):
        limit (int | str | Unset):
        offset (int | str | Unset):
        page (int | str | Unset):
        page_size (int | str | Unset):
        cursor (int | str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorReply | list[Subject] | SubjectPage]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        dataset_id=dataset_id,
        limit=limit,
        offset=offset,
        page=page,
        page_size=page_size,
        cursor=cursor,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    company_id: str,
    dataset_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | str | Unset = UNSET,
    offset: int | str | Unset = UNSET,
    page: int | str | Unset = UNSET,
    page_size: int | str | Unset = UNSET,
    cursor: int | str | Unset = UNSET,
) -> ErrorReply | list[Subject] | SubjectPage | None:
    """The dataset's subjects, a page at a time

     A page names the URL of the next one, if there is one. Which query leads there is not documented, so
    all that such URLs commonly have can be asked for.

    Args:
        company_id (str):
        dataset_id (str):
        limit (int | str | Unset):
        offset (int | str | Unset):
        page (int | str | Unset):
        page_size (int | str | Unset):
        cursor (int | str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorReply | list[Subject] | SubjectPage
    """

    return (
        await asyncio_detailed(
            company_id=company_id,
            dataset_id=dataset_id,
            client=client,
            limit=limit,
            offset=offset,
            page=page,
            page_size=page_size,
            cursor=cursor,
        )
    ).parsed
