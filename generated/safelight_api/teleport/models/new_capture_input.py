from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.input_data_format_enum import InputDataFormatEnum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.training_parameters import TrainingParameters


T = TypeVar("T", bound="NewCaptureInput")


@_attrs_define
class NewCaptureInput:
    """The input that a capture is to be made of.

    Attributes:
        name (str): The capture's name.
        bytesize (int): The size of the whole input in bytes.
        created (str | Unset): When the input was made.
        num_frames (int | None | Unset): How many images the input has.
        input_data_format (InputDataFormatEnum | str | Unset): What the input is.
        guided_mode (bool | None | Unset): Whether the input was taken with the guidance of the vendor's app.
        ios_app_version (None | str | Unset): The version of the vendor's iOS app.
        training_parameters (None | TrainingParameters | Unset): How the model is made.
    """

    name: str
    bytesize: int
    created: str | Unset = UNSET
    num_frames: int | None | Unset = UNSET
    input_data_format: InputDataFormatEnum | str | Unset = UNSET
    guided_mode: bool | None | Unset = UNSET
    ios_app_version: None | str | Unset = UNSET
    training_parameters: None | TrainingParameters | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.training_parameters import TrainingParameters  # noqa: PLC0415

        name = self.name

        bytesize = self.bytesize

        created = self.created

        num_frames: int | None | Unset
        if isinstance(self.num_frames, Unset):
            num_frames = UNSET
        else:
            num_frames = self.num_frames

        input_data_format: str | Unset
        if isinstance(self.input_data_format, Unset):
            input_data_format = UNSET
        elif isinstance(self.input_data_format, InputDataFormatEnum):
            input_data_format = self.input_data_format.value
        else:
            input_data_format = self.input_data_format

        guided_mode: bool | None | Unset
        if isinstance(self.guided_mode, Unset):
            guided_mode = UNSET
        else:
            guided_mode = self.guided_mode

        ios_app_version: None | str | Unset
        if isinstance(self.ios_app_version, Unset):
            ios_app_version = UNSET
        else:
            ios_app_version = self.ios_app_version

        training_parameters: dict[str, Any] | None | Unset
        if isinstance(self.training_parameters, Unset):
            training_parameters = UNSET
        elif isinstance(self.training_parameters, TrainingParameters):
            training_parameters = self.training_parameters.to_dict()
        else:
            training_parameters = self.training_parameters

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "bytesize": bytesize,
            }
        )
        if created is not UNSET:
            field_dict["created"] = created
        if num_frames is not UNSET:
            field_dict["num_frames"] = num_frames
        if input_data_format is not UNSET:
            field_dict["input_data_format"] = input_data_format
        if guided_mode is not UNSET:
            field_dict["guided_mode"] = guided_mode
        if ios_app_version is not UNSET:
            field_dict["ios_app_version"] = ios_app_version
        if training_parameters is not UNSET:
            field_dict["training_parameters"] = training_parameters

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.training_parameters import TrainingParameters  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        bytesize = d.pop("bytesize")

        created = d.pop("created", UNSET)

        def _parse_num_frames(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        num_frames = _parse_num_frames(d.pop("num_frames", UNSET))

        def _parse_input_data_format(data: object) -> InputDataFormatEnum | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                input_data_format_type_0 = InputDataFormatEnum(data)

                return input_data_format_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(InputDataFormatEnum | str | Unset, data)

        input_data_format = _parse_input_data_format(d.pop("input_data_format", UNSET))

        def _parse_guided_mode(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        guided_mode = _parse_guided_mode(d.pop("guided_mode", UNSET))

        def _parse_ios_app_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ios_app_version = _parse_ios_app_version(d.pop("ios_app_version", UNSET))

        def _parse_training_parameters(data: object) -> None | TrainingParameters | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                training_parameters_type_0 = TrainingParameters.from_dict(data)

                return training_parameters_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | TrainingParameters | Unset, data)

        training_parameters = _parse_training_parameters(d.pop("training_parameters", UNSET))

        new_capture_input = cls(
            name=name,
            bytesize=bytesize,
            created=created,
            num_frames=num_frames,
            input_data_format=input_data_format,
            guided_mode=guided_mode,
            ios_app_version=ios_app_version,
            training_parameters=training_parameters,
        )

        new_capture_input.additional_properties = d
        return new_capture_input

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
