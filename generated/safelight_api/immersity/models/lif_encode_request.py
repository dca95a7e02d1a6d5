from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="LifEncodeRequest")


@_attrs_define
class LifEncodeRequest:
    """One picture with its disparity map, or a left and a right one with theirs. The published document requires none of
    them.

        Attributes:
            convergence (float | Unset): Which depth lies in the plane of the screen, from -1 to 1. The service estimates it
                from the picture where it is not given.
            correlation_id (str | Unset): A UUID, another for each request; the service makes one where none is given. That
                a repeated id is recognised, and its request not charged again, is assumed.
            gain (float | Unset): How strong the depth is, from 0 to 10. The service estimates it from the picture where it
                is not given.
            input_disparity_source (str | Unset): Where the disparity map comes from. The values are not documented.
            input_left_disparity_url (str | Unset): A URL that gives the disparity map of the left eye's picture by GET.
            input_left_image_url (str | Unset): A URL that gives the left eye's picture by GET.
            input_right_disparity_url (str | Unset): A URL that gives the disparity map of the right eye's picture by GET.
            input_right_image_url (str | Unset): A URL that gives the right eye's picture by GET.
            input_single_disparity_url (str | Unset): A URL that gives the disparity map of the only picture by GET.
            input_single_image_url (str | Unset): A URL that gives the only picture by GET.
            result_presigned_url (str | Unset): A URL that takes the result by PUT. Where none is given, the result goes to
                the vendor's temporary storage.
    """

    convergence: float | Unset = UNSET
    correlation_id: str | Unset = UNSET
    gain: float | Unset = UNSET
    input_disparity_source: str | Unset = UNSET
    input_left_disparity_url: str | Unset = UNSET
    input_left_image_url: str | Unset = UNSET
    input_right_disparity_url: str | Unset = UNSET
    input_right_image_url: str | Unset = UNSET
    input_single_disparity_url: str | Unset = UNSET
    input_single_image_url: str | Unset = UNSET
    result_presigned_url: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        convergence = self.convergence

        correlation_id = self.correlation_id

        gain = self.gain

        input_disparity_source = self.input_disparity_source

        input_left_disparity_url = self.input_left_disparity_url

        input_left_image_url = self.input_left_image_url

        input_right_disparity_url = self.input_right_disparity_url

        input_right_image_url = self.input_right_image_url

        input_single_disparity_url = self.input_single_disparity_url

        input_single_image_url = self.input_single_image_url

        result_presigned_url = self.result_presigned_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if convergence is not UNSET:
            field_dict["convergence"] = convergence
        if correlation_id is not UNSET:
            field_dict["correlationId"] = correlation_id
        if gain is not UNSET:
            field_dict["gain"] = gain
        if input_disparity_source is not UNSET:
            field_dict["inputDisparitySource"] = input_disparity_source
        if input_left_disparity_url is not UNSET:
            field_dict["inputLeftDisparityUrl"] = input_left_disparity_url
        if input_left_image_url is not UNSET:
            field_dict["inputLeftImageUrl"] = input_left_image_url
        if input_right_disparity_url is not UNSET:
            field_dict["inputRightDisparityUrl"] = input_right_disparity_url
        if input_right_image_url is not UNSET:
            field_dict["inputRightImageUrl"] = input_right_image_url
        if input_single_disparity_url is not UNSET:
            field_dict["inputSingleDisparityUrl"] = input_single_disparity_url
        if input_single_image_url is not UNSET:
            field_dict["inputSingleImageUrl"] = input_single_image_url
        if result_presigned_url is not UNSET:
            field_dict["resultPresignedUrl"] = result_presigned_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        convergence = d.pop("convergence", UNSET)

        correlation_id = d.pop("correlationId", UNSET)

        gain = d.pop("gain", UNSET)

        input_disparity_source = d.pop("inputDisparitySource", UNSET)

        input_left_disparity_url = d.pop("inputLeftDisparityUrl", UNSET)

        input_left_image_url = d.pop("inputLeftImageUrl", UNSET)

        input_right_disparity_url = d.pop("inputRightDisparityUrl", UNSET)

        input_right_image_url = d.pop("inputRightImageUrl", UNSET)

        input_single_disparity_url = d.pop("inputSingleDisparityUrl", UNSET)

        input_single_image_url = d.pop("inputSingleImageUrl", UNSET)

        result_presigned_url = d.pop("resultPresignedUrl", UNSET)

        lif_encode_request = cls(
            convergence=convergence,
            correlation_id=correlation_id,
            gain=gain,
            input_disparity_source=input_disparity_source,
            input_left_disparity_url=input_left_disparity_url,
            input_left_image_url=input_left_image_url,
            input_right_disparity_url=input_right_disparity_url,
            input_right_image_url=input_right_image_url,
            input_single_disparity_url=input_single_disparity_url,
            input_single_image_url=input_single_image_url,
            result_presigned_url=result_presigned_url,
        )

        lif_encode_request.additional_properties = d
        return lif_encode_request

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
