from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.side_upload import SideUpload


T = TypeVar("T", bound="SidesUpload")


@_attrs_define
class SidesUpload:
    """A batch and where the files of its sides go. A side that was not asked for is absent.

    Attributes:
        image_batch_id (int | str): An id. Those of subjects, batches and images are UUIDs, others are numbers.
        front (None | SideUpload | Unset): The front.
        left (None | SideUpload | Unset): The left side.
        right (None | SideUpload | Unset): The right side.
    """

    image_batch_id: int | str
    front: None | SideUpload | Unset = UNSET
    left: None | SideUpload | Unset = UNSET
    right: None | SideUpload | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.side_upload import SideUpload  # noqa: PLC0415

        image_batch_id: int | str
        image_batch_id = self.image_batch_id

        front: dict[str, Any] | None | Unset
        if isinstance(self.front, Unset):
            front = UNSET
        elif isinstance(self.front, SideUpload):
            front = self.front.to_dict()
        else:
            front = self.front

        left: dict[str, Any] | None | Unset
        if isinstance(self.left, Unset):
            left = UNSET
        elif isinstance(self.left, SideUpload):
            left = self.left.to_dict()
        else:
            left = self.left

        right: dict[str, Any] | None | Unset
        if isinstance(self.right, Unset):
            right = UNSET
        elif isinstance(self.right, SideUpload):
            right = self.right.to_dict()
        else:
            right = self.right

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "image_batch_id": image_batch_id,
            }
        )
        if front is not UNSET:
            field_dict["front"] = front
        if left is not UNSET:
            field_dict["left"] = left
        if right is not UNSET:
            field_dict["right"] = right

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.side_upload import SideUpload  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_image_batch_id(data: object) -> int | str:
            return cast(int | str, data)

        image_batch_id = _parse_image_batch_id(d.pop("image_batch_id"))

        def _parse_front(data: object) -> None | SideUpload | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                front_type_0 = SideUpload.from_dict(data)

                return front_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SideUpload | Unset, data)

        front = _parse_front(d.pop("front", UNSET))

        def _parse_left(data: object) -> None | SideUpload | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                left_type_0 = SideUpload.from_dict(data)

                return left_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SideUpload | Unset, data)

        left = _parse_left(d.pop("left", UNSET))

        def _parse_right(data: object) -> None | SideUpload | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                right_type_0 = SideUpload.from_dict(data)

                return right_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SideUpload | Unset, data)

        right = _parse_right(d.pop("right", UNSET))

        sides_upload = cls(
            image_batch_id=image_batch_id,
            front=front,
            left=left,
            right=right,
        )

        sides_upload.additional_properties = d
        return sides_upload

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
