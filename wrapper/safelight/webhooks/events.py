"""What a service's call says, as one kind of event: decisions only, no I/O."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, overload

import attrs

from safelight.captures import READY, means_failure
from safelight.errors import ConfigError, one_line

if TYPE_CHECKING:
    from safelight import AsyncLetsEnhance, LetsEnhance
    from safelight_api.letsenhance.models import Pipeline

_LONGEST_ID = 200
_LONGEST_STATE = 100
_LONGEST_REASON = 300
_MOST_READ = 4000
_MOST_BITS = 600
"""Of a number: Python refuses to write out those of thousands of digits."""

_TOLD_BY_STATE = frozenset({"teleport", "letsenhance"})
"""Whose events are the same if they tell the same state of the same job, be their bytes as they may.

Haut.AI calls several times about one batch, and Immersity may work on a job again that failed: there all that is told
counts, but for the queries of addresses, which may be signed afresh when a call is repeated.
"""

# It takes all that follows, so that no text of many `://` is searched again and again.
_QUERIES = re.compile(r'(://[^\s"?]*)(?:\?[^\s"]*)?')
_ENDS_OF_PIPELINES = frozenset({"DONE", "ERROR"})
_HAUTAI_IDS = ("image_batch_id", "batch_id", "image_batch", "batch")
_SETTLED_OTHERWISE = {
    "teleport": "Teleport's events are signed, so there is nothing to confirm: teleport.wait(event.job_id) fetches "
    "the capture.",
    "immersity": "Immersity has no request for one job: immersity.job(event.job_id).result() looks for its result in "
    "your storage.",
    "hautai": "Haut.AI's events are authenticated, so there is nothing to confirm: the client's results(batch) has "
    "the results.",
}


@attrs.frozen(kw_only=True)
class Event:
    """What a service told about one of its jobs.

    Attributes:
        service: `teleport`, `immersity` (LeiaPix's events as well), `letsenhance` or `hautai`.
        job_id: The service's id of the job: an eid, a correlation id, a pipeline's or a batch's id. None where the
            body has none that can be read. It comes from outside: fit for a comparison, not for a file's name.
        state: The job's state in the service's words, if it tells one.
        reason: Why the job failed in the service's words, if it tells; without URLs' signatures.
        body: The decoded body. It may hold addresses of pictures: it is not in the repr, keep it out of logs.
        verified: Whether the sender has shown that it knows the secret. Teleport's and Haut.AI's events always are;
            for the others it means that the address that was called has the token.
        ended: Whether the event says that the job has ended, well or not.
        failed: Whether it says that the job failed.
        key: By what duplicates and replays are known.
    """

    service: str
    job_id: str | None = None
    state: str | None = None
    reason: str | None = None
    body: Mapping[str, Any] = attrs.field(factory=dict, repr=False, eq=False)
    verified: bool = False
    ended: bool = False
    failed: bool = False
    key: str = attrs.field(
        repr=False,
        default=attrs.Factory(lambda self: _key(self.service, self.job_id, self.state, self.reason), takes_self=True),
    )

    @overload
    def confirm(self, client: LetsEnhance) -> Pipeline: ...

    @overload
    def confirm(self, client: AsyncLetsEnhance) -> Awaitable[Pipeline]: ...

    def confirm(self, client: LetsEnhance | AsyncLetsEnhance) -> Pipeline | Awaitable[Pipeline]:
        """Fetch the pipeline that an event of Let's Enhance is about, from the service itself.

        Its events are not signed, so that they are hints, even verified ones: what is true is what the service says
        when it is asked. With the async client, await the answer.

        Returns:
            The pipeline, whose status says whether it has ended.

        Raises:
            ConfigError: The event is another service's, where nothing is to be confirmed so, or names no pipeline.
            NotFound: There is no such pipeline: the event was forged.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        if self.service != "letsenhance":
            raise ConfigError(_SETTLED_OTHERWISE[self.service])
        if self.job_id is None:
            raise ConfigError("the event names no pipeline: look at all those that you wait for.")
        return client.pipeline(self.job_id)


@attrs.frozen
class _Told:
    job_id: str | None
    state: str | None = None
    reason: str | None = None
    ended: bool = False
    failed: bool = False


def event_of(service: str, facts: Mapping[str, Any], *, verified: bool = False) -> Event:
    """The event that a decoded body stands for. Whatever it holds, this does not fail.

    Args:
        service: `teleport`, `immersity`, `letsenhance` or `hautai`.
        facts: The body.
        verified: Whether the sender has shown that it knows the secret.
    """
    told = _READERS[service](facts)
    by_state = told.job_id is not None and service in _TOLD_BY_STATE
    digest = "" if by_state else _digest(facts, whole=told.job_id is None)
    key = _key(service, told.job_id, told.state, told.reason, digest)
    return Event(service=service, body=facts, verified=verified, key=key, **attrs.asdict(told))


def _teleport(facts: Mapping[str, Any]) -> _Told:
    state, reason = _text(facts.get("state"), _LONGEST_STATE), facts.get("error_reason")
    failed = means_failure(state, reason)
    return _Told(_id(facts.get("eid")), state, _reason(reason), ended=failed or state == READY, failed=failed)


def _immersity(facts: Mapping[str, Any]) -> _Told:
    """The callback comes at the end, and its form is assumed (`AsyncVideoJob.notify`)."""
    reason = facts.get("errorCode")
    return _Told(_id(facts.get("correlationId")), None, _reason(reason), ended=True, failed=bool(reason))


def _letsenhance(facts: Mapping[str, Any]) -> _Told:
    """The call comes "once image is processed", with the pipeline's id (seed 002, "Webhooks"); the rest is assumed."""
    pipeline = facts.get("pipeline")
    inner = pipeline if isinstance(pipeline, Mapping) else facts
    ids = facts.get("pipeline_id"), inner.get("id"), pipeline, facts.get("id")
    state = _text(inner.get("status"), _LONGEST_STATE)
    failed = state == "ERROR"
    errors = inner.get("errors")
    said = (*(errors if isinstance(errors, list) else [errors]), inner.get("error")) if failed else ()
    return _Told(
        next((found for found in map(_id, ids) if found), None),
        state,
        next((found for found in map(_reason, said) if found), None),
        ended=state is None or state in _ENDS_OF_PIPELINES,
        failed=failed,
    )


def _hautai(facts: Mapping[str, Any]) -> _Told:
    """No document shows the body: a batch's id is looked for, and no event is known to be the last."""
    levels = [facts, *(value for value in facts.values() if isinstance(value, Mapping))]
    found = next((found for level in levels for found in _batch_ids(level)), None)
    return _Told(found, _text(facts.get("state"), _LONGEST_STATE) or _text(facts.get("status"), _LONGEST_STATE))


def _batch_ids(facts: Mapping[str, Any]) -> Iterator[str]:
    for value in map(facts.get, _HAUTAI_IDS):
        found = _id(value.get("id") if isinstance(value, Mapping) else value)
        if found is not None:
            yield found


_READERS = {"teleport": _teleport, "immersity": _immersity, "letsenhance": _letsenhance, "hautai": _hautai}


def _key(service: str, job_id: str | None, state: str | None, reason: str | None, digest: str = "") -> str:
    return json.dumps([service, job_id, state, reason, digest])


def _digest(facts: Mapping[str, Any], *, whole: bool) -> str:
    try:
        text = json.dumps(facts, sort_keys=True, default=str)
    except (ValueError, TypeError, RecursionError):  # what is told in a program's own words may be no JSON
        return ""
    return hashlib.sha256((text if whole else _QUERIES.sub(r"\1", text)).encode()).hexdigest()


def _id(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return None
    found = str(value)
    return found if 0 < len(found) <= _LONGEST_ID and found.isprintable() and not found.isspace() else None


def _text(value: object, longest: int) -> str | None:
    """A text or a number as one line, fit to be stored and shown; half of a surrogate pair is neither."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return None
    text = str(value)[:_MOST_READ].encode("utf-8", "replace").decode("utf-8")
    return one_line(" ".join(text.split())[:longest]) or None


def _reason(value: object) -> str | None:
    text = _text(value, _MOST_READ)
    if text is None:
        return None
    from safelight.redaction import redacted  # only for failures: it needs httpx

    return redacted(text)[:_LONGEST_REASON]
