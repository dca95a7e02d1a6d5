from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SidesRequest")


@_attrs_define
class SidesRequest:
    """Which sides of a face are to be uploaded.

    Attributes:
        front (str | Unset): A name for the file of the front.
        left (str | Unset): A name for the file of the left side.
        right (str | Unset): A name for the file of the right side.
        creation_time (None | str | Unset): When the batch was made.
        meta (Any | Unset): Anything of the user's.
    """

    front: str | Unset = UNSET
    left: str | Unset = UNSET
    right: str | Unset = UNSET
    creation_time: None | str | Unset = UNSET
    meta: Any | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        front = self.front

        left = self.left

        right = self.right

        creation_time: None | str | Unset
        if isinstance(self.creation_time, Unset):
            creation_time = UNSET
        else:
            creation_time = self.creation_time

        meta = self.meta

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if front is not UNSET:
            field_dict["front"] = front
        if left is not UNSET:
            field_dict["left"] = left
        if right is not UNSET:
            field_dict["right"] = right
        if creation_time is not UNSET:
            field_dict["creation_time"] = creation_time
        if meta is not UNSET:
            field_dict["meta"] = meta

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        front = d.pop("front", UNSET)

        left = d.pop("left", UNSET)

        right = d.pop("right", UNSET)

        def _parse_creation_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        creation_time = _parse_creation_time(d.pop("creation_time", UNSET))

        meta = d.pop("meta", UNSET)

        sides_request = cls(
            front=front,
            left=left,
            right=right,
            creation_time=creation_time,
            meta=meta,
        )

        sides_request.additional_properties = d
        return sides_request

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
