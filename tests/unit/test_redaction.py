"""What people see holds no signature, no token, and no password."""

from __future__ import annotations

import pytest

from safelight.redaction import redacted

SECRET = "SECRET"
TEXTS = [
    f"cannot read https://b.test/k.jpg?X-Amz-Signature={SECRET}",
    f"HTTPS://b.test/k.jpg?sig={SECRET}",
    f"https://b.test/it's.jpg?X-Amz-Signature={SECRET}",
    f"https://b.test/a?x='y'&sig={SECRET}",
    f'"https://b.test/a?x=<y>&X-Goog-Signature={SECRET}"',
    f"https://me:{SECRET}@b.test/a.jpg",
    f"https://me:p'w{SECRET}@b.test/a.jpg",
    f"Bearer {SECRET}.abc",
    f"the query was X-Amz-Credential={SECRET}&X-Amz-Security-Token={SECRET}",
]


@pytest.mark.parametrize("text", TEXTS)
def test_secrets_are_left_out(text: str) -> None:
    assert SECRET not in redacted(text)


def test_what_is_no_secret_stays() -> None:
    text = "GET https://b.test/k.jpg: 404 (is a signature there? no)"
    assert redacted(text) == text
    assert redacted("at https://b.test/k.jpg?sig=x, or not") == "at https://b.test/k.jpg?... or not"
