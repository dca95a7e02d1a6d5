"""Let's Enhance: larger, sharper and better lit pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx

from safelight._async.base import AsyncService, storage_of
from safelight.auth import ApiKey
from safelight.bridge import Stopped
from safelight.clock import SYSTEM_CLOCK, Clock
from safelight.config import address, check_id, required
from safelight.errors import ConfigError, OutcomeUnknown, SafelightError, ServerError, UnexpectedReply
from safelight.pipelines import FORMATS, as_dict, is_refusal, logger, status_of

if TYPE_CHECKING:
    from safelight._async.files import AsyncInputs, Input
    from safelight._async.pipeline_job import AsyncPipelineJob
    from safelight._async.storage import AsyncStorage
    from safelight.letsenhance import Operation
    from safelight.transfer.progress import OnProgress
    from safelight_api.letsenhance import Client
    from safelight_api.letsenhance.models import Pipeline, Usage


_URL_SECONDS = 24 * 3600.0
"""How long the addresses of inputs are good for: nobody says how long a job may have to wait."""


class AsyncLetsEnhance(AsyncService):
    """The client of Let's Enhance.

    The service reads pictures from addresses. A path, bytes or a file object is put into `storage` until the job has
    ended. Too many requests at once are waited out.

    Args:
        api_key: From the account's profile; by default the environment's `LETSENHANCE_API_KEY`.
        storage: A `safelight.storage` or its address, such as `s3://bucket/prefix`; by default `SAFELIGHT_STORAGE`.
        keep_inputs: Whether inputs stay in the storage after the job that they were put there for.
        base_url: Where the service is; by default `LETSENHANCE_BASE_URL` or https://api.letsenhance.io.
        timeout: Seconds that one API request may take with all its retries.
        max_retries: How often one API request is sent again at the most, other than for too many requests.
        transport: An httpx transport to send everything through, for tests.
        clock: The time, for tests.

    Raises:
        ConfigError: The key is missing, or an address is none.
    """

    _name = "letsenhance"
    _timestamps = frozenset({"created_at", "started_at", "finished_at", "submitted_at"})
    _status_of = staticmethod(status_of)

    def __init__(
        self,
        api_key: str | None = None,
        *,
        storage: str | AsyncStorage | None = None,
        keep_inputs: bool = False,
        base_url: str | None = None,
        timeout: float = 120.0,
        max_retries: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        base_url = address(base_url, "base_url", "LETSENHANCE_BASE_URL", "https://api.letsenhance.io")
        key = required(api_key, "api_key", "LETSENHANCE_API_KEY")
        super().__init__(
            auth=ApiKey("X-API-KEY", key, base_url=base_url),
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            transport=transport,
            clock=clock,
        )
        self._storage = storage_of(storage, clock)
        self._keep_inputs = keep_inputs

    @property
    def api(self) -> Client:
        """The generated client, authenticated, for the functions below `safelight_api.letsenhance.api`."""
        from safelight_api.letsenhance import Client

        return Client(base_url=self.base_url).set_async_httpx_client(self._http.get())

    async def submit(
        self,
        sources: Input | Sequence[Input],
        *operations: Operation,
        notify_url: str | None = None,
        timeout: float | None = None,
    ) -> AsyncPipelineJob:
        """Have pictures enhanced. Each costs one credit; what the service refuses costs nothing.

        Args:
            sources: One or more pictures: paths, bytes, file objects, addresses, or the results of other calls.
            *operations: What to do with them, one after another: `safelight.letsenhance` has the presets.
            notify_url: An address of yours that the service posts to at the end.
            timeout: Seconds that the request may take; by default the client's.

        Returns:
            The job: its `result` gives the pictures, and removes the inputs from the storage; its `id` takes it up
            in another process.

        Raises:
            ConfigError: There is nothing to do; an operation's field is out of its range; a picture cannot be sent,
                or is of a format that the service does not take (it takes JPEG, TIFF, PNG, BMP and WEBP).
            OutOfCredits: The account's credits do not suffice.
            RateLimited: There were too many requests for longer than the timeout.
            InvalidRequest: The service rejects the job; the message says why.
            OutcomeUnknown: The reply was lost: the job may have been accepted, and there is no way to look for it.
            TransferError: The storage does not take a picture.
            APIError: The service refused, or failed.
            ConnectionFailed: The service could not be reached.
        """
        from safelight._async.files import are_many

        pictures: list[Input] = (
            list(cast("Sequence[Input]", sources)) if are_many(sources) else [cast("Input", sources)]
        )
        return await self._submit(pictures, operations, notify_url, timeout)

    def job(self, pipeline_id: int | str) -> AsyncPipelineJob:
        """A job that was submitted earlier, perhaps by another process.

        Raises:
            ConfigError: This cannot be an id.
        """
        from safelight._async.pipeline_job import AsyncPipelineJob

        check_id("pipeline_id", pipeline_id)
        return AsyncPipelineJob(self, str(pipeline_id))

    async def pipeline(self, pipeline_id: int | str) -> Pipeline:
        """What the service knows of a job.

        Raises:
            NotFound: It knows no such job.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        check_id("pipeline_id", pipeline_id)
        return await self._pipeline(str(pipeline_id), None)

    async def enhance(
        self,
        sources: Input | Sequence[Input],
        *operations: Operation,
        to: str | os.PathLike[str],
        concurrency: int = 16,
        replace: bool = True,
        timeout: float = 600.0,
        on_progress: OnProgress | None = None,
    ) -> list[Path]:
        """Have pictures enhanced, wait for them, and download them.

        Many pictures are jobs of their own, so that one that fails does not stop the others: the first failure is
        raised at the end, the rest are its notes. When the credits are spent, no more are submitted. When it is
        interrupted, a warning names the jobs that are under way, for `job` to take up; with `replace=False` the same
        call goes on with the pictures that have no result yet.

        Args:
            sources: A picture (a path, bytes, a file object, an address, or the result of another call), a folder
                of pictures, or a list of pictures.
            *operations: What to do with each.
            to: The file to write; for a folder or a list, a folder, whose files are named by the pictures.
            concurrency: How many pictures are under way at the same time.
            replace: Whether pictures of many whose results are already there are enhanced again.
            timeout: Seconds that each picture may take.
            on_progress: Is called with a `Progress`: that of the one picture, or how many of the pictures are done.

        Returns:
            The files, in the order of the pictures.

        Raises:
            SafelightError: As for `submit` and the job's `result`.
        """
        from safelight._async.enhancement import AsyncEnhancement

        enhancement = AsyncEnhancement(self, operations, concurrency, timeout, on_progress, replace)
        return await enhancement.run(sources, to)

    async def usage(self) -> Usage:
        """This month's usage and quota, in whatever form the service gives them (nobody documents it).

        Raises:
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight_api.letsenhance.api.pipelines import get_usage
        from safelight_api.letsenhance.models import Usage

        return await self._call(get_usage, Usage)

    async def _submit(
        self,
        pictures: Sequence[Input],
        operations: Sequence[Operation],
        notify_url: str | None,
        timeout: float | None,
        go_on: Callable[[], object] | None = None,
    ) -> AsyncPipelineJob:
        """As `submit`; `go_on` is called before each attempt to pay, and may raise `Stopped`."""
        from safelight._async.pipeline_job import AsyncPipelineJob
        from safelight.bounds import check_body
        from safelight_api.letsenhance.api.pipelines import submit_pipeline
        from safelight_api.letsenhance.models import PipelineRequest, PipelineSubmission

        if not pictures or not operations:
            raise ConfigError(f"there is no {'operation' if pictures else 'picture'}: give at least one of each.")
        body: dict[str, Any] = {
            "source": {"http": {"url": ["https://"] * len(pictures)}},
            "operations": [as_dict(operation) for operation in operations],
            "sink": {"temp_store": True},
        }
        if notify_url is not None:
            body["notify_url"] = notify_url
        check_body(submit_pipeline, body)
        inputs = self._inputs()
        for picture in pictures:
            inputs.check(picture)
        async with inputs:
            urls = [await inputs.url_of(picture) for picture in pictures]
            body["source"]["http"]["url"] = urls if len(urls) > 1 else urls[0]
            inputs.are_told = True
            try:
                reply = await self._call(
                    submit_pipeline,
                    PipelineSubmission,
                    repeatable=False,
                    timeout=timeout,
                    go_on=go_on,
                    body=PipelineRequest.from_dict(body),
                )
            except (OutcomeUnknown, ServerError, UnexpectedReply) as error:
                if is_refusal(error):
                    raise
                raise _unknown(str(error)) from error
            except SafelightError:
                raise
            except Stopped:
                inputs.are_told = False  # all attempts until then were rejected
                raise
            except BaseException:
                logger.warning("Interrupted: Let's Enhance may have accepted a job, whose id is not known.")
                raise
            if not reply.pipeline or not reply.pipeline.id:
                raise _unknown("its reply names no pipeline.")
        return AsyncPipelineJob(self, str(reply.pipeline.id), inputs)

    def _inputs(self) -> AsyncInputs:
        from safelight._async.files import AsyncInputs

        return AsyncInputs("Let's Enhance", self._storage, self._keep_inputs, FORMATS, _URL_SECONDS)

    async def _pipeline(self, pipeline_id: str, timeout: float | None) -> Pipeline:
        from safelight_api.letsenhance.api.pipelines import get_pipeline
        from safelight_api.letsenhance.models import PipelineReply

        reply = await self._call(get_pipeline, PipelineReply, timeout=timeout, id=pipeline_id)
        if not reply.pipeline:
            raise UnexpectedReply(
                "the reply holds no pipeline",
                status=200,
                method="GET",
                url=f"{self.base_url}/v1/pipeline/{pipeline_id}",
                body=reply.to_dict(),
            )
        return reply.pipeline


def _unknown(what: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"Let's Enhance may have accepted the job, and there is no way to look for it: {what} "
        "Look at the usage before you submit it again."
    )
