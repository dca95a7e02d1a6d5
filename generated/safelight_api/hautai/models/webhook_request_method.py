from typing import Literal

WebhookRequestMethod = Literal["get", "post"]

WEBHOOK_REQUEST_METHOD_VALUES: set[WebhookRequestMethod] = {
    "get",
    "post",
}


def check_webhook_request_method(value: str) -> WebhookRequestMethod:
    if value in WEBHOOK_REQUEST_METHOD_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WEBHOOK_REQUEST_METHOD_VALUES!r}")
