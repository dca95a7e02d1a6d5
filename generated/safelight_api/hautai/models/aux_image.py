from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.aux_image_type import AuxImageType
    from ..models.links import Links


T = TypeVar("T", bound="AuxImage")


@_attrs_define
class AuxImage:
    """A picture that computation made of an image, such as a mask.

    Attributes:
        id (int | None | str | Unset): Its id.
        aux_image_type (AuxImageType | int | None | str | Unset): What it shows.
        creation_time (datetime.datetime | None | Unset): When it was made.
        application_name (None | str | Unset): Which application made it.
        application_run_id (int | None | str | Unset): Of which attachment to the dataset that application is.
        urls (Links | None | Unset): URLs that give it.
    """

    id: int | None | str | Unset = UNSET
    aux_image_type: AuxImageType | int | None | str | Unset = UNSET
    creation_time: datetime.datetime | None | Unset = UNSET
    application_name: None | str | Unset = UNSET
    application_run_id: int | None | str | Unset = UNSET
    urls: Links | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.aux_image_type import AuxImageType  # noqa: PLC0415
        from ..models.links import Links  # noqa: PLC0415

        id: int | None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        aux_image_type: dict[str, Any] | int | None | str | Unset
        if isinstance(self.aux_image_type, Unset):
            aux_image_type = UNSET
        elif isinstance(self.aux_image_type, AuxImageType):
            aux_image_type = self.aux_image_type.to_dict()
        else:
            aux_image_type = self.aux_image_type

        creation_time: None | str | Unset
        if isinstance(self.creation_time, Unset):
            creation_time = UNSET
        elif isinstance(self.creation_time, datetime.datetime):
            creation_time = self.creation_time.isoformat()
        else:
            creation_time = self.creation_time

        application_name: None | str | Unset
        if isinstance(self.application_name, Unset):
            application_name = UNSET
        else:
            application_name = self.application_name

        application_run_id: int | None | str | Unset
        if isinstance(self.application_run_id, Unset):
            application_run_id = UNSET
        else:
            application_run_id = self.application_run_id

        urls: dict[str, Any] | None | Unset
        if isinstance(self.urls, Unset):
            urls = UNSET
        elif isinstance(self.urls, Links):
            urls = self.urls.to_dict()
        else:
            urls = self.urls

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if aux_image_type is not UNSET:
            field_dict["aux_image_type"] = aux_image_type
        if creation_time is not UNSET:
            field_dict["creation_time"] = creation_time
        if application_name is not UNSET:
            field_dict["application_name"] = application_name
        if application_run_id is not UNSET:
            field_dict["application_run_id"] = application_run_id
        if urls is not UNSET:
            field_dict["urls"] = urls

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.aux_image_type import AuxImageType  # noqa: PLC0415
        from ..models.links import Links  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_aux_image_type(data: object) -> AuxImageType | int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                aux_image_type_type_0 = AuxImageType.from_dict(data)

                return aux_image_type_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AuxImageType | int | None | str | Unset, data)

        aux_image_type = _parse_aux_image_type(d.pop("aux_image_type", UNSET))

        def _parse_creation_time(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                creation_time_type_0 = datetime.datetime.fromisoformat(data)

                return creation_time_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        creation_time = _parse_creation_time(d.pop("creation_time", UNSET))

        def _parse_application_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        application_name = _parse_application_name(d.pop("application_name", UNSET))

        def _parse_application_run_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        application_run_id = _parse_application_run_id(d.pop("application_run_id", UNSET))

        def _parse_urls(data: object) -> Links | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                urls_type_0 = Links.from_dict(data)

                return urls_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Links | None | Unset, data)

        urls = _parse_urls(d.pop("urls", UNSET))

        aux_image = cls(
            id=id,
            aux_image_type=aux_image_type,
            creation_time=creation_time,
            application_name=application_name,
            application_run_id=application_run_id,
            urls=urls,
        )

        aux_image.additional_properties = d
        return aux_image

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
