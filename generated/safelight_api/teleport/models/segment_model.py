from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.lod_aabb import LodAabb


T = TypeVar("T", bound="SegmentModel")


@_attrs_define
class SegmentModel:
    """One model of a capture.

    Attributes:
        url (str): Where the model is.
        size (int | Unset): Its size in bytes.
        id (int | None | str | Unset): The model's id among the others.
        aabb (LodAabb | None | Unset): The box around the model.
        resolution_range (list[float] | None | Unset): The resolutions that this level of detail is meant for.
        parent (int | None | str | Unset): The id of the coarser model that this one refines.
    """

    url: str
    size: int | Unset = UNSET
    id: int | None | str | Unset = UNSET
    aabb: LodAabb | None | Unset = UNSET
    resolution_range: list[float] | None | Unset = UNSET
    parent: int | None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.lod_aabb import LodAabb  # noqa: PLC0415

        url = self.url

        size = self.size

        id: int | None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        aabb: dict[str, Any] | None | Unset
        if isinstance(self.aabb, Unset):
            aabb = UNSET
        elif isinstance(self.aabb, LodAabb):
            aabb = self.aabb.to_dict()
        else:
            aabb = self.aabb

        resolution_range: list[float] | None | Unset
        if isinstance(self.resolution_range, Unset):
            resolution_range = UNSET
        elif isinstance(self.resolution_range, list):
            resolution_range = self.resolution_range

        else:
            resolution_range = self.resolution_range

        parent: int | None | str | Unset
        if isinstance(self.parent, Unset):
            parent = UNSET
        else:
            parent = self.parent

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "url": url,
            }
        )
        if size is not UNSET:
            field_dict["size"] = size
        if id is not UNSET:
            field_dict["id"] = id
        if aabb is not UNSET:
            field_dict["aabb"] = aabb
        if resolution_range is not UNSET:
            field_dict["resolution_range"] = resolution_range
        if parent is not UNSET:
            field_dict["parent"] = parent

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lod_aabb import LodAabb  # noqa: PLC0415

        d = dict(src_dict)
        url = d.pop("url")

        size = d.pop("size", UNSET)

        def _parse_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_aabb(data: object) -> LodAabb | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                aabb_type_0 = LodAabb.from_dict(data)

                return aabb_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LodAabb | None | Unset, data)

        aabb = _parse_aabb(d.pop("aabb", UNSET))

        def _parse_resolution_range(data: object) -> list[float] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                resolution_range_type_0 = cast(list[float], data)

                return resolution_range_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[float] | None | Unset, data)

        resolution_range = _parse_resolution_range(d.pop("resolution_range", UNSET))

        def _parse_parent(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        parent = _parse_parent(d.pop("parent", UNSET))

        segment_model = cls(
            url=url,
            size=size,
            id=id,
            aabb=aabb,
            resolution_range=resolution_range,
            parent=parent,
        )

        segment_model.additional_properties = d
        return segment_model

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
