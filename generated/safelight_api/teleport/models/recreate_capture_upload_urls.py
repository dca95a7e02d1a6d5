from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="RecreateCaptureUploadUrls")


@_attrs_define
class RecreateCaptureUploadUrls:
    """The upload that a part belongs to.

    Attributes:
        eid (str): The capture's id.
        bytesize (int): The size of the whole input in bytes, not of the part.
    """

    eid: str
    bytesize: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        eid = self.eid

        bytesize = self.bytesize

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "eid": eid,
                "bytesize": bytesize,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        eid = d.pop("eid")

        bytesize = d.pop("bytesize")

        recreate_capture_upload_urls = cls(
            eid=eid,
            bytesize=bytesize,
        )

        recreate_capture_upload_urls.additional_properties = d
        return recreate_capture_upload_urls

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
