"""The openai SDK, led to the benchmarks' server; imported by those who measure it alone, as it may be missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

openai: Any = import_module("openai")


class Capture(openai.BaseModel):
    """The same properties as those of the generated model."""

    eid: str
    sid: str | None
    name: str
    created: str
    uploaded: str | None
    state: str
    error_reason: str | None
    state_description: str | None
    error_reason_slug: str | None
    preview_urls: dict[str, str]
    preview_url: str | None
    viewer_url: str | None
    share_url: str | None
    share_link: str | None
    gif_url: str | None
    video_url: str | None
    share_video_url: str | None
    is_public: bool
