"""One paid conversion of Immersity: what is sent, where the result goes, and what becomes of a lost reply."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from safelight._async.base import AsyncService, check_timeout
from safelight._async.files import AsyncInputs, AsyncRemoteFile, Input
from safelight._async.job import AsyncJob
from safelight.bounds import check_body, required
from safelight.errors import (
    APIError,
    ConfigError,
    ConnectionFailed,
    JobFailed,
    OutcomeUnknown,
    SafelightError,
    ServerError,
    UnexpectedReply,
)
from safelight.notices import pause_after
from safelight.redaction import redacted
from safelight.replies import Endpoint, body_type
from safelight_api.immersity.types import UNSET

if TYPE_CHECKING:
    from safelight._async.storage import AsyncStorage
    from safelight_api.immersity.models import Transformation

_LONGEST_SEARCH = 60.0
"""Seconds that the result of a lost reply is looked for before the request is made again."""

_LONGEST_MESSAGE = 300
_GATEWAY_ERRORS = frozenset({502, 503, 504})
_ID = re.compile(r"\w[\w.-]*", re.ASCII)

logger = logging.getLogger("safelight")


@attrs.define(eq=False, kw_only=True)
class AsyncResult(AsyncRemoteFile):
    """What Immersity made.

    Attributes:
        correlation_id: The id of the request that made it: quote it to the service's support.
    """

    correlation_id: str
    _storage: AsyncStorage | None = attrs.field(repr=False, alias="storage")
    _object: str = attrs.field(repr=False, alias="object")

    async def _address(self, *, again: bool) -> str:
        if self._storage is not None:
            self.url = await self._storage.presign_get(self._object)
        return self.url


@attrs.define(eq=False)
class AsyncConversion:
    """One request for a conversion.

    Attributes:
        service: The client.
        inputs: Its inputs.
        id: Its correlation id.
        suffix: What the result's name ends with.
    """

    service: AsyncService
    inputs: AsyncInputs
    id: str
    suffix: str

    def __attrs_post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ConfigError(f"correlation_id is {self.id!r}: give a UUID, or letters, digits, dots and dashes.")

    async def convert(
        self, endpoint: Endpoint, inputs: Mapping[str, Input | None], wishes: Mapping[str, Any], timeout: float
    ) -> AsyncResult:
        """Have a picture converted; the errors are those of `AsyncImmersity.disparity`."""
        reply = await self.run(endpoint, inputs, wishes, timeout, patient=True)
        try:
            result = await self.result(reply)
            await self.inputs.clear()
        except SafelightError as error:
            error.add_note(f"The conversion is paid for: the same call with correlation_id={self.id!r} fetches it.")
            raise
        except BaseException:
            self._tell_interrupted()
            raise
        return result

    async def run(
        self,
        endpoint: Endpoint,
        inputs: Mapping[str, Input | None],
        wishes: Mapping[str, Any],
        timeout: float,
        *,
        patient: bool,
    ) -> Transformation | None:
        """Make the request.

        Args:
            endpoint: The generated module.
            inputs: What the service is to read, by the names of the body's properties.
            wishes: The body's other properties; None is left out.
            timeout: Seconds for the request.
            patient: Whether the reply comes when the result has been written, rather than at once.

        Returns:
            The reply; None where it was lost, and the result is in the storage nevertheless.

        Raises:
            SafelightError: As for `AsyncImmersity.disparity`.
        """
        given = {name: value for name, value in inputs.items() if value is not None}
        wishes = {name: value for name, value in wishes.items() if value is not None}
        places = dict.fromkeys([*given, "result_presigned_url"], "https://")
        check_timeout(timeout)
        if missing := [name for name, value in inputs.items() if value is None and name in required(endpoint)]:
            raise ConfigError(
                f"{', '.join(missing)} is None: give a path, bytes, a file object, an address or a result."
            )
        body = body_type(endpoint)(correlation_id=self.id, **places, **wishes)
        check_body(endpoint, body.to_dict())
        for value in given.values():
            self.inputs.check(value)
        async with self.inputs:
            for name, value in given.items():
                setattr(body, name, await self.inputs.url_of(value))
            if self._storage is not None:
                seconds = self.inputs.url_seconds
                body.result_presigned_url = await self._storage.presign_put(self._name, expires=seconds)
            else:
                body.result_presigned_url = UNSET
            self.inputs.are_told = True
            try:
                return await self._pay(endpoint, body, timeout, patient=patient)
            except SafelightError:
                raise
            except BaseException:
                self._tell_interrupted()
                raise

    async def result(self, reply: Transformation | None = None) -> AsyncResult:
        """The result, which is in the storage, or else where the reply says."""
        url = reply.result_presigned_url if reply else ""
        if self._storage is not None:
            url = await self._storage.presign_get(self._name)
        if not url:
            raise OutcomeUnknown(
                f"The conversion {self.id} was made, and the service does not say where its result is.", job_id=self.id
            )
        return AsyncResult(
            url=url,
            name=f"{self.id}{self.suffix}",
            correlation_id=self.id,
            service=self.service,
            storage=self._storage,
            object=self._name,
        )

    async def is_there(self) -> bool:
        """Whether the result is in the storage."""
        return self._storage is not None and await self._storage.size(self._name) is not None

    def _tell_interrupted(self) -> None:
        logger.warning(
            "Interrupted: the conversion %s may be made and paid for nevertheless; "
            "the same call with correlation_id=%r fetches its result.",
            self.id,
            self.id,
        )

    @property
    def _storage(self) -> AsyncStorage | None:
        return self.inputs.storage

    @property
    def _name(self) -> str:
        return f"results/{self.id}{self.suffix}"

    async def _pay(self, endpoint: Endpoint, body: Any, timeout: float, *, patient: bool) -> Transformation | None:
        """Make the request, and once more with the same id if its reply is lost."""
        from safelight_api.immersity.models import Transformation

        clock = self.service._clock
        deadline = clock.monotonic() + timeout
        error: SafelightError | None = None
        was_lost = False
        for final in (False, True):
            left = deadline - clock.monotonic()
            if final and left <= 0:
                break
            try:
                return await self.service._call(
                    endpoint, Transformation, repeatable=False, patient=patient, timeout=left, body=body
                )
            except (APIError, ConnectionFailed, OutcomeUnknown) as problem:
                error = problem
                was_lost = was_lost or _is_lost(error)
                # That the first was accepted may be the reason why the second is refused.
                if not was_lost and not isinstance(error, ServerError):
                    raise
            left = deadline - clock.monotonic()
            if await self._appears(left if final else min(_LONGEST_SEARCH, left / 3), waits=patient):
                return None
        if error is not None and not was_lost:
            raise error
        raise OutcomeUnknown(
            f"The reply to the conversion {self.id} was lost: it may have been made and paid for. "
            f"Ask again with correlation_id={self.id!r}, by which the service is assumed to know it.",
            job_id=self.id,
        ) from error

    async def _appears(self, seconds: float, *, waits: bool) -> bool:
        clock = self.service._clock
        begun = clock.monotonic()
        while True:
            try:
                if await self.is_there():
                    return True
            except SafelightError:
                return False  # what became of the request is the question, not what is wrong with the storage
            waited = clock.monotonic() - begun
            if waited >= seconds or not waits or self._storage is None:
                return False
            await clock.async_sleep(min(pause_after(waited), seconds - waited))


def _is_lost(error: SafelightError) -> bool:
    """Whether the service may have accepted the request; its own 500 is an answer, a gateway's is none."""
    if isinstance(error, ServerError):
        return error.status in _GATEWAY_ERRORS
    return isinstance(error, OutcomeUnknown) or (isinstance(error, UnexpectedReply) and error.status < 300)


class AsyncVideoJob(AsyncJob[AsyncResult]):
    """A video that the service works on: done when the result is in the storage, or when the callback says so."""

    _after_timeout = "It may still be made, or have failed: a failure is told to the callback URL only (see notify)."

    def __init__(self, conversion: AsyncConversion) -> None:
        if conversion.inputs.storage is None:
            raise ConfigError(
                "The service writes videos to a storage of yours: "
                'pass storage="s3://bucket/prefix" (or gs://, az://), or set SAFELIGHT_STORAGE.'
            )
        super().__init__(conversion.id, conversion.service)
        self._conversion = conversion

    @property
    def correlation_id(self) -> str:
        """The job's id, by which the service calls it in its callback."""
        return self.id

    def notify(self, body: bytes | str | Mapping[str, Any]) -> None:
        """Take in what the service posted to the callback URL; may be called from any thread.

        Its form is not documented: a `correlationId` is expected, and after a failure an `errorCode`, such as
        `ERROR_VIDEO_LENGTH_MISMATCH`. Anything else only makes the job look for its result at once. The client's
        `notify` does the same with a verified event for all of its jobs.

        Args:
            body: The body, raw or decoded.

        Raises:
            ConfigError: It is about another job, or no JSON object.
        """
        from safelight.webhooks.events import event_of

        try:
            facts = body if isinstance(body, Mapping) else json.loads(body)
            facts = {**facts, "correlationId": facts.get("correlationId") or self.id}
        except (ValueError, TypeError, AttributeError) as error:
            raise ConfigError("the callback's body is no JSON object.") from error
        event = event_of("immersity", facts, verified=True)  # the caller vouches for it
        if event.job_id != self.id:
            raise ConfigError(f"the callback is about the job {event.job_id!r}, and this one is {self.id!r}.")
        self._notices.tell(event)

    async def _look(self, timeout: float) -> AsyncResult | None:
        if await self._conversion.is_there():
            self.state = "DONE"
            return await self._conversion.result()
        event = self._notices.about(self.id)
        if event is not None and event.failed:
            self.state = "FAILED"
            said = redacted(" ".join(str(event.body.get("errorMessage") or "").split()))[:_LONGEST_MESSAGE]
            said = f": {said}" if said else ""
            raise JobFailed(
                f"Immersity could not convert the video {self.id} ({event.reason}){said}.",
                job_id=self.id,
                reason=event.reason,
            )
        self.state = "PROCESSING"
        return None

    async def _end(self) -> None:
        await self._conversion.inputs.clear()
