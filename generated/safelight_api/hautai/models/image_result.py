from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ImageResult")


@_attrs_define
class ImageResult:
    """What one algorithm says of an image.

    Attributes:
        id (int | None | str | Unset): Its id.
        result (Any | Unset): What it says: a number, or an object. An object has `area_results`, or an `error` in
            words, such as `No face detected` or `Not full face`.
        is_ok (bool | None | Unset): Whether the algorithm went well.
        image_id (int | None | str | Unset): The image's id.
        algorithm_version_id (int | None | str | Unset): Which algorithm it is of, and which version of that.
        algorithm_family_tech_name (None | str | Unset): Which algorithm it is of, such as `selfie_v2.acne`.
        creation_time (datetime.datetime | None | Unset): When it was made.
        application_id (int | None | str | Unset): Which application the algorithm belongs to.
        application_name (None | str | Unset): The application's name.
        application_description (None | str | Unset): What it does.
        application_run_id (int | None | str | Unset): Of which attachment to the dataset that application is.
    """

    id: int | None | str | Unset = UNSET
    result: Any | Unset = UNSET
    is_ok: bool | None | Unset = UNSET
    image_id: int | None | str | Unset = UNSET
    algorithm_version_id: int | None | str | Unset = UNSET
    algorithm_family_tech_name: None | str | Unset = UNSET
    creation_time: datetime.datetime | None | Unset = UNSET
    application_id: int | None | str | Unset = UNSET
    application_name: None | str | Unset = UNSET
    application_description: None | str | Unset = UNSET
    application_run_id: int | None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id: int | None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        result = self.result

        is_ok: bool | None | Unset
        if isinstance(self.is_ok, Unset):
            is_ok = UNSET
        else:
            is_ok = self.is_ok

        image_id: int | None | str | Unset
        if isinstance(self.image_id, Unset):
            image_id = UNSET
        else:
            image_id = self.image_id

        algorithm_version_id: int | None | str | Unset
        if isinstance(self.algorithm_version_id, Unset):
            algorithm_version_id = UNSET
        else:
            algorithm_version_id = self.algorithm_version_id

        algorithm_family_tech_name: None | str | Unset
        if isinstance(self.algorithm_family_tech_name, Unset):
            algorithm_family_tech_name = UNSET
        else:
            algorithm_family_tech_name = self.algorithm_family_tech_name

        creation_time: None | str | Unset
        if isinstance(self.creation_time, Unset):
            creation_time = UNSET
        elif isinstance(self.creation_time, datetime.datetime):
            creation_time = self.creation_time.isoformat()
        else:
            creation_time = self.creation_time

        application_id: int | None | str | Unset
        if isinstance(self.application_id, Unset):
            application_id = UNSET
        else:
            application_id = self.application_id

        application_name: None | str | Unset
        if isinstance(self.application_name, Unset):
            application_name = UNSET
        else:
            application_name = self.application_name

        application_description: None | str | Unset
        if isinstance(self.application_description, Unset):
            application_description = UNSET
        else:
            application_description = self.application_description

        application_run_id: int | None | str | Unset
        if isinstance(self.application_run_id, Unset):
            application_run_id = UNSET
        else:
            application_run_id = self.application_run_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if result is not UNSET:
            field_dict["result"] = result
        if is_ok is not UNSET:
            field_dict["is_ok"] = is_ok
        if image_id is not UNSET:
            field_dict["image_id"] = image_id
        if algorithm_version_id is not UNSET:
            field_dict["algorithm_version_id"] = algorithm_version_id
        if algorithm_family_tech_name is not UNSET:
            field_dict["algorithm_family_tech_name"] = algorithm_family_tech_name
        if creation_time is not UNSET:
            field_dict["creation_time"] = creation_time
        if application_id is not UNSET:
            field_dict["application_id"] = application_id
        if application_name is not UNSET:
            field_dict["application_name"] = application_name
        if application_description is not UNSET:
            field_dict["application_description"] = application_description
        if application_run_id is not UNSET:
            field_dict["application_run_id"] = application_run_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        id = _parse_id(d.pop("id", UNSET))

        result = d.pop("result", UNSET)

        def _parse_is_ok(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        is_ok = _parse_is_ok(d.pop("is_ok", UNSET))

        def _parse_image_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        image_id = _parse_image_id(d.pop("image_id", UNSET))

        def _parse_algorithm_version_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        algorithm_version_id = _parse_algorithm_version_id(d.pop("algorithm_version_id", UNSET))

        def _parse_algorithm_family_tech_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        algorithm_family_tech_name = _parse_algorithm_family_tech_name(d.pop("algorithm_family_tech_name", UNSET))

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

        def _parse_application_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        application_id = _parse_application_id(d.pop("application_id", UNSET))

        def _parse_application_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        application_name = _parse_application_name(d.pop("application_name", UNSET))

        def _parse_application_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        application_description = _parse_application_description(d.pop("application_description", UNSET))

        def _parse_application_run_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        application_run_id = _parse_application_run_id(d.pop("application_run_id", UNSET))

        image_result = cls(
            id=id,
            result=result,
            is_ok=is_ok,
            image_id=image_id,
            algorithm_version_id=algorithm_version_id,
            algorithm_family_tech_name=algorithm_family_tech_name,
            creation_time=creation_time,
            application_id=application_id,
            application_name=application_name,
            application_description=application_description,
            application_run_id=application_run_id,
        )

        image_result.additional_properties = d
        return image_result

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
