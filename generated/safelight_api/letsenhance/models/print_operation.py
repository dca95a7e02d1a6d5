from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.image_format import ImageFormat, check_image_format
from ..types import UNSET, Unset

T = TypeVar("T", bound="PrintOperation")


@_attrs_define
class PrintOperation:
    """The preset for what is printed.

    Attributes:
        op (Literal['preset/print']): The operation.
        width (int | Unset): The width or height of the result in pixels. The picture keeps its aspect ratio, so it may
            come out smaller.
        height (int | Unset): The width or height of the result in pixels. The picture keeps its aspect ratio, so it may
            come out smaller.
        restoration_level (int | Unset): How strongly details are restored, from 1 to 10. The worse the picture, the
            higher.
        lightai_intensity (float | Unset): How strongly light and colours (`lightai_intensity`), or contrast and shadows
            (`toneai_intensity`), are corrected, from 0.1 to 1. The prose ends at 0.99, but all examples of the former have
            1. The prose of two presets calls the latter by another name, all examples by this one.
        toneai_intensity (float | Unset): How strongly light and colours (`lightai_intensity`), or contrast and shadows
            (`toneai_intensity`), are corrected, from 0.1 to 1. The prose ends at 0.99, but all examples of the former have
            1. The prose of two presets calls the latter by another name, all examples by this one.
        dpi (int | Unset): The resolution that the file says it has, in dots per inch.
        image_format (ImageFormat | Unset): The format of the result.
        quality (int | Unset): How well a JPEG keeps the picture, from 1 to 100.
    """

    op: Literal["preset/print"]
    width: int | Unset = UNSET
    height: int | Unset = UNSET
    restoration_level: int | Unset = UNSET
    lightai_intensity: float | Unset = UNSET
    toneai_intensity: float | Unset = UNSET
    dpi: int | Unset = UNSET
    image_format: ImageFormat | Unset = UNSET
    quality: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        op = self.op

        width = self.width

        height = self.height

        restoration_level = self.restoration_level

        lightai_intensity = self.lightai_intensity

        toneai_intensity = self.toneai_intensity

        dpi = self.dpi

        image_format: str | Unset = UNSET
        if not isinstance(self.image_format, Unset):
            image_format = self.image_format

        quality = self.quality

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "op": op,
            }
        )
        if width is not UNSET:
            field_dict["width"] = width
        if height is not UNSET:
            field_dict["height"] = height
        if restoration_level is not UNSET:
            field_dict["restoration_level"] = restoration_level
        if lightai_intensity is not UNSET:
            field_dict["lightai_intensity"] = lightai_intensity
        if toneai_intensity is not UNSET:
            field_dict["toneai_intensity"] = toneai_intensity
        if dpi is not UNSET:
            field_dict["dpi"] = dpi
        if image_format is not UNSET:
            field_dict["image_format"] = image_format
        if quality is not UNSET:
            field_dict["quality"] = quality

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        op = cast(Literal["preset/print"], d.pop("op"))
        if op != "preset/print":
            raise ValueError(f"op must match const 'preset/print', got '{op}'")

        width = d.pop("width", UNSET)

        height = d.pop("height", UNSET)

        restoration_level = d.pop("restoration_level", UNSET)

        lightai_intensity = d.pop("lightai_intensity", UNSET)

        toneai_intensity = d.pop("toneai_intensity", UNSET)

        dpi = d.pop("dpi", UNSET)

        _image_format = d.pop("image_format", UNSET)
        image_format: ImageFormat | Unset
        if isinstance(_image_format, Unset):
            image_format = UNSET
        else:
            image_format = check_image_format(_image_format)

        quality = d.pop("quality", UNSET)

        print_operation = cls(
            op=op,
            width=width,
            height=height,
            restoration_level=restoration_level,
            lightai_intensity=lightai_intensity,
            toneai_intensity=toneai_intensity,
            dpi=dpi,
            image_format=image_format,
            quality=quality,
        )

        print_operation.additional_properties = d
        return print_operation

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
