from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.model_v3_spherical_harmonics_degrees import ModelV3SphericalHarmonicsDegrees
from ..models.model_v3_training_resolution import ModelV3TrainingResolution

T = TypeVar("T", bound="ModelV3")


@_attrs_define
class ModelV3:
    """How large and how fine the model gets. All four together; needs a paid plan.

    Attributes:
        splat_count (int): How many Gaussians the model has.
        training_resolution (ModelV3TrainingResolution): The length of the images' longer side in training, in pixels.
            Which side it is, is assumed.
        spherical_harmonics_degrees (ModelV3SphericalHarmonicsDegrees): How well colours follow the direction of view; 0
            is one colour for all directions.
        level_of_detail (bool): Whether to make levels of detail too.
    """

    splat_count: int
    training_resolution: ModelV3TrainingResolution
    spherical_harmonics_degrees: ModelV3SphericalHarmonicsDegrees
    level_of_detail: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        splat_count = self.splat_count

        training_resolution = self.training_resolution.value

        spherical_harmonics_degrees = self.spherical_harmonics_degrees.value

        level_of_detail = self.level_of_detail

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "splat_count": splat_count,
                "training_resolution": training_resolution,
                "spherical_harmonics_degrees": spherical_harmonics_degrees,
                "level_of_detail": level_of_detail,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        splat_count = d.pop("splat_count")

        training_resolution = ModelV3TrainingResolution(d.pop("training_resolution"))

        spherical_harmonics_degrees = ModelV3SphericalHarmonicsDegrees(d.pop("spherical_harmonics_degrees"))

        level_of_detail = d.pop("level_of_detail")

        model_v3 = cls(
            splat_count=splat_count,
            training_resolution=training_resolution,
            spherical_harmonics_degrees=spherical_harmonics_degrees,
            level_of_detail=level_of_detail,
        )

        model_v3.additional_properties = d
        return model_v3

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
