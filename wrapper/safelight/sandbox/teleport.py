"""Teleport's eight operations, on this machine."""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from safelight.clock import Clock
from safelight.sandbox.background import Background
from safelight.sandbox.captures import Capture
from safelight.sandbox.contract import Call
from safelight.sandbox.courier import Courier, as_bytes
from safelight.sandbox.front import Refused
from safelight.sandbox.inputs import problem_of
from safelight.sandbox.models import ModelShop
from safelight.sandbox.oauth import TokenEndpoint
from safelight.sandbox.service import ContractService
from safelight.sandbox.storage import MOST_PARTS, Storage

_LARGEST_INPUT = 5 * 1024**4
_USUAL_PAGE = 25
_USUAL_PROFILE = "ply"
_USUAL_QUALITY = "hd"
# How a signature may be written: which of these the service does is assumed.
_ENCODINGS: Mapping[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "sha256=hex": lambda digest: f"sha256={digest.hex()}",
    "base64": lambda digest: base64.b64encode(digest).decode(),
}


class TeleportSandbox(ContractService):
    """The capture API and everything it knows.

    Args:
        tokens: Checks the requests' tokens.
        storage: Takes the inputs.
        models: Makes the results.
        background: Where the ends of captures are waited for.
        courier: Calls the webhook.
        clock: Decides how far captures are.
        processing_seconds: How long a capture is processed.
        chunk_size: The size of a part, in bytes; larger where there would be too many parts.
        url_seconds: How long signed URLs are good for.

    Attributes:
        webhook_secret: What the webhook's calls are signed with.
        largest_page: How many captures a page of the list has at the most, or None: the vendor names no maximum. May be
            set.
        refuses_larger_pages: Whether to answer 422 where more is asked for, rather than give less. May be set.
    """

    name = "teleport"

    def __init__(
        self,
        *,
        tokens: TokenEndpoint,
        storage: Storage,
        models: ModelShop,
        background: Background,
        courier: Courier,
        clock: Clock,
        processing_seconds: float,
        chunk_size: int,
        url_seconds: float,
    ) -> None:
        super().__init__()
        self.webhook_secret = secrets.token_urlsafe(24)
        self.largest_page: int | None = None
        self.refuses_larger_pages = False
        self._tokens = tokens
        self._storage = storage
        self._models = models
        self._background = background
        self._courier = courier
        self._clock = clock
        self._processing_seconds = processing_seconds
        self._chunk_size = chunk_size
        self._url_seconds = url_seconds
        self._lock = threading.RLock()
        self._captures: dict[str, Capture] = {}
        self._failures: list[str] = []
        self._webhook: tuple[str, Callable[[bytes], str]] | None = None
        self.answers = {
            "list_captures": self._list,
            "create_capture": self._create,
            "rename_capture": self._rename,
            "delete_capture": self._delete,
            "create_upload_url": self._create_upload_url,
            "complete_upload": self._complete,
            "share_metadata": self._share_metadata,
            "capture_metadata": self._capture_metadata,
        }

    @property
    def captures(self) -> dict[str, Capture]:
        """The captures by eid, oldest first."""
        with self._lock:
            return dict(self._captures)

    def fail_next(self, reason: str = "CONVERSION_FAILED") -> None:
        """Let the next capture that is completed end in ERROR with this reason, once its processing is over."""
        with self._lock:
            self._failures.append(reason)

    def webhook(self, url: str, *, encoding: str = "hex") -> None:
        """Call this URL, the organisation's only one, when a capture is processed and when that has ended.

        Args:
            url: What is posted to.
            encoding: How the signature in `X-Teleport-Signature` is written: `hex`, `sha256=hex` or `base64`.

        Raises:
            ValueError: There is no such encoding.
        """
        if encoding not in _ENCODINGS:
            raise ValueError(f"encoding is {encoding!r}: {', '.join(_ENCODINGS)}")
        self._webhook = url, _ENCODINGS[encoding]

    def forget(self, eid: str) -> None:
        """Drop a capture and its upload, as if the server had lost them.

        Raises:
            KeyError: There is no such capture.
        """
        with self._lock:
            capture = self._captures.pop(eid)
        self._storage.drop_upload(capture.upload)
        self._models.drop(eid)

    def admit(self, request: Request) -> None:
        """Check the token.

        Raises:
            Refused: 401.
        """
        self._tokens.check(request.headers.get("authorization"))

    def refusal(self, refused: Refused) -> Response:
        """`{"detail": ...}`, as FastAPI answers."""
        return JSONResponse({"detail": refused.detail}, refused.status, headers=refused.headers)

    async def _list(self, call: Call) -> Response:
        limit, offset = call.query.get("limit", _USUAL_PAGE), call.query.get("offset", 0)
        for name, value in (("limit", limit), ("offset", offset)):
            if value < 0:
                raise _complaint(["query", name], "Input should be greater than or equal to 0")
        if self.largest_page is not None and limit > self.largest_page:
            if self.refuses_larger_pages:
                raise _complaint(["query", "limit"], f"Input should be less than or equal to {self.largest_page}")
            limit = self.largest_page
        newest_first = list(reversed(self.captures.values()))[offset : offset + limit]
        return JSONResponse([capture.as_json(zone=_zone(call)) for capture in newest_first])

    async def _create(self, call: Call) -> Response:
        bytesize = call.body["bytesize"]
        if not 0 < bytesize <= _LARGEST_INPUT:
            raise _complaint(["body", "bytesize"], f"Input should be from 1 to {_LARGEST_INPUT}")
        # 10000 parts are the most that S3 takes.
        chunk_size = max(self._chunk_size, -(-bytesize // MOST_PARTS))
        eid = secrets.token_hex(16)
        capture = Capture(
            eid=eid,
            name=call.body["name"],
            bytesize=bytesize,
            chunk_size=chunk_size,
            num_parts=-(-bytesize // chunk_size),
            input_data_format=call.body.get("input_data_format", "commonformat-ios"),
            training_parameters=call.body.get("training_parameters"),
            created=self._clock.now(),
            upload=self._storage.begin_upload(f"/sandbox-uploads/{eid}/input"),
            clock=self._clock,
            processing_seconds=self._processing_seconds,
        )
        with self._lock:
            self._captures[eid] = capture
        return JSONResponse({"eid": eid, "chunk_size": chunk_size, "num_parts": capture.num_parts})

    async def _rename(self, call: Call) -> Response:
        capture = self._capture(call)
        capture.name = call.body["name"]
        return JSONResponse(capture.as_json(zone=_zone(call)))

    async def _delete(self, call: Call) -> Response:
        self.forget(self._capture(call).eid)
        return Response(status_code=204)

    async def _create_upload_url(self, call: Call) -> Response:
        capture = self._open_capture(call)
        number = call.path["part_no"]
        if not 1 <= number <= capture.num_parts:
            raise Refused(400, f"part_no must be from 1 to {capture.num_parts}")
        if call.body["bytesize"] != capture.bytesize:
            raise Refused(400, f"bytesize must be the size of the whole file, {capture.bytesize}")
        return JSONResponse(
            {
                "eid": capture.eid,
                "upload_url": self._storage.part_url(capture.upload, number, self._url_seconds),
                "chunk_size": capture.chunk_size,
            }
        )

    async def _complete(self, call: Call) -> Response:
        capture = self._open_capture(call)
        if problem := _problem_of_parts(capture, call.body["parts"]):
            raise Refused(400, problem)
        self._storage.end_upload(capture.upload)
        with self._lock:
            planned = self._failures.pop(0) if self._failures else None
            # Before the first await: a second completion at the same moment must find this one done.
            capture.uploaded = self._clock.now()
            capture.completed += 1
        capture.error_reason = planned or await asyncio.to_thread(
            problem_of, capture.upload.stream(), capture.input_data_format
        )
        capture.inspected = True
        if capture.state == "PROCESSING":
            self._tell(capture)
        self._background.start(self._follow(capture))
        return JSONResponse(capture.as_json(zone=False))

    async def _share_metadata(self, call: Call) -> Response:
        capture = self._ready_capture(call)
        profiles: Sequence[str] = call.query.get("profiles") or [_USUAL_PROFILE]
        quality = call.query.get("quality", _USUAL_QUALITY)
        models = [await self._models.make(capture, profile, quality) for profile in profiles]
        urls = [self._storage.object_url(model.stored, self._url_seconds) for model in models]
        return JSONResponse(
            {
                "eid": capture.eid,
                "sid": capture.sid,
                "name": capture.name,
                "segmented_capture_eid": None,
                "profile_name": profiles[0],
                "lod": False,
                "hdr_mode": None,
                "nominal_ev": 0,
                "tmo_parameters": None,
                "model_urls": urls,
                "cameras": models[0].cameras,
                "models": [
                    {
                        "url": url,
                        "size": model.stored.size,
                        "id": None,
                        "aabb": {"min": list(model.box[0]), "max": list(model.box[1])},
                        "resolution_range": None,
                        "parent": None,
                    }
                    for url, model in zip(urls, models, strict=True)
                ],
                "video_trajectory": None,
                "reposition_data": None,
            }
        )

    async def _capture_metadata(self, call: Call) -> Response:
        capture = self._ready_capture(call)
        for name in ("crop_variant", "coord_system"):
            if call.query.get(name) is not None:
                raise Refused(404, f"There is no model with {name} {call.query[name]}")
        profile = call.query.get("content_profile", _USUAL_PROFILE)
        model = await self._models.make(capture, profile, _USUAL_QUALITY)
        cameras = await self._models.make_cameras(capture)
        return JSONResponse(
            {
                "model_url": self._storage.object_url(model.stored, self._url_seconds),
                "cameras_url": self._storage.object_url(cameras, self._url_seconds),
            }
        )

    async def _follow(self, capture: Capture) -> None:
        """Tell the webhook how the processing of a capture ends, unless it is deleted before."""
        assert capture.uploaded is not None
        await self._background.until(capture.uploaded + self._processing_seconds)
        if capture.eid in self.captures:
            self._tell(capture)

    def _tell(self, capture: Capture) -> None:
        if self._webhook is None:
            return
        url, encoded = self._webhook
        told = capture.as_json(zone=False)
        # The reason is left out where there is none.
        names = ("eid", "sid", "state", *(["error_reason"] if told["error_reason"] else []))
        content = as_bytes({name: told[name] for name in names})
        digest = hmac.digest(self.webhook_secret.encode(), content, "sha256")
        self._courier.send(self.name, url, content, headers={"X-Teleport-Signature": encoded(digest)})

    def _capture(self, call: Call) -> Capture:
        eid = call.path["eid"]
        with self._lock:
            capture = self._captures.get(eid)
        if capture is None:
            raise Refused(404, "Capture not found")
        return capture

    def _open_capture(self, call: Call) -> Capture:
        capture = self._capture(call)
        if call.body["eid"] != capture.eid:
            raise Refused(400, "The eid of the body is not the one of the path")
        if capture.uploaded is not None:
            raise Refused(400, "The upload is already completed")
        return capture

    def _ready_capture(self, call: Call) -> Capture:
        sid = call.path["sid"]
        capture = next((capture for capture in self.captures.values() if capture.sid == sid), None)
        if capture is None:
            raise Refused(404, "Capture not found")
        return capture


def _zone(call: Call) -> bool:
    return call.query.get("time_zone") in (True, "true", "True", "1")


def _complaint(where: list[Any], message: str) -> Refused:
    return Refused(422, [{"loc": where, "msg": message, "type": "value_error"}])


def _problem_of_parts(capture: Capture, told: Sequence[Mapping[str, Any]]) -> str | None:
    """What is wrong with the list of parts, or None."""
    numbers = [part["number"] for part in told]
    if numbers != list(range(1, capture.num_parts + 1)):
        if sorted(numbers) == list(range(1, capture.num_parts + 1)):
            return "The parts are not in order"
        return f"The parts must be those from 1 to {capture.num_parts}, each once"
    for part in told:
        number, etag = part["number"], part["etag"]
        accepted = capture.parts.get(number)
        if accepted is None:
            return f"Part {number} was not uploaded"
        if etag.startswith('"'):
            return f"Part {number}: send the ETag without its quotes"
        if etag != accepted.md5:
            return f"Part {number}: the ETag is not the uploaded part's"
        if accepted.size != capture.part_size(number):
            return f"Part {number} has {accepted.size} bytes instead of {capture.part_size(number)}"
    return None
