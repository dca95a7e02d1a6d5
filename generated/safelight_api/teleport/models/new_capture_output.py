from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="NewCaptureOutput")


@_attrs_define
class NewCaptureOutput:
    """How the input has to be cut.

    Attributes:
        eid (str): The new capture's id.
        chunk_size (int): The size of each part but the last in bytes.
        num_parts (int): How many parts there are; they are counted from 1.
    """

    eid: str
    chunk_size: int
    num_parts: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        eid = self.eid

        chunk_size = self.chunk_size

        num_parts = self.num_parts

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "eid": eid,
                "chunk_size": chunk_size,
                "num_parts": num_parts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        eid = d.pop("eid")

        chunk_size = d.pop("chunk_size")

        num_parts = d.pop("num_parts")

        new_capture_output = cls(
            eid=eid,
            chunk_size=chunk_size,
            num_parts=num_parts,
        )

        new_capture_output.additional_properties = d
        return new_capture_output

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
