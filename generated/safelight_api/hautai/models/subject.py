from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.named_item import NamedItem


T = TypeVar("T", bound="Subject")


@_attrs_define
class Subject:
    """A person whose skin is measured.

    Attributes:
        id (int | str): An id. Those of subjects, batches and images are UUIDs, others are numbers.
        name (None | str | Unset): Its name.
        birth_date (None | str | Unset): When the person was born.
        biological_sex (int | NamedItem | None | str | Unset): The person's sex, one of the values that the service has
            for it.
        meta (Any | Unset): Anything of the user's.
        creation_time (datetime.datetime | None | Unset): When it was made.
        company (int | NamedItem | None | str | Unset): The company that it belongs to.
        dataset (int | NamedItem | None | str | Unset): The dataset that it belongs to.
        author_id (int | None | str | Unset): Who made it.
    """

    id: int | str
    name: None | str | Unset = UNSET
    birth_date: None | str | Unset = UNSET
    biological_sex: int | NamedItem | None | str | Unset = UNSET
    meta: Any | Unset = UNSET
    creation_time: datetime.datetime | None | Unset = UNSET
    company: int | NamedItem | None | str | Unset = UNSET
    dataset: int | NamedItem | None | str | Unset = UNSET
    author_id: int | None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.named_item import NamedItem  # noqa: PLC0415

        id: int | str
        id = self.id

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        birth_date: None | str | Unset
        if isinstance(self.birth_date, Unset):
            birth_date = UNSET
        else:
            birth_date = self.birth_date

        biological_sex: dict[str, Any] | int | None | str | Unset
        if isinstance(self.biological_sex, Unset):
            biological_sex = UNSET
        elif isinstance(self.biological_sex, NamedItem):
            biological_sex = self.biological_sex.to_dict()
        else:
            biological_sex = self.biological_sex

        meta = self.meta

        creation_time: None | str | Unset
        if isinstance(self.creation_time, Unset):
            creation_time = UNSET
        elif isinstance(self.creation_time, datetime.datetime):
            creation_time = self.creation_time.isoformat()
        else:
            creation_time = self.creation_time

        company: dict[str, Any] | int | None | str | Unset
        if isinstance(self.company, Unset):
            company = UNSET
        elif isinstance(self.company, NamedItem):
            company = self.company.to_dict()
        else:
            company = self.company

        dataset: dict[str, Any] | int | None | str | Unset
        if isinstance(self.dataset, Unset):
            dataset = UNSET
        elif isinstance(self.dataset, NamedItem):
            dataset = self.dataset.to_dict()
        else:
            dataset = self.dataset

        author_id: int | None | str | Unset
        if isinstance(self.author_id, Unset):
            author_id = UNSET
        else:
            author_id = self.author_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if birth_date is not UNSET:
            field_dict["birth_date"] = birth_date
        if biological_sex is not UNSET:
            field_dict["biological_sex"] = biological_sex
        if meta is not UNSET:
            field_dict["meta"] = meta
        if creation_time is not UNSET:
            field_dict["creation_time"] = creation_time
        if company is not UNSET:
            field_dict["company"] = company
        if dataset is not UNSET:
            field_dict["dataset"] = dataset
        if author_id is not UNSET:
            field_dict["author_id"] = author_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.named_item import NamedItem  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_id(data: object) -> int | str:
            return cast(int | str, data)

        id = _parse_id(d.pop("id"))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_birth_date(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        birth_date = _parse_birth_date(d.pop("birth_date", UNSET))

        def _parse_biological_sex(data: object) -> int | NamedItem | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                biological_sex_type_0 = NamedItem.from_dict(data)

                return biological_sex_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | NamedItem | None | str | Unset, data)

        biological_sex = _parse_biological_sex(d.pop("biological_sex", UNSET))

        meta = d.pop("meta", UNSET)

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

        def _parse_company(data: object) -> int | NamedItem | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                company_type_0 = NamedItem.from_dict(data)

                return company_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | NamedItem | None | str | Unset, data)

        company = _parse_company(d.pop("company", UNSET))

        def _parse_dataset(data: object) -> int | NamedItem | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                dataset_type_0 = NamedItem.from_dict(data)

                return dataset_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(int | NamedItem | None | str | Unset, data)

        dataset = _parse_dataset(d.pop("dataset", UNSET))

        def _parse_author_id(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        author_id = _parse_author_id(d.pop("author_id", UNSET))

        subject = cls(
            id=id,
            name=name,
            birth_date=birth_date,
            biological_sex=biological_sex,
            meta=meta,
            creation_time=creation_time,
            company=company,
            dataset=dataset,
            author_id=author_id,
        )

        subject.additional_properties = d
        return subject

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
