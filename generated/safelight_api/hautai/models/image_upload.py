from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.links import Links
    from ..models.named_item import NamedItem
    from ..models.upload_url import UploadUrl


T = TypeVar("T", bound="ImageUpload")


@_attrs_define
class ImageUpload:
    """An image and where its file goes.

    Attributes:
        id (int | str): An id. Those of subjects, batches and images are UUIDs, others are numbers.
        image_batch_id (int | str): An id. Those of subjects, batches and images are UUIDs, others are numbers.
        upload_url (UploadUrl): Where a file goes, and how.
        name (None | str | Unset): Its name.
        side (int | NamedItem | None | str | Unset): Which side it shows: 1 front, 2 right, 3 left.
        side_id (int | None | Unset): The same, under the name that requests have for it.
        light (int | NamedItem | None | str | Unset): In which light it was taken, 1 regular.
        image_type (int | NamedItem | None | str | Unset): Which kind of picture the dataset has.
        creation_time (datetime.datetime | None | Unset): When it was made.
        quality_score (Any | Unset): How good the picture is to compute with.
        quality_feedback (Any | Unset): What is to be said about its quality.
        quality_result (Any | Unset): What the algorithm for quality says.
        quality_issues (Any | Unset): What is wrong with its quality.
        problems (Any | Unset): What else is wrong with it.
        urls (Links | None | Unset): URLs that give it, such as `original`.
        aux_images (Any | Unset): Its aux images. That they can be reached from here is documented, under which name is
            not.
    """

    id: int | str
    image_batch_id: int | str
    upload_url: UploadUrl
    name: None | str | Unset = UNSET
    side: int | NamedItem | None | str | Unset = UNSET
    side_id: int | None | Unset = UNSET
    light: int | NamedItem | None | str | Unset = UNSET
    image_type: int | NamedItem | None | str | Unset = UNSET
    creation_time: datetime.datetime | None | Unset = UNSET
    quality_score: Any | Unset = UNSET
    quality_feedback: Any | Unset = UNSET
    quality_result: Any | Unset = UNSET
    quality_issues: Any | Unset = UNSET
    problems: Any | Unset = UNSET
    urls: Links | None | Unset = UNSET
    aux_images: Any | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.links import Links  # noqa: PLC0415
        from ..models.named_item import NamedItem  # noqa: PLC0415

        id: int | str
        id = self.id

        image_batch_id: int | str
        image_batch_id = self.image_batch_id

        upload_url = self.upload_url.to_dict()

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        side: dict[str, Any] | int | None | str | Unset
        if isinstance(self.side, Unset):
            side = UNSET
        elif isinstance(self.side, NamedItem):
            side = self.side.to_dict()
        else:
            side = self.side

        side_id: int | None | Unset
        if isinstance(self.side_id, Unset):
            side_id = UNSET
        else:
            side_id = self.side_id

        light: dict[str, Any] | int | None | str | Unset
        if isinstance(self.light, Unset):
            light = UNSET
        elif isinstance(self.light, NamedItem):
            light = self.light.to_dict()
        else:
            light = self.light

        image_type: dict[str, Any] | int | None | str | Unset
        if isinstance(self.image_type, Unset):
            image_type = UNSET
        elif isinstance(self.image_type, NamedItem):
            image_type = self.image_type.to_dict()
        else:
            image_type = self.image_type

        creation_time: None | str | Unset
        if isinstance(self.creation_time, Unset):
            creation_time = UNSET
        elif isinstance(self.creation_time, datetime.datetime):
            creation_time = self.creation_time.isoformat()
        else:
            creation_time = self.creation_time

        quality_score = self.quality_score

        quality_feedback = self.quality_feedback

        quality_result = self.quality_result

        quality_issues = self.quality_issues

        problems = self.problems

        urls: dict[str, Any] | None | Unset
        if isinstance(self.urls, Unset):
            urls = UNSET
        elif isinstance(self.urls, Links):
            urls = self.urls.to_dict()
        else:
            urls = self.urls

        aux_images = self.aux_images

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "image_batch_id": image_batch_id,
                "upload_url": upload_url,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if side is not UNSET:
            field_dict["side"] = side
        if side_id is not UNSET:
            field_dict["side_id"] = side_id
        if light is not UNSET:
            field_dict["light"] = light
        if image_type is not UNSET:
            field_dict["image_type"] = image_type
        if creation_time is not UNSET:
            field_dict["creation_time"] = creation_time
        if quality_score is not UNSET:
            field_dict["quality_score"] = quality_score
        if quality_feedback is not UNSET:
            field_dict["quality_feedback"] = quality_feedback
        if quality_result is not UNSET:
            field_dict["quality_result"] = quality_result
        if quality_issues is not UNSET:
            field_dict["quality_issues"] = quality_issues
        if problems is not UNSET:
            field_dict["problems"] = problems
        if urls is not UNSET:
            field_dict["urls"] = urls
        if aux_images is not UNSET:
            field_dict["aux_images"] = aux_images

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.links import Links  # noqa: PLC0415
        from ..models.named_item import NamedItem  # noqa: PLC0415
        from ..models.upload_url import UploadUrl  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_id(data: object) -> int | str:
            return cast(int | str, data)

        id = _parse_id(d.pop("id"))

        def _parse_image_batch_id(data: object) -> int | str:
            return cast(int | str, data)

        image_batch_id = _parse_image_batch_id(d.pop("image_batch_id"))

        upload_url = UploadUrl.from_dict(d.pop("upload_url"))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_side(data: object) -> int | NamedItem | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                side_type_0 = NamedItem.from_dict(data)

                return side_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | NamedItem | None | str | Unset, data)

        side = _parse_side(d.pop("side", UNSET))

        def _parse_side_id(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        side_id = _parse_side_id(d.pop("side_id", UNSET))

        def _parse_light(data: object) -> int | NamedItem | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                light_type_0 = NamedItem.from_dict(data)

                return light_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | NamedItem | None | str | Unset, data)

        light = _parse_light(d.pop("light", UNSET))

        def _parse_image_type(data: object) -> int | NamedItem | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                image_type_type_0 = NamedItem.from_dict(data)

                return image_type_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | NamedItem | None | str | Unset, data)

        image_type = _parse_image_type(d.pop("image_type", UNSET))

        def _parse_creation_time(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                creation_time_type_0 = datetime.datetime.fromisoformat(data)

                return creation_time_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        creation_time = _parse_creation_time(d.pop("creation_time", UNSET))

        quality_score = d.pop("quality_score", UNSET)

        quality_feedback = d.pop("quality_feedback", UNSET)

        quality_result = d.pop("quality_result", UNSET)

        quality_issues = d.pop("quality_issues", UNSET)

        problems = d.pop("problems", UNSET)

        def _parse_urls(data: object) -> Links | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                urls_type_0 = Links.from_dict(data)

                return urls_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Links | None | Unset, data)

        urls = _parse_urls(d.pop("urls", UNSET))

        aux_images = d.pop("aux_images", UNSET)

        image_upload = cls(
            id=id,
            image_batch_id=image_batch_id,
            upload_url=upload_url,
            name=name,
            side=side,
            side_id=side_id,
            light=light,
            image_type=image_type,
            creation_time=creation_time,
            quality_score=quality_score,
            quality_feedback=quality_feedback,
            quality_result=quality_result,
            quality_issues=quality_issues,
            problems=problems,
            urls=urls,
            aux_images=aux_images,
        )

        image_upload.additional_properties = d
        return image_upload

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
