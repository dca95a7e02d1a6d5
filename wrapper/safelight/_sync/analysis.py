# Made from wrapper/safelight/_async/analysis.py by scripts/unasync.py: edit that file, then run that script.
"""An analysis of Haut.AI: when it has ended, and the pictures that come of it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from safelight._sync.files import RemoteFile
from safelight._sync.job import Job
from safelight.errors import AuthError, InvalidRequest, NotFound, ServerError, UnexpectedReply
from safelight.hautai import Batch, Patience, complaint, no_result
from safelight.pipelines import clean_name

if TYPE_CHECKING:
    from safelight._sync.hautai import HautAI
    from safelight_api.hautai.models import ImageResult

_SILENCES = 3
"""Looks without a signal, after which none is expected."""

_LONGEST_SUFFIX = 6

logger = logging.getLogger("safelight")


class Analysis(Job[list["ImageResult"]]):
    """The analysis of a batch."""

    def __init__(self, service: HautAI, batch: Batch) -> None:
        super().__init__(str(batch), service, event_id=batch.id)
        self._service = service
        self._batch = batch
        self._image_ids: list[str] = []
        self._patience = Patience(self._clock.monotonic())
        self._silences = 0
        self._has_metrics = False

    def _look(self, timeout: float) -> list[ImageResult] | None:
        self._image_ids = self._image_ids or self._service._image_ids(self._batch, timeout)
        if not self._image_ids:
            raise NotFound(
                f"the batch {self._batch} has no pictures",
                status=404,
                method="GET",
                url=f"{self._service.base_url}/.../batches/{self._batch.id}/images/",
                advice="They were deleted, or never uploaded.",
            )
        signal = self._signal(timeout)
        self.state = "PROCESSING"
        if not self._patience.asks(signal, self._clock.monotonic()):
            return None
        found = self._service._results(self._batch, self._image_ids, timeout)
        counts = [len(results) for results in found.values()]
        if not self._patience.is_over(signal, counts, self._clock.monotonic()):
            return None
        if not signal:
            logger.info("The analysis of %s has ended as its results stay the same: there is no signal.", self._batch)
        self.state = "DONE"
        every = [result for results in found.values() for result in results]
        without = [image_id for image_id, results in found.items() if all(map(complaint, results))]
        if not every and self._has_metrics:
            return []
        if len(without) == len(found):
            raise no_result(self._batch, every)
        if without:
            logger.warning("The analysis of %s found nothing in %s.", self._batch, ", ".join(without))
        return every

    def _signal(self, timeout: float) -> bool | None:
        """Whether the service says that it has ended; None where it says nothing about it."""
        from safelight_api.hautai.api.images import get_metrics
        from safelight_api.hautai.models import BatchMetrics

        if self._silences >= _SILENCES:
            return None
        company_id, batch_id = self._service._company, self._batch.id
        try:
            metrics = self._service._call(
                get_metrics, BatchMetrics, timeout=timeout, company_id=company_id, batch_id=batch_id
            )
        except (NotFound, InvalidRequest, AuthError) as error:
            if error.status == 401:
                raise
            self._silences += 1  # it may be a plan without the newer API
            return None
        except (ServerError, UnexpectedReply):
            return None
        self._has_metrics = bool(getattr(metrics.face_skin_metrics_3, "parameters", None))
        flag = getattr(metrics.face_skin_metrics_3, "all_algorithms_calculated", None)
        return flag if isinstance(flag, bool) else None


@attrs.define(eq=False, kw_only=True)
class AuxImage(RemoteFile):
    """A picture that an analysis made of another: a mask, a heat map and the like.

    Attributes:
        id: The service's id of it.
        type: What it shows, in the service's words, or None.
    """

    id: str
    type: str | None
    _batch: Batch = attrs.field(repr=False, alias="batch")
    _image_id: str = attrs.field(repr=False, alias="image_id")
    _key: str = attrs.field(repr=False, alias="key")
    _service: HautAI = attrs.field(repr=False, alias="service")

    def _address(self, *, again: bool) -> str:
        if again:
            for image in aux_images_of(self._service, self._batch, self._image_id):
                if (image.id, image._key) == (self.id, self._key):
                    self.url = image.url
        return self.url

    def fresh_url(self) -> str:
        """Where the file can be read from now on, for an hour; it becomes `url`.

        Raises:
            SafelightError: There is no way to learn it.
        """
        return self._address(again=True)


def aux_images_of(service: HautAI, batch: Batch, image_id: str | int) -> list[AuxImage]:
    """The pictures that were made of one; the errors are those of `HautAI.aux_images`."""
    from safelight_api.hautai import models
    from safelight_api.hautai.api.images import list_aux_images

    made: list[AuxImage] = []
    for image in service._list(list_aux_images, models.AuxImage, batch, image_id):
        kind = _kind_of(image.aux_image_type)
        for key, url in _addresses(image.urls).items():
            suffix = Path(urlsplit(url).path).suffix
            name = clean_name(f"{kind or image.id}-{key}{suffix if len(suffix) < _LONGEST_SUFFIX else ''}")
            made.append(
                AuxImage(
                    url=url,
                    name=name,
                    id=str(image.id),
                    type=kind,
                    service=service,
                    batch=batch,
                    image_id=str(image_id),
                    key=key,
                )
            )
    return made


def _addresses(urls: Any) -> dict[str, str]:
    """The addresses of an aux image by their names; one that comes bare is called `url`."""
    named = urls.to_dict() if hasattr(urls, "to_dict") else {"url": urls}
    return {name: url for name, url in named.items() if isinstance(url, str) and url}


def _kind_of(kind: Any) -> str | None:
    """The name of an aux image's type, which may also be a bare id."""
    name = getattr(kind, "tech_name", None) or getattr(kind, "name", None) or kind
    return str(name) if isinstance(name, str | int) else None
