from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Transformation")


@_attrs_define
class Transformation:
    """Where the result is or, if the operation is asynchronous, will be.

    Attributes:
        correlation_id (str): The id of the request, the given one or the one that the service made.
        result_presigned_url (str): The given URL, which need not be readable, or, where none was given, one that gives
            the result by GET for a short time.
    """

    correlation_id: str
    result_presigned_url: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        correlation_id = self.correlation_id

        result_presigned_url = self.result_presigned_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "correlationId": correlation_id,
                "resultPresignedUrl": result_presigned_url,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        correlation_id = d.pop("correlationId")

        result_presigned_url = d.pop("resultPresignedUrl")

        transformation = cls(
            correlation_id=correlation_id,
            result_presigned_url=result_presigned_url,
        )

        transformation.additional_properties = d
        return transformation

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
