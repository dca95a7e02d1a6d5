from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.focus_area import FocusArea
    from ..models.model_v3 import ModelV3


T = TypeVar("T", bound="TrainingParameters")


@_attrs_define
class TrainingParameters:
    """How a model is made.

    Attributes:
        focus_area (FocusArea | None | Unset): The piece of land to limit the capture to. Documented by name only.
        modelv3 (ModelV3 | None | Unset): How large and how fine the model gets. 403 without a paid plan. That null may
            be sent is assumed.
    """

    focus_area: FocusArea | None | Unset = UNSET
    modelv3: ModelV3 | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.focus_area import FocusArea  # noqa: PLC0415
        from ..models.model_v3 import ModelV3  # noqa: PLC0415

        focus_area: dict[str, Any] | None | Unset
        if isinstance(self.focus_area, Unset):
            focus_area = UNSET
        elif isinstance(self.focus_area, FocusArea):
            focus_area = self.focus_area.to_dict()
        else:
            focus_area = self.focus_area

        modelv3: dict[str, Any] | None | Unset
        if isinstance(self.modelv3, Unset):
            modelv3 = UNSET
        elif isinstance(self.modelv3, ModelV3):
            modelv3 = self.modelv3.to_dict()
        else:
            modelv3 = self.modelv3

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if focus_area is not UNSET:
            field_dict["focus_area"] = focus_area
        if modelv3 is not UNSET:
            field_dict["modelv3"] = modelv3

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.focus_area import FocusArea  # noqa: PLC0415
        from ..models.model_v3 import ModelV3  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_focus_area(data: object) -> FocusArea | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                focus_area_type_0 = FocusArea.from_dict(data)

                return focus_area_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FocusArea | None | Unset, data)

        focus_area = _parse_focus_area(d.pop("focus_area", UNSET))

        def _parse_modelv3(data: object) -> ModelV3 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                modelv3_type_0 = ModelV3.from_dict(data)

                return modelv3_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ModelV3 | None | Unset, data)

        modelv3 = _parse_modelv3(d.pop("modelv3", UNSET))

        training_parameters = cls(
            focus_area=focus_area,
            modelv3=modelv3,
        )

        training_parameters.additional_properties = d
        return training_parameters

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
