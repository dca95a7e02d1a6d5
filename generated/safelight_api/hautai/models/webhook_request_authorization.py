from typing import Literal

WebhookRequestAuthorization = Literal["basic", "bearer", "query"]

WEBHOOK_REQUEST_AUTHORIZATION_VALUES: set[WebhookRequestAuthorization] = {
    "basic",
    "bearer",
    "query",
}


def check_webhook_request_authorization(value: str) -> WebhookRequestAuthorization:
    if value in WEBHOOK_REQUEST_AUTHORIZATION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WEBHOOK_REQUEST_AUTHORIZATION_VALUES!r}")
