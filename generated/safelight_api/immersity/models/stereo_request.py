from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.stereo_request_output_type import StereoRequestOutputType, check_stereo_request_output_type
from ..types import UNSET, Unset

T = TypeVar("T", bound="StereoRequest")


@_attrs_define
class StereoRequest:
    """A picture, its disparity map, and how the views of the two eyes are made and put together.

    Attributes:
        input_image_url (str): A URL that gives the picture by GET.
        convergence (float | Unset): Which depth lies in the plane of the screen, from -1 to 1. The service estimates it
            from the picture where it is not given.
        correlation_id (str | Unset): A UUID, another for each request; the service makes one where none is given. That
            a repeated id is recognised, and its request not charged again, is assumed.
        gain (float | Unset): How strong the depth is, from 0 to 10. The service estimates it from the picture where it
            is not given.
        gain_multiplier (float | Unset): A factor for the gain, from 0 to 10.
        height (int | Unset): The height of the result in pixels; that of the input where it is not given.
        input_disparity_url (str | Unset): A URL that gives the picture's disparity map by GET.
        output_type (StereoRequestOutputType | Unset): How the views are put together: `sbs` for side by side,
            `anaglyph` or `spatial`; `sbs` where it is not given.
        result_presigned_url (str | Unset): A URL that takes the result by PUT. Where none is given, the result goes to
            the vendor's temporary storage.
        width (int | Unset): The width of the result in pixels; that of the input where it is not given.
    """

    input_image_url: str
    convergence: float | Unset = UNSET
    correlation_id: str | Unset = UNSET
    gain: float | Unset = UNSET
    gain_multiplier: float | Unset = UNSET
    height: int | Unset = UNSET
    input_disparity_url: str | Unset = UNSET
    output_type: StereoRequestOutputType | Unset = UNSET
    result_presigned_url: str | Unset = UNSET
    width: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        input_image_url = self.input_image_url

        convergence = self.convergence

        correlation_id = self.correlation_id

        gain = self.gain

        gain_multiplier = self.gain_multiplier

        height = self.height

        input_disparity_url = self.input_disparity_url

        output_type: str | Unset = UNSET
        if not isinstance(self.output_type, Unset):
            output_type = self.output_type

        result_presigned_url = self.result_presigned_url

        width = self.width

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "inputImageUrl": input_image_url,
            }
        )
        if convergence is not UNSET:
            field_dict["convergence"] = convergence
        if correlation_id is not UNSET:
            field_dict["correlationId"] = correlation_id
        if gain is not UNSET:
            field_dict["gain"] = gain
        if gain_multiplier is not UNSET:
            field_dict["gainMultiplier"] = gain_multiplier
        if height is not UNSET:
            field_dict["height"] = height
        if input_disparity_url is not UNSET:
            field_dict["inputDisparityUrl"] = input_disparity_url
        if output_type is not UNSET:
            field_dict["outputType"] = output_type
        if result_presigned_url is not UNSET:
            field_dict["resultPresignedUrl"] = result_presigned_url
        if width is not UNSET:
            field_dict["width"] = width

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        input_image_url = d.pop("inputImageUrl")

        convergence = d.pop("convergence", UNSET)

        correlation_id = d.pop("correlationId", UNSET)

        gain = d.pop("gain", UNSET)

        gain_multiplier = d.pop("gainMultiplier", UNSET)

        height = d.pop("height", UNSET)

        input_disparity_url = d.pop("inputDisparityUrl", UNSET)

        _output_type = d.pop("outputType", UNSET)
        output_type: StereoRequestOutputType | Unset
        if isinstance(_output_type, Unset):
            output_type = UNSET
        else:
            output_type = check_stereo_request_output_type(_output_type)

        result_presigned_url = d.pop("resultPresignedUrl", UNSET)

        width = d.pop("width", UNSET)

        stereo_request = cls(
            input_image_url=input_image_url,
            convergence=convergence,
            correlation_id=correlation_id,
            gain=gain,
            gain_multiplier=gain_multiplier,
            height=height,
            input_disparity_url=input_disparity_url,
            output_type=output_type,
            result_presigned_url=result_presigned_url,
            width=width,
        )

        stereo_request.additional_properties = d
        return stereo_request

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
