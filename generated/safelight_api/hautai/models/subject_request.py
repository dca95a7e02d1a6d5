from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SubjectRequest")


@_attrs_define
class SubjectRequest:
    """A person whose skin is to be measured.

    Attributes:
        name (str): A name by which to find it again. It need be neither the person's nor unique.
        birth_date (None | str | Unset): When the person was born.
        biological_sex (None | str | Unset): The id of one of the values that the service has for the person's sex.
        meta (Any | Unset): Anything of the user's.
    """

    name: str
    birth_date: None | str | Unset = UNSET
    biological_sex: None | str | Unset = UNSET
    meta: Any | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        birth_date: None | str | Unset
        if isinstance(self.birth_date, Unset):
            birth_date = UNSET
        else:
            birth_date = self.birth_date

        biological_sex: None | str | Unset
        if isinstance(self.biological_sex, Unset):
            biological_sex = UNSET
        else:
            biological_sex = self.biological_sex

        meta = self.meta

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
            }
        )
        if birth_date is not UNSET:
            field_dict["birth_date"] = birth_date
        if biological_sex is not UNSET:
            field_dict["biological_sex"] = biological_sex
        if meta is not UNSET:
            field_dict["meta"] = meta

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        def _parse_birth_date(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        birth_date = _parse_birth_date(d.pop("birth_date", UNSET))

        def _parse_biological_sex(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        biological_sex = _parse_biological_sex(d.pop("biological_sex", UNSET))

        meta = d.pop("meta", UNSET)

        subject_request = cls(
            name=name,
            birth_date=birth_date,
            biological_sex=biological_sex,
            meta=meta,
        )

        subject_request.additional_properties = d
        return subject_request

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
