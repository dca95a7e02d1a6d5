"""Immersity's ten operations, on this machine; LeiaPix's are the same ones with other tokens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import threading
import uuid
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from safelight.sandbox.background import Background
from safelight.sandbox.bucket import Bucket
from safelight.sandbox.clock import SandboxClock
from safelight.sandbox.contract import Call
from safelight.sandbox.courier import Courier, Delivery, as_bytes
from safelight.sandbox.front import Refused
from safelight.sandbox.oauth import TokenEndpoint
from safelight.sandbox.pictures import Unusable
from safelight.sandbox.service import ContractService, complaints
from safelight.sandbox.transactions import PRICES, Charge, Order, price_of
from safelight.sandbox.transformations import IMAGE_OPERATIONS, VIDEO_OPERATIONS, Made
from safelight.sandbox.videos import length_of
from safelight.sandbox.web import Unreachable, fetch, put

_logger = logging.getLogger(__name__)

NOT_WRITABLE = "ERROR_OUTPUT_URL_IS_NOT_WRITABLE"
NOT_ENOUGH_CREDITS = "NOT_ENOUGH_CREDIT_BALANCE"
VIDEO_LENGTH_MISMATCH = "ERROR_VIDEO_LENGTH_MISMATCH"
# The codes above have been seen; those below are assumed.
NOT_READABLE = "ERROR_INPUT_URL_IS_NOT_READABLE"
NOT_USABLE = "ERROR_INPUT_IS_NOT_SUPPORTED"
WRONG_PARAMETERS = "ERROR_INVALID_PARAMETERS"
WRONG_AMOUNT = "ERROR_CREDIT_AMOUNT_MISMATCH"
ID_IN_USE = "ERROR_CORRELATION_ID_IN_USE"

_CODES = {400: WRONG_PARAMETERS, 401: "UNAUTHORIZED", 402: NOT_ENOUGH_CREDITS, 404: "NOT_FOUND", 405: "NOT_ALLOWED"}
_UPLOAD_SECONDS = 24 * 3600
# How far the given length of a video may be from its own.
_TOLERANCE_SECONDS = 0.5
_INPUTS = re.compile(r"input\w+Url")
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)


class ImmersitySandbox(ContractService):
    """The operations, the account, and what was charged.

    Args:
        tokens: The token endpoints, whose tokens are all good here.
        storage: The service's own storage, for uploads and for results that nobody gave a URL for.
        background: Where the work is done.
        courier: Calls the `callbackUrl`s.
        clock: Decides how far videos are.
        processing_seconds: How long a video is processed.
        credits: The account's balance at first.
        url_seconds: How long URLs of results in the service's own storage are good for.

    Attributes:
        tokens: The token endpoints by the name of their service.
        balance: The credits that are left. May be set.
        prices: What everything costs, as `get_prices` tells; a video costs so much for each second begun. May be set.
        success_status: The status of a picture operation's success: the document says 200, the vendor's sample 201.
            May be set.
        delay_seconds: How long a picture operation takes, by the sandbox's clock. May be set.
        charges: What was asked for, by `correlationId`.
    """

    name = "immersity"

    def __init__(
        self,
        *,
        tokens: Sequence[TokenEndpoint],
        storage: Bucket,
        background: Background,
        courier: Courier,
        clock: SandboxClock,
        processing_seconds: float,
        credits: float,  # noqa: A002
        url_seconds: float,
    ) -> None:
        super().__init__()
        self.tokens = {endpoint.name: endpoint for endpoint in tokens}
        self.balance = credits
        self.prices = {name: dict(kinds) for name, kinds in PRICES.items()}
        self.success_status = 201
        self.delay_seconds = 0.0
        self.charges: dict[str, Charge] = {}
        self._storage = storage
        self._background = background
        self._courier = courier
        self._clock = clock
        self._processing_seconds = processing_seconds
        self._url_seconds = url_seconds
        self._lock = threading.RLock()
        # Each request that is at work or has succeeded: its outcome is where its result is.
        self._outcomes: dict[str, asyncio.Task[str | Refused]] = {}
        # The videos by the paths that they are written to.
        self._videos: dict[str, Order] = {}
        self.answers = {
            "get_prices": self._tell_prices,
            "get_upload_url": self._get_upload_url,
            **{operation: partial(self._transform, operation) for operation in IMAGE_OPERATIONS},
            **{operation: partial(self._convert, operation) for operation in VIDEO_OPERATIONS},
        }

    @property
    def callbacks(self) -> list[Delivery]:
        """The calls of `callbackUrl` so far."""
        return [delivery for delivery in self._courier.made if delivery.service == self.name]

    async def arrival(self, path: str) -> None:
        """Return when a video that is due by the clock has been written to this path: at once for all other paths."""
        order = self._videos.get(path)
        if order is not None and self._clock.now() >= order.due:
            await order.over.wait()

    def admit(self, request: Request) -> None:
        """Check the token.

        Raises:
            Refused: 401.
        """
        problem: Refused | None = None
        for endpoint in self.tokens.values():
            try:
                return endpoint.check(request.headers.get("authorization"))
            except Refused as refused:
                problem = refused
        assert problem is not None
        raise problem

    def refusal(self, refused: Refused) -> Response:
        """`{"errorCode": ..., "message": ..., "statusCode": ...}`; what does not fit the contract gets 400."""
        status = 400 if refused.status == 422 else refused.status
        code = refused.code or _CODES.get(status, "INTERNAL_ERROR" if status >= 500 else "ERROR")
        body = {"errorCode": code, "message": complaints(refused.detail), "statusCode": status}
        return JSONResponse(body, status, headers=refused.headers)

    async def _tell_prices(self, _call: Call) -> Response:
        return JSONResponse(self.prices)

    async def _get_upload_url(self, call: Call) -> Response:
        # Only names: nothing that the caller says becomes a path.
        name = _UNSAFE.sub("-", call.query.get("fileName", "")).lstrip(".-") or "file"
        folder = _UNSAFE.sub("-", call.query.get("correlationId", "")).strip(".-") or str(uuid.uuid4())
        ends = datetime.fromtimestamp(self._clock.now() + _UPLOAD_SECONDS, UTC)
        written = ends.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        url = self._storage.url("PUT", f"uploads/{folder}/{name}", _UPLOAD_SECONDS)
        return JSONResponse({"url": url, "urlExpiresUTC": written})

    async def _transform(self, operation: str, call: Call) -> Response:
        """A picture operation: the reply comes when the result has been written."""
        order = self._order(operation, call, self.delay_seconds)
        work = self._begun(order)
        if work is None:
            self._reserve(order.price)
            work = self._start(order, self._make(order))
        # Shielded: a client that hangs up takes neither the result nor its price back.
        outcome = await asyncio.shield(work)
        if isinstance(outcome, Refused):
            raise outcome
        if not outcome.startswith(("http:", "https:")):
            outcome = self._storage.url("GET", outcome, self._url_seconds)
        body = {"correlationId": order.correlation_id, "resultPresignedUrl": outcome}
        return JSONResponse(body, self.success_status)

    async def _convert(self, operation: str, call: Call) -> Response:
        """A video operation: the reply comes at once, and the callback when the result has been written."""
        order = self._order(operation, call, self._processing_seconds)
        if self._begun(order) is None:
            amount = call.body["creditAmount"]
            if amount != order.price:
                raise Refused(400, f"creditAmount is {amount}, the price {order.price}.", code=WRONG_AMOUNT)
            self._reserve(order.price)
            with contextlib.suppress(ValueError):  # what is no URL is told by the callback
                self._videos[unquote(urlsplit(call.body["resultPresignedUrl"]).path)] = order
            self._start(order, self._make_and_call_back(order))
        url = call.body["resultPresignedUrl"]
        return JSONResponse({"correlationId": order.correlation_id, "resultPresignedUrl": url})

    def _order(self, operation: str, call: Call, seconds: float) -> Order:
        return Order(
            operation,
            call.body.get("correlationId") or str(uuid.uuid4()),
            call.body,
            price_of(self.prices, operation, call.body),
            self._clock.now() + seconds,
        )

    def _begun(self, order: Order) -> asyncio.Task[str | Refused] | None:
        """The work of an earlier request with this id, which is not done again: that it is recognised is assumed."""
        charge = self.charges.setdefault(order.correlation_id, Charge(order.operation))
        if charge.operation != order.operation:
            raise Refused(400, f"This correlationId was used for {charge.operation}.", code=ID_IN_USE)
        charge.requests += 1
        work = self._outcomes.get(order.correlation_id)
        failed = work is not None and work.done() and (work.cancelled() or isinstance(work.result(), Refused))
        return None if failed else work

    def _start(self, order: Order, job: Coroutine[Any, Any, str | Refused]) -> asyncio.Task[str | Refused]:
        work = self._background.start(job)
        self._outcomes[order.correlation_id] = work
        return work

    def _reserve(self, price: float) -> None:
        """Take the price from the balance; it is given back if the request fails."""
        with self._lock:
            if price > self.balance:
                raise Refused(402, f"The balance is {self.balance}, the price {price}.", code=NOT_ENOUGH_CREDITS)
            self.balance -= price

    def _give_back(self, price: float) -> None:
        with self._lock:
            self.balance += price

    async def _make(self, order: Order) -> str | Refused:
        """Make a result and write it; where it is, or why there is none."""
        charge = self.charges[order.correlation_id]
        charged = False
        try:
            made = await self._made(order)
            charge.processed += 1
            await self._background.until(order.due)
            place = await self._written(order, made)
            charge.credits, charged = order.price, True
        except Refused as refused:
            return refused
        except Exception:
            _logger.exception("a result could not be made")
            return Refused(500, "The sandbox failed.")
        finally:
            if not charged:
                self._give_back(order.price)
            order.over.set()
        return place

    async def _made(self, order: Order) -> Made:
        body = order.body
        names = [name for name in body if _INPUTS.fullmatch(name)]
        try:
            files = await asyncio.gather(*(fetch(body[name]) for name in names))
        except Unreachable as error:
            raise Refused(400, f"An input cannot be read: {error}.", code=NOT_READABLE) from error
        inputs = dict(zip(names, files, strict=True))
        try:
            if order.operation in IMAGE_OPERATIONS:
                return await self._background.make(IMAGE_OPERATIONS[order.operation], body, inputs)
            seconds = await self._background.make(length_of, inputs["inputVideoUrl"])
            if abs(seconds - body["videoLength"]) > _TOLERANCE_SECONDS:
                message = f"videoLength is {body['videoLength']}, the video's length {seconds:.2f} s."
                raise Refused(400, message, code=VIDEO_LENGTH_MISMATCH)
            return await self._background.make(VIDEO_OPERATIONS[order.operation], body, inputs)
        except Unusable as error:
            raise Refused(400, f"This cannot be made: {error}.", code=NOT_USABLE) from error

    async def _written(self, order: Order, made: Made) -> str:
        """The URL that the result was written to, or its key in the service's own storage."""
        if url := order.body.get("resultPresignedUrl"):
            try:
                await put(url, made.data, made.media_type)
            except Unreachable as error:
                raise Refused(400, f"The result cannot be written: {error}.", code=NOT_WRITABLE) from error
            return str(url)
        key = f"results/{_UNSAFE.sub('-', order.correlation_id)}-{uuid.uuid4().hex[:8]}.{made.extension}"
        self._storage.put(key, made.data, made.media_type)
        return key

    async def _make_and_call_back(self, order: Order) -> str | Refused:
        outcome = await self._make(order)
        told: dict[str, Any] = {"correlationId": order.correlation_id}
        if isinstance(outcome, Refused):
            told |= {"errorCode": outcome.code, "error": outcome.code, "errorMessage": str(outcome.detail)}
        else:
            told["resultPresignedUrl"] = outcome
        self._courier.send(self.name, order.body["callbackUrl"], as_bytes(told))
        return outcome
