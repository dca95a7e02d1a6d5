from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.animation_request_animation_type import (
    AnimationRequestAnimationType,
    check_animation_request_animation_type,
)
from ..models.animation_request_output_fps import AnimationRequestOutputFps, check_animation_request_output_fps
from ..types import UNSET, Unset

T = TypeVar("T", bound="AnimationRequest")


@_attrs_define
class AnimationRequest:
    """A picture, its disparity map, and how the camera moves before it.

    Attributes:
        input_image_url (str): A URL that gives the picture by GET.
        amplitude_x (float | Unset): How far the camera moves sideways, from 0 to 10; 1 where it is not given.
        amplitude_y (float | Unset): How far the camera moves up and down, from 0 to 10; 1 where it is not given.
        amplitude_z (float | Unset): How far the camera moves to and fro, from 0 to 10; 1 where it is not given.
        animation_length (float | Unset): How long the animation is, from 1 to 10; 4 where it is not given. The unit is
            probably seconds.
        animation_type (AnimationRequestAnimationType | Unset): The form of the result, `mp4` or `gif`; `mp4` where it
            is not given.
        convergence (float | Unset): Which depth lies in the plane of the screen, from -1 to 1. The service estimates it
            from the picture where it is not given.
        correlation_id (str | Unset): A UUID, another for each request; the service makes one where none is given. That
            a repeated id is recognised, and its request not charged again, is assumed.
        gain (float | Unset): How strong the depth is, from 0 to 10. The service estimates it from the picture where it
            is not given.
        input_disparity_url (str | Unset): A URL that gives the picture's disparity map by GET. The service computes a
            map where none is given.
        number_of_loops (int | Unset): How often the animation is repeated, from 0 to 10; not at all where it is not
            given.
        output_fps (AnimationRequestOutputFps | Unset): Frames per second. The service chooses where it is not given.
        output_height (int | Unset): The height of the result in pixels; that of the input where it is not given.
        output_width (int | Unset): The width of the result in pixels; that of the input where it is not given.
        pattern (str | Unset): Where the camera stands in each frame: numbers between commas, an x, a y and a z for each
            frame in turn. It takes the place of the length, the amplitudes and the phases.
        phase_x (float | Unset): Where the movement sideways begins, from 0 to 7; 0 where it is not given.
        phase_y (float | Unset): Where the movement up and down begins, from 0 to 7; 0.25 where it is not given.
        phase_z (float | Unset): Where the movement to and fro begins, from 0 to 7; 0.25 where it is not given.
        result_presigned_url (str | Unset): A URL that takes the result by PUT. Where none is given, the result goes to
            the vendor's temporary storage.
    """

    input_image_url: str
    amplitude_x: float | Unset = UNSET
    amplitude_y: float | Unset = UNSET
    amplitude_z: float | Unset = UNSET
    animation_length: float | Unset = UNSET
    animation_type: AnimationRequestAnimationType | Unset = UNSET
    convergence: float | Unset = UNSET
    correlation_id: str | Unset = UNSET
    gain: float | Unset = UNSET
    input_disparity_url: str | Unset = UNSET
    number_of_loops: int | Unset = UNSET
    output_fps: AnimationRequestOutputFps | Unset = UNSET
    output_height: int | Unset = UNSET
    output_width: int | Unset = UNSET
    pattern: str | Unset = UNSET
    phase_x: float | Unset = UNSET
    phase_y: float | Unset = UNSET
    phase_z: float | Unset = UNSET
    result_presigned_url: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        input_image_url = self.input_image_url

        amplitude_x = self.amplitude_x

        amplitude_y = self.amplitude_y

        amplitude_z = self.amplitude_z

        animation_length = self.animation_length

        animation_type: str | Unset = UNSET
        if not isinstance(self.animation_type, Unset):
            animation_type = self.animation_type

        convergence = self.convergence

        correlation_id = self.correlation_id

        gain = self.gain

        input_disparity_url = self.input_disparity_url

        number_of_loops = self.number_of_loops

        output_fps: int | Unset = UNSET
        if not isinstance(self.output_fps, Unset):
            output_fps = self.output_fps

        output_height = self.output_height

        output_width = self.output_width

        pattern = self.pattern

        phase_x = self.phase_x

        phase_y = self.phase_y

        phase_z = self.phase_z

        result_presigned_url = self.result_presigned_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "inputImageUrl": input_image_url,
            }
        )
        if amplitude_x is not UNSET:
            field_dict["amplitudeX"] = amplitude_x
        if amplitude_y is not UNSET:
            field_dict["amplitudeY"] = amplitude_y
        if amplitude_z is not UNSET:
            field_dict["amplitudeZ"] = amplitude_z
        if animation_length is not UNSET:
            field_dict["animationLength"] = animation_length
        if animation_type is not UNSET:
            field_dict["animationType"] = animation_type
        if convergence is not UNSET:
            field_dict["convergence"] = convergence
        if correlation_id is not UNSET:
            field_dict["correlationId"] = correlation_id
        if gain is not UNSET:
            field_dict["gain"] = gain
        if input_disparity_url is not UNSET:
            field_dict["inputDisparityUrl"] = input_disparity_url
        if number_of_loops is not UNSET:
            field_dict["numberOfLoops"] = number_of_loops
        if output_fps is not UNSET:
            field_dict["outputFps"] = output_fps
        if output_height is not UNSET:
            field_dict["outputHeight"] = output_height
        if output_width is not UNSET:
            field_dict["outputWidth"] = output_width
        if pattern is not UNSET:
            field_dict["pattern"] = pattern
        if phase_x is not UNSET:
            field_dict["phaseX"] = phase_x
        if phase_y is not UNSET:
            field_dict["phaseY"] = phase_y
        if phase_z is not UNSET:
            field_dict["phaseZ"] = phase_z
        if result_presigned_url is not UNSET:
            field_dict["resultPresignedUrl"] = result_presigned_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        input_image_url = d.pop("inputImageUrl")

        amplitude_x = d.pop("amplitudeX", UNSET)

        amplitude_y = d.pop("amplitudeY", UNSET)

        amplitude_z = d.pop("amplitudeZ", UNSET)

        animation_length = d.pop("animationLength", UNSET)

        _animation_type = d.pop("animationType", UNSET)
        animation_type: AnimationRequestAnimationType | Unset
        if isinstance(_animation_type, Unset):
            animation_type = UNSET
        else:
            animation_type = check_animation_request_animation_type(_animation_type)

        convergence = d.pop("convergence", UNSET)

        correlation_id = d.pop("correlationId", UNSET)

        gain = d.pop("gain", UNSET)

        input_disparity_url = d.pop("inputDisparityUrl", UNSET)

        number_of_loops = d.pop("numberOfLoops", UNSET)

        _output_fps = d.pop("outputFps", UNSET)
        output_fps: AnimationRequestOutputFps | Unset
        if isinstance(_output_fps, Unset):
            output_fps = UNSET
        else:
            output_fps = check_animation_request_output_fps(_output_fps)

        output_height = d.pop("outputHeight", UNSET)

        output_width = d.pop("outputWidth", UNSET)

        pattern = d.pop("pattern", UNSET)

        phase_x = d.pop("phaseX", UNSET)

        phase_y = d.pop("phaseY", UNSET)

        phase_z = d.pop("phaseZ", UNSET)

        result_presigned_url = d.pop("resultPresignedUrl", UNSET)

        animation_request = cls(
            input_image_url=input_image_url,
            amplitude_x=amplitude_x,
            amplitude_y=amplitude_y,
            amplitude_z=amplitude_z,
            animation_length=animation_length,
            animation_type=animation_type,
            convergence=convergence,
            correlation_id=correlation_id,
            gain=gain,
            input_disparity_url=input_disparity_url,
            number_of_loops=number_of_loops,
            output_fps=output_fps,
            output_height=output_height,
            output_width=output_width,
            pattern=pattern,
            phase_x=phase_x,
            phase_y=phase_y,
            phase_z=phase_z,
            result_presigned_url=result_presigned_url,
        )

        animation_request.additional_properties = d
        return animation_request

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
