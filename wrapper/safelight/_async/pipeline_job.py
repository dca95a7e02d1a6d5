"""A job of Let's Enhance, and the pictures that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from safelight._async.files import AsyncInputs, AsyncRemoteFile
from safelight._async.job import AsyncJob
from safelight.errors import NotFound
from safelight.pipelines import clean_name, expires_at, failure, logger

if TYPE_CHECKING:
    from safelight._async.letsenhance import AsyncLetsEnhance
    from safelight_api.letsenhance.models import Pipeline


@attrs.define(eq=False, kw_only=True)
class AsyncEnhancedImage(AsyncRemoteFile):
    """A picture that Let's Enhance made. The service keeps it for 24 hours.

    Attributes:
        width: Pixels.
        height: Pixels.
        format: Such as `JPEG` or `PNG`.
        expires_at: When `url` ceases to be readable, or None where nobody knows; after it, `save` and `open` ask the
            service for another address.
        source_url: The address of the picture that it was made of.
    """

    width: int | None
    height: int | None
    format: str | None
    expires_at: datetime | None
    source_url: str | None
    _job: AsyncPipelineJob = attrs.field(repr=False, alias="job")
    _index: int = attrs.field(repr=False, alias="index")

    async def _address(self, *, again: bool) -> str:
        ends = self.expires_at
        if again or (ends is not None and self._service._server_now() >= ends.timestamp()):
            image = await self._job._image(self._index)
            self.url, self.expires_at = image.url, image.expires_at
        return self.url


class AsyncPipelineJob(AsyncJob[list[AsyncEnhancedImage]]):
    """Pictures that Let's Enhance works on: `result` gives one for each address that was submitted."""

    def __init__(self, service: AsyncLetsEnhance, pipeline_id: str, inputs: AsyncInputs | None = None) -> None:
        super().__init__(pipeline_id, service)
        self._service = service
        self._inputs = inputs

    async def _look(self, timeout: float) -> list[AsyncEnhancedImage] | None:
        pipeline = await self._service._pipeline(self.id, timeout)
        self.state = str(pipeline.status) if pipeline.status else None
        if failed := failure(pipeline):
            raise failed
        return self._images(pipeline) if pipeline.status == "DONE" else None

    async def _end(self) -> None:
        if self._inputs is not None:
            await self._inputs.clear()

    async def _image(self, index: int) -> AsyncEnhancedImage:
        images = self._images(await self._service._pipeline(self.id, None))
        for image in images:
            if image._index == index:
                return image
        raise NotFound(
            f"the pipeline {self.id} has its picture {index + 1} no more",
            status=404,
            method="GET",
            url=f"{self._service.base_url}/v1/pipeline/{self.id}",
            advice="The service keeps results for 24 hours: submit it again.",
        )

    def _images(self, pipeline: Pipeline) -> list[AsyncEnhancedImage]:
        results = pipeline.results or []
        made = [self._made(index, result) for index, result in enumerate(results)]
        images = [image for image in made if image is not None]
        if len(images) < len(made):
            missing = len(made) - len(images)
            logger.warning("Let's Enhance gives no address for %d of %d pictures of %s.", missing, len(made), self.id)
        names = [image.name for image in images]
        for image in images:
            if names.count(image.name) > 1:  # saved into one folder, they would replace one another
                image.name = f"{image._index + 1}-{image.name}"
        return images

    def _made(self, index: int, result: Any) -> AsyncEnhancedImage | None:
        """The picture, if there is one; in fields that may be null the generated parser lets odd values through."""
        if isinstance(result, Mapping):
            result = _parsed(result)
        output: Any = getattr(result, "output_object", None)
        source: Any = getattr(result, "input_object", None)
        url = getattr(output, "tmp_url", None)
        if not isinstance(url, str) or not url:
            return None
        made_at, source_url = result.created_at, getattr(source, "url", None)
        return AsyncEnhancedImage(
            url=url,
            name=clean_name(str(output.filename or "")) or f"{self.id}-{index + 1}",
            width=output.width if isinstance(output.width, int) else None,
            height=output.height if isinstance(output.height, int) else None,
            format=output.format_ or None,
            expires_at=expires_at(url, made_at if isinstance(made_at, datetime) else None),
            source_url=source_url if isinstance(source_url, str) else None,
            service=self._service,
            job=self,
            index=index,
        )


def _parsed(result: Mapping[str, Any]) -> Any:
    """A result that came raw, because another one in the same list could not be read."""
    from safelight_api.letsenhance.models import PipelineResult

    try:
        return PipelineResult.from_dict(result)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
