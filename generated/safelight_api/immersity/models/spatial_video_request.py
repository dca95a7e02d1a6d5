from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.spatial_video_request_input_type import (
    SpatialVideoRequestInputType,
    check_spatial_video_request_input_type,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="SpatialVideoRequest")


@_attrs_define
class SpatialVideoRequest:
    """A stereo video, and what it costs to make it into a spatial one.

    Attributes:
        callback_url (str): A URL that the service calls when the conversion is over.
        credit_amount (float): The price that the caller expects, in credits. The request is refused if the service
            computes another.
        input_type (SpatialVideoRequestInputType): Whether the eyes' views lie side by side, `sbs`, or one above the
            other, `tb`.
        input_video_url (str): A URL that gives the video by GET.
        result_presigned_url (str): A URL that takes the result by PUT, and still does when the conversion is over.
        video_length (float): How long the video is, in seconds. The service measures it too, and if they differ the
            callback says `ERROR_VIDEO_LENGTH_MISMATCH`.
        correlation_id (str | Unset): A UUID, another for each request; the service makes one where none is given. That
            a repeated id is recognised, and its request not charged again, is assumed.
    """

    callback_url: str
    credit_amount: float
    input_type: SpatialVideoRequestInputType
    input_video_url: str
    result_presigned_url: str
    video_length: float
    correlation_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        callback_url = self.callback_url

        credit_amount = self.credit_amount

        input_type: str = self.input_type

        input_video_url = self.input_video_url

        result_presigned_url = self.result_presigned_url

        video_length = self.video_length

        correlation_id = self.correlation_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "callbackUrl": callback_url,
                "creditAmount": credit_amount,
                "inputType": input_type,
                "inputVideoUrl": input_video_url,
                "resultPresignedUrl": result_presigned_url,
                "videoLength": video_length,
            }
        )
        if correlation_id is not UNSET:
            field_dict["correlationId"] = correlation_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        callback_url = d.pop("callbackUrl")

        credit_amount = d.pop("creditAmount")

        input_type = check_spatial_video_request_input_type(d.pop("inputType"))

        input_video_url = d.pop("inputVideoUrl")

        result_presigned_url = d.pop("resultPresignedUrl")

        video_length = d.pop("videoLength")

        correlation_id = d.pop("correlationId", UNSET)

        spatial_video_request = cls(
            callback_url=callback_url,
            credit_amount=credit_amount,
            input_type=input_type,
            input_video_url=input_video_url,
            result_presigned_url=result_presigned_url,
            video_length=video_length,
            correlation_id=correlation_id,
        )

        spatial_video_request.additional_properties = d
        return spatial_video_request

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
