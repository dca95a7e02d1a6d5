from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.app_args import AppArgs


T = TypeVar("T", bound="UploadRequest")


@_attrs_define
class UploadRequest:
    """What is known of an image. Nothing has to be said of a single picture of the front.

    Attributes:
        batch_id (str | Unset): Which batch it belongs to; a new one where none is given.
        side_id (int | Unset): Which side it shows: 1 front, 2 right, 3 left.
        light_id (int | None | Unset): In which light it was taken, 1 regular.
        meta (Any | Unset): Anything of the user's.
        creation_time (None | str | Unset): When the batch was made.
        name (str | Unset): Its name.
        app_args (AppArgs | Unset): Arguments for the applications that compute. Null has been observed to be refused.
    """

    batch_id: str | Unset = UNSET
    side_id: int | Unset = UNSET
    light_id: int | None | Unset = UNSET
    meta: Any | Unset = UNSET
    creation_time: None | str | Unset = UNSET
    name: str | Unset = UNSET
    app_args: AppArgs | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        batch_id = self.batch_id

        side_id = self.side_id

        light_id: int | None | Unset
        if isinstance(self.light_id, Unset):
            light_id = UNSET
        else:
            light_id = self.light_id

        meta = self.meta

        creation_time: None | str | Unset
        if isinstance(self.creation_time, Unset):
            creation_time = UNSET
        else:
            creation_time = self.creation_time

        name = self.name

        app_args: dict[str, Any] | Unset = UNSET
        if not isinstance(self.app_args, Unset):
            app_args = self.app_args.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if batch_id is not UNSET:
            field_dict["batch_id"] = batch_id
        if side_id is not UNSET:
            field_dict["side_id"] = side_id
        if light_id is not UNSET:
            field_dict["light_id"] = light_id
        if meta is not UNSET:
            field_dict["meta"] = meta
        if creation_time is not UNSET:
            field_dict["creation_time"] = creation_time
        if name is not UNSET:
            field_dict["name"] = name
        if app_args is not UNSET:
            field_dict["app_args"] = app_args

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.app_args import AppArgs  # noqa: PLC0415

        d = dict(src_dict)
        batch_id = d.pop("batch_id", UNSET)

        side_id = d.pop("side_id", UNSET)

        def _parse_light_id(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        light_id = _parse_light_id(d.pop("light_id", UNSET))

        meta = d.pop("meta", UNSET)

        def _parse_creation_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        creation_time = _parse_creation_time(d.pop("creation_time", UNSET))

        name = d.pop("name", UNSET)

        _app_args = d.pop("app_args", UNSET)
        app_args: AppArgs | Unset
        if isinstance(_app_args, Unset):
            app_args = UNSET
        else:
            app_args = AppArgs.from_dict(_app_args)

        upload_request = cls(
            batch_id=batch_id,
            side_id=side_id,
            light_id=light_id,
            meta=meta,
            creation_time=creation_time,
            name=name,
            app_args=app_args,
        )

        upload_request.additional_properties = d
        return upload_request

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
