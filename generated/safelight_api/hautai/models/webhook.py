from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Webhook")


@_attrs_define
class Webhook:
    """What is called when an image has been computed.

    Attributes:
        url (None | str | Unset): The URL.
        authorization (None | str | Unset): Where the credential is.
        authorization_key (None | str | Unset): The credential's name.
        authorization_value (None | str | Unset): The credential.
        method (None | str | Unset): The method of the call.
        enabled (bool | None | Unset): Whether it is called at all.
        secret_key (None | str | Unset): A secret that the service made. What it is for is not documented.
    """

    url: None | str | Unset = UNSET
    authorization: None | str | Unset = UNSET
    authorization_key: None | str | Unset = UNSET
    authorization_value: None | str | Unset = UNSET
    method: None | str | Unset = UNSET
    enabled: bool | None | Unset = UNSET
    secret_key: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        url: None | str | Unset
        if isinstance(self.url, Unset):
            url = UNSET
        else:
            url = self.url

        authorization: None | str | Unset
        if isinstance(self.authorization, Unset):
            authorization = UNSET
        else:
            authorization = self.authorization

        authorization_key: None | str | Unset
        if isinstance(self.authorization_key, Unset):
            authorization_key = UNSET
        else:
            authorization_key = self.authorization_key

        authorization_value: None | str | Unset
        if isinstance(self.authorization_value, Unset):
            authorization_value = UNSET
        else:
            authorization_value = self.authorization_value

        method: None | str | Unset
        if isinstance(self.method, Unset):
            method = UNSET
        else:
            method = self.method

        enabled: bool | None | Unset
        if isinstance(self.enabled, Unset):
            enabled = UNSET
        else:
            enabled = self.enabled

        secret_key: None | str | Unset
        if isinstance(self.secret_key, Unset):
            secret_key = UNSET
        else:
            secret_key = self.secret_key

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if url is not UNSET:
            field_dict["url"] = url
        if authorization is not UNSET:
            field_dict["authorization"] = authorization
        if authorization_key is not UNSET:
            field_dict["authorization_key"] = authorization_key
        if authorization_value is not UNSET:
            field_dict["authorization_value"] = authorization_value
        if method is not UNSET:
            field_dict["method"] = method
        if enabled is not UNSET:
            field_dict["enabled"] = enabled
        if secret_key is not UNSET:
            field_dict["secret_key"] = secret_key

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        url = _parse_url(d.pop("url", UNSET))

        def _parse_authorization(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        authorization = _parse_authorization(d.pop("authorization", UNSET))

        def _parse_authorization_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        authorization_key = _parse_authorization_key(d.pop("authorization_key", UNSET))

        def _parse_authorization_value(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        authorization_value = _parse_authorization_value(d.pop("authorization_value", UNSET))

        def _parse_method(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        method = _parse_method(d.pop("method", UNSET))

        def _parse_enabled(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        enabled = _parse_enabled(d.pop("enabled", UNSET))

        def _parse_secret_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        secret_key = _parse_secret_key(d.pop("secret_key", UNSET))

        webhook = cls(
            url=url,
            authorization=authorization,
            authorization_key=authorization_key,
            authorization_value=authorization_value,
            method=method,
            enabled=enabled,
            secret_key=secret_key,
        )

        webhook.additional_properties = d
        return webhook

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
