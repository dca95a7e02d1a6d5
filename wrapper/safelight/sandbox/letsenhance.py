"""Let's Enhance's three operations, on this machine."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import threading
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from safelight.sandbox.background import Background
from safelight.sandbox.bucket import Bucket
from safelight.sandbox.clock import SandboxClock
from safelight.sandbox.contract import Call
from safelight.sandbox.courier import Courier, as_bytes
from safelight.sandbox.enhance import PRESETS, Picture, enhance, name_of
from safelight.sandbox.front import Refused, Target
from safelight.sandbox.pictures import Unusable
from safelight.sandbox.pipelines import Pipeline, Result, timestamp
from safelight.sandbox.service import ContractService, complaints
from safelight.sandbox.web import Unreachable, fetch

_logger = logging.getLogger(__name__)

_MINUTE = 60.0
_FIRST_ID = 26_082_838
_LIMIT_REASON = "Too Many Requests. Rate limit exceeded."


class LetsEnhanceSandbox(ContractService):
    """The pipelines and everything that it knows of them.

    Args:
        results: Keeps the results.
        background: Where pipelines run.
        courier: Calls their `notify_url`.
        clock: Decides how far they are.
        processing_seconds: How long one is processed.
        credits: The month's quota, one for each URL of a source.
        rate_limit: How many requests are answered within a minute; None answers all.

    Attributes:
        api_key: The key that requests must carry.
        credits: How many are left. May be set.
        rate_limit: As above. May be set.
        rate_limit_status: The status of the reply to one request too many, which the vendor does not tell. May be set.
        submitted: How often each URL was in the source of an accepted pipeline.
    """

    name = "letsenhance"

    def __init__(
        self,
        *,
        results: Bucket,
        background: Background,
        courier: Courier,
        clock: SandboxClock,
        processing_seconds: float,
        credits: int,  # noqa: A002
        rate_limit: int | None,
    ) -> None:
        super().__init__()
        self.api_key = secrets.token_hex(16)
        self.credits = credits
        self.rate_limit = rate_limit
        self.rate_limit_status = 429
        self.submitted: Counter[str] = Counter()
        self._results = results
        self._background = background
        self._courier = courier
        self._clock = clock
        self._processing_seconds = processing_seconds
        self._lock = threading.RLock()
        self._pipelines: dict[int, Pipeline] = {}
        self._answered: deque[float] = deque()
        self._requests = 0
        self._used = 0
        self._failures: list[str] = []
        self.answers = {"submit_pipeline": self._submit, "get_pipeline": self._get, "get_usage": self._usage}

    @property
    def pipelines(self) -> dict[int, Pipeline]:
        """The accepted pipelines by id, oldest first."""
        with self._lock:
            return dict(self._pipelines)

    def fail_next(self, reason: str = "processing failed") -> None:
        """Let the next pipeline that is accepted end in ERROR with this in its `errors`."""
        with self._lock:
            self._failures.append(reason)

    def recognise(self, request: Request) -> Target | None:
        """An operation of the contract; all other paths below `/v1/` are this service's, too."""
        return super().recognise(request) or (Target(None) if request.url.path.startswith("/v1/") else None)

    def admit(self, request: Request) -> None:
        """Check the key, then the rate.

        Raises:
            Refused: 401, or the status for one request too many.
        """
        given = request.headers.get("x-api-key", "")
        if not hmac.compare_digest(given.encode(), self.api_key.encode()):
            raise Refused(401, "The X-API-KEY is missing or wrong.")
        with self._lock:
            now = self._clock.now()
            while self._answered and self._answered[0] <= now - _MINUTE:
                self._answered.popleft()
            if self.rate_limit is not None and len(self._answered) >= self.rate_limit:
                raise Refused(self.rate_limit_status, _LIMIT_REASON)
            self._answered.append(now)
            self._requests += 1

    def refusal(self, refused: Refused) -> Response:
        """`{"status": "REJECTED", "reason": ...}`; what does not fit the contract gets 400."""
        reason = complaints(refused.detail)
        status = 400 if refused.status == 422 else refused.status
        if status >= 500:  # a failure, after which nobody knows whether the job was accepted
            return JSONResponse({"reason": reason}, status, headers=refused.headers)
        return JSONResponse({"status": "REJECTED", "reason": reason}, status, headers=refused.headers)

    async def _submit(self, call: Call) -> Response:
        body = call.body
        for operation in body["operations"]:
            if operation["op"] not in PRESETS:
                raise Refused(400, f"The sandbox does not know the operation {operation['op']!r}.")
        url = body["source"]["http"]["url"]
        urls = [url] if isinstance(url, str) else list(url)
        with self._lock:
            if len(urls) > self.credits:
                raise Refused(402, f"The quota is reached: {self.credits} credits are left, {len(urls)} needed.")
            self.credits -= len(urls)
            self._used += len(urls)
            self.submitted.update(urls)
            pipeline = Pipeline(
                id=_FIRST_ID + len(self._pipelines),
                urls=urls,
                request=body,
                submitted=self._clock.now(),
                due=self._clock.now() + self._processing_seconds,
                planned_error=self._failures.pop(0) if self._failures else None,
            )
            self._pipelines[pipeline.id] = pipeline
        self._background.start(self._process(pipeline))
        return JSONResponse({"status": "ACCEPTED", "pipeline": self._told(pipeline)})

    async def _get(self, call: Call) -> Response:
        pipeline = self.pipelines.get(call.path["id"])
        if pipeline is None:
            raise Refused(404, "There is no such pipeline.")
        if self._clock.now() >= pipeline.due:
            # The time is over; that this machine needs a moment more is not told.
            await pipeline.over.wait()
        return JSONResponse({"pipeline": self._told(pipeline)})

    async def _usage(self, _call: Call) -> Response:
        return JSONResponse(
            {
                "credits": {"used": self._used, "remaining": self.credits, "quota": self._used + self.credits},
                "requests": self._requests,
                "rate_limit_per_minute": self.rate_limit,
            }
        )

    def _told(self, pipeline: Pipeline) -> dict[str, Any]:
        return pipeline.as_json(self._results)

    async def _process(self, pipeline: Pipeline) -> None:
        outcomes = await asyncio.gather(*(self._enhance(pipeline, url) for url in pipeline.urls))
        errors = [outcome for outcome in outcomes if isinstance(outcome, str)]
        await self._background.until(pipeline.due)
        pipeline.results = [outcome for outcome in outcomes if not isinstance(outcome, str)]
        pipeline.errors = errors if pipeline.planned_error is None else [pipeline.planned_error]
        pipeline.finished = self._clock.now()
        pipeline.over.set()
        if pipeline.notify_url:
            told = as_bytes({"id": pipeline.id, "pipeline": self._told(pipeline)})
            pipeline.notifications = self._courier.send(self.name, pipeline.notify_url, told)

    async def _enhance(self, pipeline: Pipeline, url: str) -> Result | str:
        """One picture of a pipeline, or why there is none."""
        try:
            before, after = await self._background.make(enhance, await fetch(url), pipeline.operations)
        except (Unreachable, Unusable) as error:
            return f"{url.partition('?')[0]}: {error}"
        except Exception as error:
            # Whoever waits for the pipeline must see it end.
            _logger.exception("a picture could not be enhanced")
            return f"{url.partition('?')[0]}: the sandbox failed: {error!r}"
        return self._kept(pipeline, url, before, after)

    def _kept(self, pipeline: Pipeline, url: str, before: Picture, after: Picture) -> Result:
        name = name_of(url, before)
        stem = f"{name.rpartition('.')[0]}_{secrets.token_urlsafe(4)}"
        key = f"p/{pipeline.id}/{stem}.{after.extension}"
        if pipeline.keeps_results:
            self._results.put(key, after.data, after.media_type)
        source: Mapping[str, Any] = {**before.as_json(name), "url": url}
        made: Mapping[str, Any] = {**after.as_json(f"{stem}.{after.extension}"), "s3_key": key}
        return Result(timestamp(self._clock.now(), digits=5), source, made)
