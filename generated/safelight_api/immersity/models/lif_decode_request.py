from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="LifDecodeRequest")


@_attrs_define
class LifDecodeRequest:
    """A LIF file, and where its picture goes.

    Attributes:
        input_image_url (str): A URL that gives the LIF file by GET.
        correlation_id (str | Unset): A UUID, another for each request; the service makes one where none is given. That
            a repeated id is recognised, and its request not charged again, is assumed.
        result_presigned_url (str | Unset): A URL that takes the result by PUT. Where none is given, the result goes to
            the vendor's temporary storage.
    """

    input_image_url: str
    correlation_id: str | Unset = UNSET
    result_presigned_url: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        input_image_url = self.input_image_url

        correlation_id = self.correlation_id

        result_presigned_url = self.result_presigned_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "inputImageUrl": input_image_url,
            }
        )
        if correlation_id is not UNSET:
            field_dict["correlationId"] = correlation_id
        if result_presigned_url is not UNSET:
            field_dict["resultPresignedUrl"] = result_presigned_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        input_image_url = d.pop("inputImageUrl")

        correlation_id = d.pop("correlationId", UNSET)

        result_presigned_url = d.pop("resultPresignedUrl", UNSET)

        lif_decode_request = cls(
            input_image_url=input_image_url,
            correlation_id=correlation_id,
            result_presigned_url=result_presigned_url,
        )

        lif_decode_request.additional_properties = d
        return lif_decode_request

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
