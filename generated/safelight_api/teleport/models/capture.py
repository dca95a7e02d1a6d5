from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.capture_error_reason import CaptureErrorReason
from ..models.capture_state import CaptureState

if TYPE_CHECKING:
    from ..models.capture_preview_urls import CapturePreviewUrls


T = TypeVar("T", bound="Capture")


@_attrs_define
class Capture:
    """A capture.

    Attributes:
        eid (str): The capture's id.
        sid (None | str): The id under which the capture is shared; null until it is ready.
        name (str): Its name.
        created (datetime.datetime): When it was created.
        uploaded (datetime.datetime | None): When its upload was completed; null until then.
        state (CaptureState | str): How far the capture is.
        error_reason (CaptureErrorReason | None | str): Why no capture could be made, for programs.
        state_description (None | str): The state, for people.
        error_reason_slug (None | str): The reason of a failure in a short form.
        preview_urls (CapturePreviewUrls): Preview pictures by name.
        preview_url (None | str): A preview picture.
        viewer_url (None | str): A page that shows the capture.
        share_url (None | str): A page to show others.
        share_link (None | str): A link to show others.
        gif_url (None | str): A short animation.
        video_url (None | str): A preview video.
        share_video_url (None | str): A preview video to show others.
        is_public (bool): Whether anybody may see it.
    """

    eid: str
    sid: None | str
    name: str
    created: datetime.datetime
    uploaded: datetime.datetime | None
    state: CaptureState | str
    error_reason: CaptureErrorReason | None | str
    state_description: None | str
    error_reason_slug: None | str
    preview_urls: CapturePreviewUrls
    preview_url: None | str
    viewer_url: None | str
    share_url: None | str
    share_link: None | str
    gif_url: None | str
    video_url: None | str
    share_video_url: None | str
    is_public: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        eid = self.eid

        sid: None | str
        sid = self.sid

        name = self.name

        created = self.created.isoformat()

        uploaded: None | str
        if isinstance(self.uploaded, datetime.datetime):
            uploaded = self.uploaded.isoformat()
        else:
            uploaded = self.uploaded

        state: str
        if isinstance(self.state, CaptureState):
            state = self.state.value
        else:
            state = self.state

        error_reason: None | str
        if isinstance(self.error_reason, CaptureErrorReason):
            error_reason = self.error_reason.value
        else:
            error_reason = self.error_reason

        state_description: None | str
        state_description = self.state_description

        error_reason_slug: None | str
        error_reason_slug = self.error_reason_slug

        preview_urls = self.preview_urls.to_dict()

        preview_url: None | str
        preview_url = self.preview_url

        viewer_url: None | str
        viewer_url = self.viewer_url

        share_url: None | str
        share_url = self.share_url

        share_link: None | str
        share_link = self.share_link

        gif_url: None | str
        gif_url = self.gif_url

        video_url: None | str
        video_url = self.video_url

        share_video_url: None | str
        share_video_url = self.share_video_url

        is_public = self.is_public

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "eid": eid,
                "sid": sid,
                "name": name,
                "created": created,
                "uploaded": uploaded,
                "state": state,
                "error_reason": error_reason,
                "state_description": state_description,
                "error_reason_slug": error_reason_slug,
                "preview_urls": preview_urls,
                "preview_url": preview_url,
                "viewer_url": viewer_url,
                "share_url": share_url,
                "share_link": share_link,
                "gif_url": gif_url,
                "video_url": video_url,
                "share_video_url": share_video_url,
                "is_public": is_public,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.capture_preview_urls import CapturePreviewUrls  # noqa: PLC0415

        d = dict(src_dict)
        eid = d.pop("eid")

        def _parse_sid(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        sid = _parse_sid(d.pop("sid"))

        name = d.pop("name")

        created = datetime.datetime.fromisoformat(d.pop("created"))

        def _parse_uploaded(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                uploaded_type_0 = datetime.datetime.fromisoformat(data)

                return uploaded_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        uploaded = _parse_uploaded(d.pop("uploaded"))

        def _parse_state(data: object) -> CaptureState | str:
            try:
                if not isinstance(data, str):
                    raise TypeError()
                state_type_0 = CaptureState(data)

                return state_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CaptureState | str, data)

        state = _parse_state(d.pop("state"))

        def _parse_error_reason(data: object) -> CaptureErrorReason | None | str:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                error_reason_type_0 = CaptureErrorReason(data)

                return error_reason_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CaptureErrorReason | None | str, data)

        error_reason = _parse_error_reason(d.pop("error_reason"))

        def _parse_state_description(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        state_description = _parse_state_description(d.pop("state_description"))

        def _parse_error_reason_slug(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        error_reason_slug = _parse_error_reason_slug(d.pop("error_reason_slug"))

        preview_urls = CapturePreviewUrls.from_dict(d.pop("preview_urls"))

        def _parse_preview_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        preview_url = _parse_preview_url(d.pop("preview_url"))

        def _parse_viewer_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        viewer_url = _parse_viewer_url(d.pop("viewer_url"))

        def _parse_share_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        share_url = _parse_share_url(d.pop("share_url"))

        def _parse_share_link(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        share_link = _parse_share_link(d.pop("share_link"))

        def _parse_gif_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        gif_url = _parse_gif_url(d.pop("gif_url"))

        def _parse_video_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        video_url = _parse_video_url(d.pop("video_url"))

        def _parse_share_video_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        share_video_url = _parse_share_video_url(d.pop("share_video_url"))

        is_public = d.pop("is_public")

        capture = cls(
            eid=eid,
            sid=sid,
            name=name,
            created=created,
            uploaded=uploaded,
            state=state,
            error_reason=error_reason,
            state_description=state_description,
            error_reason_slug=error_reason_slug,
            preview_urls=preview_urls,
            preview_url=preview_url,
            viewer_url=viewer_url,
            share_url=share_url,
            share_link=share_link,
            gif_url=gif_url,
            video_url=video_url,
            share_video_url=share_video_url,
            is_public=is_public,
        )

        capture.additional_properties = d
        return capture

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
