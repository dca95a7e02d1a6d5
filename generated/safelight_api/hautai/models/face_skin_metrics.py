from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="FaceSkinMetrics")


@_attrs_define
class FaceSkinMetrics:
    """What Face Skin Metrics 3.0 says of a batch.

    Attributes:
        all_algorithms_calculated (bool | None | Unset): Whether all is computed that will be.
        parameters (Any | Unset): What was measured, by its name, such as `lines`: scores, tags, masks.
    """

    all_algorithms_calculated: bool | None | Unset = UNSET
    parameters: Any | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        all_algorithms_calculated: bool | None | Unset
        if isinstance(self.all_algorithms_calculated, Unset):
            all_algorithms_calculated = UNSET
        else:
            all_algorithms_calculated = self.all_algorithms_calculated

        parameters = self.parameters

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if all_algorithms_calculated is not UNSET:
            field_dict["all_algorithms_calculated"] = all_algorithms_calculated
        if parameters is not UNSET:
            field_dict["parameters"] = parameters

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_all_algorithms_calculated(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        all_algorithms_calculated = _parse_all_algorithms_calculated(d.pop("all_algorithms_calculated", UNSET))

        parameters = d.pop("parameters", UNSET)

        face_skin_metrics = cls(
            all_algorithms_calculated=all_algorithms_calculated,
            parameters=parameters,
        )

        face_skin_metrics.additional_properties = d
        return face_skin_metrics

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
