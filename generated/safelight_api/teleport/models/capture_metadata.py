from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.camera_matrix import CameraMatrix
    from ..models.capture_reposition_data_output_schema import CaptureRepositionDataOutputSchema
    from ..models.segment_model import SegmentModel
    from ..models.video_trajectory import VideoTrajectory


T = TypeVar("T", bound="CaptureMetadata")


@_attrs_define
class CaptureMetadata:
    """What there is of a capture that is ready.

    Attributes:
        eid (str): The capture's id.
        name (str): The capture's name.
        segmented_capture_eid (None | str): The id of the capture that was cut out of this one, or that this one was cut
            out of.
        profile_name (str): The form of the models.
        lod (bool): Whether the models are levels of detail.
        model_urls (list[str]): Where the models are; `models` says more.
        cameras (list[CameraMatrix]): Where the input's cameras stood.
        models (list[SegmentModel]): The models that were asked for.
        sid (None | str | Unset): The id under which the capture is shared.
        hdr_mode (None | str | Unset): How high dynamic range is handled.
        nominal_ev (int | None | Unset): The exposure value that the model was made for. Default: 0.
        tmo_parameters (list[float] | None | Unset): Numbers for the tone mapping.
        video_trajectory (None | Unset | VideoTrajectory): The way of the camera in the preview video.
        reposition_data (CaptureRepositionDataOutputSchema | None | Unset): How the capture was turned and scaled by its
            owner.
    """

    eid: str
    name: str
    segmented_capture_eid: None | str
    profile_name: str
    lod: bool
    model_urls: list[str]
    cameras: list[CameraMatrix]
    models: list[SegmentModel]
    sid: None | str | Unset = UNSET
    hdr_mode: None | str | Unset = UNSET
    nominal_ev: int | None | Unset = 0
    tmo_parameters: list[float] | None | Unset = UNSET
    video_trajectory: None | Unset | VideoTrajectory = UNSET
    reposition_data: CaptureRepositionDataOutputSchema | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.capture_reposition_data_output_schema import CaptureRepositionDataOutputSchema  # noqa: PLC0415
        from ..models.video_trajectory import VideoTrajectory  # noqa: PLC0415

        eid = self.eid

        name = self.name

        segmented_capture_eid: None | str
        segmented_capture_eid = self.segmented_capture_eid

        profile_name = self.profile_name

        lod = self.lod

        model_urls = self.model_urls

        cameras = []
        for cameras_item_data in self.cameras:
            cameras_item = cameras_item_data.to_dict()
            cameras.append(cameras_item)

        models = []
        for models_item_data in self.models:
            models_item = models_item_data.to_dict()
            models.append(models_item)

        sid: None | str | Unset
        if isinstance(self.sid, Unset):
            sid = UNSET
        else:
            sid = self.sid

        hdr_mode: None | str | Unset
        if isinstance(self.hdr_mode, Unset):
            hdr_mode = UNSET
        else:
            hdr_mode = self.hdr_mode

        nominal_ev: int | None | Unset
        if isinstance(self.nominal_ev, Unset):
            nominal_ev = UNSET
        else:
            nominal_ev = self.nominal_ev

        tmo_parameters: list[float] | None | Unset
        if isinstance(self.tmo_parameters, Unset):
            tmo_parameters = UNSET
        elif isinstance(self.tmo_parameters, list):
            tmo_parameters = self.tmo_parameters

        else:
            tmo_parameters = self.tmo_parameters

        video_trajectory: dict[str, Any] | None | Unset
        if isinstance(self.video_trajectory, Unset):
            video_trajectory = UNSET
        elif isinstance(self.video_trajectory, VideoTrajectory):
            video_trajectory = self.video_trajectory.to_dict()
        else:
            video_trajectory = self.video_trajectory

        reposition_data: dict[str, Any] | None | Unset
        if isinstance(self.reposition_data, Unset):
            reposition_data = UNSET
        elif isinstance(self.reposition_data, CaptureRepositionDataOutputSchema):
            reposition_data = self.reposition_data.to_dict()
        else:
            reposition_data = self.reposition_data

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "eid": eid,
                "name": name,
                "segmented_capture_eid": segmented_capture_eid,
                "profile_name": profile_name,
                "lod": lod,
                "model_urls": model_urls,
                "cameras": cameras,
                "models": models,
            }
        )
        if sid is not UNSET:
            field_dict["sid"] = sid
        if hdr_mode is not UNSET:
            field_dict["hdr_mode"] = hdr_mode
        if nominal_ev is not UNSET:
            field_dict["nominal_ev"] = nominal_ev
        if tmo_parameters is not UNSET:
            field_dict["tmo_parameters"] = tmo_parameters
        if video_trajectory is not UNSET:
            field_dict["video_trajectory"] = video_trajectory
        if reposition_data is not UNSET:
            field_dict["reposition_data"] = reposition_data

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.camera_matrix import CameraMatrix  # noqa: PLC0415
        from ..models.capture_reposition_data_output_schema import CaptureRepositionDataOutputSchema  # noqa: PLC0415
        from ..models.segment_model import SegmentModel  # noqa: PLC0415
        from ..models.video_trajectory import VideoTrajectory  # noqa: PLC0415

        d = dict(src_dict)
        eid = d.pop("eid")

        name = d.pop("name")

        def _parse_segmented_capture_eid(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        segmented_capture_eid = _parse_segmented_capture_eid(d.pop("segmented_capture_eid"))

        profile_name = d.pop("profile_name")

        lod = d.pop("lod")

        model_urls = cast(list[str], d.pop("model_urls"))

        cameras = []
        _cameras = d.pop("cameras")
        for cameras_item_data in _cameras:
            cameras_item = CameraMatrix.from_dict(cameras_item_data)

            cameras.append(cameras_item)

        models = []
        _models = d.pop("models")
        for models_item_data in _models:
            models_item = SegmentModel.from_dict(models_item_data)

            models.append(models_item)

        def _parse_sid(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        sid = _parse_sid(d.pop("sid", UNSET))

        def _parse_hdr_mode(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        hdr_mode = _parse_hdr_mode(d.pop("hdr_mode", UNSET))

        def _parse_nominal_ev(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        nominal_ev = _parse_nominal_ev(d.pop("nominal_ev", UNSET))

        def _parse_tmo_parameters(data: object) -> list[float] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                tmo_parameters_type_0 = cast(list[float], data)

                return tmo_parameters_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[float] | None | Unset, data)

        tmo_parameters = _parse_tmo_parameters(d.pop("tmo_parameters", UNSET))

        def _parse_video_trajectory(data: object) -> None | Unset | VideoTrajectory:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                video_trajectory_type_0 = VideoTrajectory.from_dict(data)

                return video_trajectory_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | VideoTrajectory, data)

        video_trajectory = _parse_video_trajectory(d.pop("video_trajectory", UNSET))

        def _parse_reposition_data(data: object) -> CaptureRepositionDataOutputSchema | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                reposition_data_type_0 = CaptureRepositionDataOutputSchema.from_dict(data)

                return reposition_data_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CaptureRepositionDataOutputSchema | None | Unset, data)

        reposition_data = _parse_reposition_data(d.pop("reposition_data", UNSET))

        capture_metadata = cls(
            eid=eid,
            name=name,
            segmented_capture_eid=segmented_capture_eid,
            profile_name=profile_name,
            lod=lod,
            model_urls=model_urls,
            cameras=cameras,
            models=models,
            sid=sid,
            hdr_mode=hdr_mode,
            nominal_ev=nominal_ev,
            tmo_parameters=tmo_parameters,
            video_trajectory=video_trajectory,
            reposition_data=reposition_data,
        )

        capture_metadata.additional_properties = d
        return capture_metadata

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
