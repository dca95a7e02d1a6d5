from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.webhook_request_authorization import WebhookRequestAuthorization, check_webhook_request_authorization
from ..models.webhook_request_method import WebhookRequestMethod, check_webhook_request_method
from ..types import UNSET, Unset

T = TypeVar("T", bound="WebhookRequest")


@_attrs_define
class WebhookRequest:
    """What is to be called when an image has been computed.

    Attributes:
        url (str): The URL.
        authorization (WebhookRequestAuthorization): Where the credential is.
        authorization_key (str): The credential's name.
        authorization_value (str): The credential.
        method (WebhookRequestMethod): The method of the call.
        enabled (bool | Unset): Whether it is called at all.
        add_survey_answers (bool | Unset): Whether answers to surveys come with it.
        merge_webhooks (bool | Unset): Whether calls are put together. How is not documented.
    """

    url: str
    authorization: WebhookRequestAuthorization
    authorization_key: str
    authorization_value: str
    method: WebhookRequestMethod
    enabled: bool | Unset = UNSET
    add_survey_answers: bool | Unset = UNSET
    merge_webhooks: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        authorization: str = self.authorization

        authorization_key = self.authorization_key

        authorization_value = self.authorization_value

        method: str = self.method

        enabled = self.enabled

        add_survey_answers = self.add_survey_answers

        merge_webhooks = self.merge_webhooks

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "url": url,
                "authorization": authorization,
                "authorization_key": authorization_key,
                "authorization_value": authorization_value,
                "method": method,
            }
        )
        if enabled is not UNSET:
            field_dict["enabled"] = enabled
        if add_survey_answers is not UNSET:
            field_dict["add_survey_answers"] = add_survey_answers
        if merge_webhooks is not UNSET:
            field_dict["merge_webhooks"] = merge_webhooks

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        url = d.pop("url")

        authorization = check_webhook_request_authorization(d.pop("authorization"))

        authorization_key = d.pop("authorization_key")

        authorization_value = d.pop("authorization_value")

        method = check_webhook_request_method(d.pop("method"))

        enabled = d.pop("enabled", UNSET)

        add_survey_answers = d.pop("add_survey_answers", UNSET)

        merge_webhooks = d.pop("merge_webhooks", UNSET)

        webhook_request = cls(
            url=url,
            authorization=authorization,
            authorization_key=authorization_key,
            authorization_value=authorization_value,
            method=method,
            enabled=enabled,
            add_survey_answers=add_survey_answers,
            merge_webhooks=merge_webhooks,
        )

        webhook_request.additional_properties = d
        return webhook_request

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
