"""What the sandbox's Immersity remembers of its requests, and what they cost."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Any

import attrs

# Credits. Only `disparity` and `animation` are the vendor's names; the rest is assumed.
PRICES: Mapping[str, Mapping[str, float]] = {
    "disparity": {"mono": 5},
    "animation": {"gif": 5, "mp4": 5},
    "sbs": {"image": 5},
    "topBottom": {"image": 5},
    "lif": {"encode": 5, "decode": 5},
    "video": {"second": 2},
    "spatial": {"second": 1},
}


@attrs.define
class Charge:
    """What a request came to; a request that is repeated with its `correlationId` is one.

    Attributes:
        operation: The operation.
        credits: What it has cost: nothing before it succeeds.
        processed: How often its result was made.
        requests: How often it was asked for.
    """

    operation: str
    credits: float = 0
    processed: int = 0
    requests: int = 0


@attrs.frozen
class Order:
    """Something to be made.

    Attributes:
        operation: The operation.
        correlation_id: The request's id.
        body: The request.
        price: What it will have cost.
        due: When it is to be ready, in seconds since 1970.
        over: Set when it has been written, or never will be.
    """

    operation: str
    correlation_id: str
    body: Mapping[str, Any] = attrs.field(repr=False)
    price: float
    due: float
    over: asyncio.Event = attrs.field(factory=asyncio.Event, repr=False, eq=False)


def price_of(prices: Mapping[str, Mapping[str, float]], operation: str, body: Mapping[str, Any]) -> float:
    """What a request costs: a video for each second that it begins."""
    match operation:
        case "create_animation":
            return prices["animation"][body.get("animationType", "mp4")]
        case "create_stereo":
            return prices["sbs"]["image"]
        case "create_top_bottom":
            return prices["topBottom"]["image"]
        case "encode_lif" | "decode_lif":
            return prices["lif"][operation.removesuffix("_lif")]
        case "convert_video" | "convert_spatial_video":
            seconds: float = body["videoLength"]
            return prices["video" if operation == "convert_video" else "spatial"]["second"] * max(1, math.ceil(seconds))
        case _:
            return prices["disparity"]["mono"]
