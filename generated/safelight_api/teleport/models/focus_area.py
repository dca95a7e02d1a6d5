from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="FocusArea")


@_attrs_define
class FocusArea:
    """The piece of land that a capture is limited to. The fields are documented by name only.

    Attributes:
        crop_method (None | str | Unset): How the area is given.
        polylines (list[str] | Unset): The area's outlines.
        min_lat (float | None | Unset): The southern bound, in degrees.
        max_lat (float | None | Unset): The northern bound, in degrees.
        min_lng (float | None | Unset): The western bound, in degrees.
        max_lng (float | None | Unset): The eastern bound, in degrees.
        buffer_meters (float | None | Unset): How far beyond the area to keep the capture, in metres.
    """

    crop_method: None | str | Unset = UNSET
    polylines: list[str] | Unset = UNSET
    min_lat: float | None | Unset = UNSET
    max_lat: float | None | Unset = UNSET
    min_lng: float | None | Unset = UNSET
    max_lng: float | None | Unset = UNSET
    buffer_meters: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        crop_method: None | str | Unset
        if isinstance(self.crop_method, Unset):
            crop_method = UNSET
        else:
            crop_method = self.crop_method

        polylines: list[str] | Unset = UNSET
        if not isinstance(self.polylines, Unset):
            polylines = self.polylines

        min_lat: float | None | Unset
        if isinstance(self.min_lat, Unset):
            min_lat = UNSET
        else:
            min_lat = self.min_lat

        max_lat: float | None | Unset
        if isinstance(self.max_lat, Unset):
            max_lat = UNSET
        else:
            max_lat = self.max_lat

        min_lng: float | None | Unset
        if isinstance(self.min_lng, Unset):
            min_lng = UNSET
        else:
            min_lng = self.min_lng

        max_lng: float | None | Unset
        if isinstance(self.max_lng, Unset):
            max_lng = UNSET
        else:
            max_lng = self.max_lng

        buffer_meters: float | None | Unset
        if isinstance(self.buffer_meters, Unset):
            buffer_meters = UNSET
        else:
            buffer_meters = self.buffer_meters

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if crop_method is not UNSET:
            field_dict["crop_method"] = crop_method
        if polylines is not UNSET:
            field_dict["polylines"] = polylines
        if min_lat is not UNSET:
            field_dict["min_lat"] = min_lat
        if max_lat is not UNSET:
            field_dict["max_lat"] = max_lat
        if min_lng is not UNSET:
            field_dict["min_lng"] = min_lng
        if max_lng is not UNSET:
            field_dict["max_lng"] = max_lng
        if buffer_meters is not UNSET:
            field_dict["buffer_meters"] = buffer_meters

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_crop_method(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        crop_method = _parse_crop_method(d.pop("crop_method", UNSET))

        polylines = cast(list[str], d.pop("polylines", UNSET))

        def _parse_min_lat(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        min_lat = _parse_min_lat(d.pop("min_lat", UNSET))

        def _parse_max_lat(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        max_lat = _parse_max_lat(d.pop("max_lat", UNSET))

        def _parse_min_lng(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        min_lng = _parse_min_lng(d.pop("min_lng", UNSET))

        def _parse_max_lng(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        max_lng = _parse_max_lng(d.pop("max_lng", UNSET))

        def _parse_buffer_meters(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        buffer_meters = _parse_buffer_meters(d.pop("buffer_meters", UNSET))

        focus_area = cls(
            crop_method=crop_method,
            polylines=polylines,
            min_lat=min_lat,
            max_lat=max_lat,
            min_lng=min_lng,
            max_lng=max_lng,
            buffer_meters=buffer_meters,
        )

        focus_area.additional_properties = d
        return focus_area

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
