from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.app_args import AppArgs


T = TypeVar("T", bound="ComputeRequest")


@_attrs_define
class ComputeRequest:
    """How a batch is computed. Nothing has to be said.

    Attributes:
        app_args (AppArgs | Unset): Arguments for the applications that compute. Null has been observed to be refused.
    """

    app_args: AppArgs | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        app_args: dict[str, Any] | Unset = UNSET
        if not isinstance(self.app_args, Unset):
            app_args = self.app_args.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if app_args is not UNSET:
            field_dict["app_args"] = app_args

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.app_args import AppArgs  # noqa: PLC0415

        d = dict(src_dict)
        _app_args = d.pop("app_args", UNSET)
        app_args: AppArgs | Unset
        if isinstance(_app_args, Unset):
            app_args = UNSET
        else:
            app_args = AppArgs.from_dict(_app_args)

        compute_request = cls(
            app_args=app_args,
        )

        compute_request.additional_properties = d
        return compute_request

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
