from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.video_request_input_type import VideoRequestInputType, check_video_request_input_type
from ..models.video_request_output_type import VideoRequestOutputType, check_video_request_output_type
from ..types import UNSET, Unset

T = TypeVar("T", bound="VideoRequest")


@_attrs_define
class VideoRequest:
    """A flat video, what it costs, and how it is made into a 3D one.

    Attributes:
        callback_url (str): A URL that the service calls when the conversion is over.
        credit_amount (float): The price that the caller expects, in credits. The request is refused if the service
            computes another.
        input_video_url (str): A URL that gives the video by GET.
        output_height (int): The height of a single view in pixels, at most 8000. The views of `tb` together are twice
            as high.
        output_width (int): The width of a single view in pixels, at most 8000. The views of `sbs` together are twice as
            wide.
        result_presigned_url (str): A URL that takes the result by PUT, and still does when the conversion is over.
        video_length (float): How long the video is, in seconds. The service measures it too, and if they differ the
            callback says `ERROR_VIDEO_LENGTH_MISMATCH`.
        auto_convergence (bool | Unset): Whether the service chooses the convergence.
        bitrate (float | Unset): The bit rate of the result. Its unit is not documented. The service chooses where it is
            not given.
        convergence (float | Unset): Which depth lies in the plane of the screen, from -1 to 1; 0 where it is not given.
        correlation_id (str | Unset): A UUID, another for each request; the service makes one where none is given. That
            a repeated id is recognised, and its request not charged again, is assumed.
        dilate_ratio (int | Unset): How far near things are widened in the depth map, from 0 to 20; 3 where it is not
            given.
        gain (float | Unset): How strong the depth is, from -10 to 10; -1 where it is not given.
        input_type (VideoRequestInputType | Unset): Whether the video is `regular` or goes all around, `image360`.
            Regular where it is not given.
        output_type (VideoRequestOutputType | Unset): What the result shows: `sbs` the eyes' views side by side, `tb`
            one above the other, `anaglyph`, `spatial`, or the depth, as `depth` or as `depth_exr`. `sbs` where it is not
            given.
    """

    callback_url: str
    credit_amount: float
    input_video_url: str
    output_height: int
    output_width: int
    result_presigned_url: str
    video_length: float
    auto_convergence: bool | Unset = UNSET
    bitrate: float | Unset = UNSET
    convergence: float | Unset = UNSET
    correlation_id: str | Unset = UNSET
    dilate_ratio: int | Unset = UNSET
    gain: float | Unset = UNSET
    input_type: VideoRequestInputType | Unset = UNSET
    output_type: VideoRequestOutputType | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        callback_url = self.callback_url

        credit_amount = self.credit_amount

        input_video_url = self.input_video_url

        output_height = self.output_height

        output_width = self.output_width

        result_presigned_url = self.result_presigned_url

        video_length = self.video_length

        auto_convergence = self.auto_convergence

        bitrate = self.bitrate

        convergence = self.convergence

        correlation_id = self.correlation_id

        dilate_ratio = self.dilate_ratio

        gain = self.gain

        input_type: str | Unset = UNSET
        if not isinstance(self.input_type, Unset):
            input_type = self.input_type

        output_type: str | Unset = UNSET
        if not isinstance(self.output_type, Unset):
            output_type = self.output_type

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "callbackUrl": callback_url,
                "creditAmount": credit_amount,
                "inputVideoUrl": input_video_url,
                "outputHeight": output_height,
                "outputWidth": output_width,
                "resultPresignedUrl": result_presigned_url,
                "videoLength": video_length,
            }
        )
        if auto_convergence is not UNSET:
            field_dict["autoConvergence"] = auto_convergence
        if bitrate is not UNSET:
            field_dict["bitrate"] = bitrate
        if convergence is not UNSET:
            field_dict["convergence"] = convergence
        if correlation_id is not UNSET:
            field_dict["correlationId"] = correlation_id
        if dilate_ratio is not UNSET:
            field_dict["dilateRatio"] = dilate_ratio
        if gain is not UNSET:
            field_dict["gain"] = gain
        if input_type is not UNSET:
            field_dict["inputType"] = input_type
        if output_type is not UNSET:
            field_dict["outputType"] = output_type

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        callback_url = d.pop("callbackUrl")

        credit_amount = d.pop("creditAmount")

        input_video_url = d.pop("inputVideoUrl")

        output_height = d.pop("outputHeight")

        output_width = d.pop("outputWidth")

        result_presigned_url = d.pop("resultPresignedUrl")

        video_length = d.pop("videoLength")

        auto_convergence = d.pop("autoConvergence", UNSET)

        bitrate = d.pop("bitrate", UNSET)

        convergence = d.pop("convergence", UNSET)

        correlation_id = d.pop("correlationId", UNSET)

        dilate_ratio = d.pop("dilateRatio", UNSET)

        gain = d.pop("gain", UNSET)

        _input_type = d.pop("inputType", UNSET)
        input_type: VideoRequestInputType | Unset
        if isinstance(_input_type, Unset):
            input_type = UNSET
        else:
            input_type = check_video_request_input_type(_input_type)

        _output_type = d.pop("outputType", UNSET)
        output_type: VideoRequestOutputType | Unset
        if isinstance(_output_type, Unset):
            output_type = UNSET
        else:
            output_type = check_video_request_output_type(_output_type)

        video_request = cls(
            callback_url=callback_url,
            credit_amount=credit_amount,
            input_video_url=input_video_url,
            output_height=output_height,
            output_width=output_width,
            result_presigned_url=result_presigned_url,
            video_length=video_length,
            auto_convergence=auto_convergence,
            bitrate=bitrate,
            convergence=convergence,
            correlation_id=correlation_id,
            dilate_ratio=dilate_ratio,
            gain=gain,
            input_type=input_type,
            output_type=output_type,
        )

        video_request.additional_properties = d
        return video_request

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
