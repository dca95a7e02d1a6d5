from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.disparity_request_input_type import DisparityRequestInputType, check_disparity_request_input_type
from ..models.disparity_request_output_bit_depth import (
    DisparityRequestOutputBitDepth,
    check_disparity_request_output_bit_depth,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="DisparityRequest")


@_attrs_define
class DisparityRequest:
    """A picture, and how its disparity map is made.

    Attributes:
        input_image_url (str): A URL that gives the picture by GET.
        correlation_id (str | Unset): A UUID, another for each request; the service makes one where none is given. That
            a repeated id is recognised, and its request not charged again, is assumed.
        dilation (float | Unset): How far near things are widened in the map, from -0.01 to 0.01; 0.0063 where it is not
            given. It keeps the colours of near and far things apart at their edges.
        input_type (DisparityRequestInputType | Unset): Whether the picture is flat, `image2d`, or goes all around,
            `image360`. Flat where it is not given.
        output_bit_depth (DisparityRequestOutputBitDepth | Unset): The map's bits per pixel, 8 as `uint8` or 16 as
            `uint16`. 8 where it is not given.
        result_presigned_url (str | Unset): A URL that takes the result by PUT. Where none is given, the result goes to
            the vendor's temporary storage.
    """

    input_image_url: str
    correlation_id: str | Unset = UNSET
    dilation: float | Unset = UNSET
    input_type: DisparityRequestInputType | Unset = UNSET
    output_bit_depth: DisparityRequestOutputBitDepth | Unset = UNSET
    result_presigned_url: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        input_image_url = self.input_image_url

        correlation_id = self.correlation_id

        dilation = self.dilation

        input_type: str | Unset = UNSET
        if not isinstance(self.input_type, Unset):
            input_type = self.input_type

        output_bit_depth: str | Unset = UNSET
        if not isinstance(self.output_bit_depth, Unset):
            output_bit_depth = self.output_bit_depth

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
        if dilation is not UNSET:
            field_dict["dilation"] = dilation
        if input_type is not UNSET:
            field_dict["inputType"] = input_type
        if output_bit_depth is not UNSET:
            field_dict["outputBitDepth"] = output_bit_depth
        if result_presigned_url is not UNSET:
            field_dict["resultPresignedUrl"] = result_presigned_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        input_image_url = d.pop("inputImageUrl")

        correlation_id = d.pop("correlationId", UNSET)

        dilation = d.pop("dilation", UNSET)

        _input_type = d.pop("inputType", UNSET)
        input_type: DisparityRequestInputType | Unset
        if isinstance(_input_type, Unset):
            input_type = UNSET
        else:
            input_type = check_disparity_request_input_type(_input_type)

        _output_bit_depth = d.pop("outputBitDepth", UNSET)
        output_bit_depth: DisparityRequestOutputBitDepth | Unset
        if isinstance(_output_bit_depth, Unset):
            output_bit_depth = UNSET
        else:
            output_bit_depth = check_disparity_request_output_bit_depth(_output_bit_depth)

        result_presigned_url = d.pop("resultPresignedUrl", UNSET)

        disparity_request = cls(
            input_image_url=input_image_url,
            correlation_id=correlation_id,
            dilation=dilation,
            input_type=input_type,
            output_bit_depth=output_bit_depth,
            result_presigned_url=result_presigned_url,
        )

        disparity_request.additional_properties = d
        return disparity_request

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
