from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.image_object import ImageObject


T = TypeVar("T", bound="PipelineResult")


@_attrs_define
class PipelineResult:
    """One picture, before and after.

    Attributes:
        created_at (datetime.datetime | None | Unset): When it was made.
        input_object (ImageObject | None | Unset): The picture that was fetched.
        output_object (ImageObject | None | Unset): The picture that was made.
    """

    created_at: datetime.datetime | None | Unset = UNSET
    input_object: ImageObject | None | Unset = UNSET
    output_object: ImageObject | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.image_object import ImageObject  # noqa: PLC0415

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        input_object: dict[str, Any] | None | Unset
        if isinstance(self.input_object, Unset):
            input_object = UNSET
        elif isinstance(self.input_object, ImageObject):
            input_object = self.input_object.to_dict()
        else:
            input_object = self.input_object

        output_object: dict[str, Any] | None | Unset
        if isinstance(self.output_object, Unset):
            output_object = UNSET
        elif isinstance(self.output_object, ImageObject):
            output_object = self.output_object.to_dict()
        else:
            output_object = self.output_object

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if input_object is not UNSET:
            field_dict["input_object"] = input_object
        if output_object is not UNSET:
            field_dict["output_object"] = output_object

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.image_object import ImageObject  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_created_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                created_at_type_0 = datetime.datetime.fromisoformat(data)

                return created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        created_at = _parse_created_at(d.pop("created_at", UNSET))

        def _parse_input_object(data: object) -> ImageObject | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                input_object_type_0 = ImageObject.from_dict(data)

                return input_object_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ImageObject | None | Unset, data)

        input_object = _parse_input_object(d.pop("input_object", UNSET))

        def _parse_output_object(data: object) -> ImageObject | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                output_object_type_0 = ImageObject.from_dict(data)

                return output_object_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ImageObject | None | Unset, data)

        output_object = _parse_output_object(d.pop("output_object", UNSET))

        pipeline_result = cls(
            created_at=created_at,
            input_object=input_object,
            output_object=output_object,
        )

        pipeline_result.additional_properties = d
        return pipeline_result

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
