from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="UploadUrlOutput")


@_attrs_define
class UploadUrlOutput:
    """Where to put a part.

    Attributes:
        eid (str): The capture's id.
        upload_url (str): Takes the part's bytes by PUT. It expires.
        chunk_size (int): The size of each part but the last in bytes.
    """

    eid: str
    upload_url: str
    chunk_size: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        eid = self.eid

        upload_url = self.upload_url

        chunk_size = self.chunk_size

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "eid": eid,
                "upload_url": upload_url,
                "chunk_size": chunk_size,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        eid = d.pop("eid")

        upload_url = d.pop("upload_url")

        chunk_size = d.pop("chunk_size")

        upload_url_output = cls(
            eid=eid,
            upload_url=upload_url,
            chunk_size=chunk_size,
        )

        upload_url_output.additional_properties = d
        return upload_url_output

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
