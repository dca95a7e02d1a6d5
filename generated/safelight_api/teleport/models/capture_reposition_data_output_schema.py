from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="CaptureRepositionDataOutputSchema")


@_attrs_define
class CaptureRepositionDataOutputSchema:
    """A rotation, as a quaternion, and a scale.

    Attributes:
        rotation_w (float): The quaternion's real part.
        rotation_x (float): The quaternion's first imaginary part.
        rotation_y (float): The quaternion's second imaginary part.
        rotation_z (float): The quaternion's third imaginary part.
        scale (float): The factor of the size.
    """

    rotation_w: float
    rotation_x: float
    rotation_y: float
    rotation_z: float
    scale: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        rotation_w = self.rotation_w

        rotation_x = self.rotation_x

        rotation_y = self.rotation_y

        rotation_z = self.rotation_z

        scale = self.scale

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "rotation_w": rotation_w,
                "rotation_x": rotation_x,
                "rotation_y": rotation_y,
                "rotation_z": rotation_z,
                "scale": scale,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        rotation_w = d.pop("rotation_w")

        rotation_x = d.pop("rotation_x")

        rotation_y = d.pop("rotation_y")

        rotation_z = d.pop("rotation_z")

        scale = d.pop("scale")

        capture_reposition_data_output_schema = cls(
            rotation_w=rotation_w,
            rotation_x=rotation_x,
            rotation_y=rotation_y,
            rotation_z=rotation_z,
            scale=scale,
        )

        capture_reposition_data_output_schema.additional_properties = d
        return capture_reposition_data_output_schema

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
