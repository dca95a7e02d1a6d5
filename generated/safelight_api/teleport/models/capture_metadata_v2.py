from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CaptureMetadataV2")


@_attrs_define
class CaptureMetadataV2:
    """Where one model of a capture and its cameras are.

    Attributes:
        model_url (str): Where the model is.
        cameras_url (str | Unset): Where the camera poses are.
    """

    model_url: str
    cameras_url: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        model_url = self.model_url

        cameras_url = self.cameras_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "model_url": model_url,
            }
        )
        if cameras_url is not UNSET:
            field_dict["cameras_url"] = cameras_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        model_url = d.pop("model_url")

        cameras_url = d.pop("cameras_url", UNSET)

        capture_metadata_v2 = cls(
            model_url=model_url,
            cameras_url=cameras_url,
        )

        capture_metadata_v2.additional_properties = d
        return capture_metadata_v2

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
