# Made from wrapper/safelight/_async/portraits.py by scripts/unasync.py: edit that file, then run that script.
"""Sending pictures of faces to Haut.AI, and taking them back."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from safelight.bridge import ThreadCaller, run_here
from safelight.errors import NotFound, OutcomeUnknown, SafelightError, ServerError, UnexpectedReply
from safelight.hautai import REGULAR_LIGHT, SIDES, Batch
from safelight.photo import UPRIGHT, Photo, Picture
from safelight.transfer.signed import SignedRequest, SignedUpload

if TYPE_CHECKING:
    from safelight._sync.hautai import HautAI
    from safelight.transfer.progress import OnProgress

_PATIENCE = 2.0
_CLEANUP = 15.0
"""Seconds for one deletion, after an interruption and otherwise."""

_LOOKS_AFTER_A_DELETION = (0.0, 1.0, 2.0, 4.0)
"""Seconds before each: a service may forget a moment after it says so."""

logger = logging.getLogger("safelight")


@attrs.define(eq=False)
class Portraits:
    """The pictures of one batch, while they are sent.

    Attributes:
        service: The client.
        subject_id: Whose they are.
        meta: What is kept with each.
        on_progress: Is called with a `Progress`.
    """

    service: HautAI
    subject_id: str
    meta: Mapping[str, Any] | None = attrs.field(repr=False)
    on_progress: OnProgress | None
    _batch_id: str = attrs.field(init=False, default="")
    _made: list[str] = attrs.field(init=False, factory=list)
    _sent: dict[str, str] = attrs.field(init=False, factory=dict)

    def upload(self, pictures: Mapping[str, Picture], *, compute: bool) -> Batch:
        """Check all, send all, and let the analysis begin; the errors are those of `HautAI.upload`."""
        photos = run_here(lambda _: _opened(pictures))
        for photo in photos.values():
            if photo.orientation != UPRIGHT:  # as phones do; nobody says whether the service heeds it
                logger.info("%s is not stored upright (EXIF orientation %d).", photo.name, photo.orientation)
        try:
            for side, photo in photos.items():
                self._send(side, photo, photos)
            batch = self._batch()
            if compute:
                self.service.compute(batch)
            _close(photos)
            return batch
        except OutcomeUnknown as error:
            if error.job_id is None:  # the reply to a request for an address was lost, before any analysis
                self._take_back(lists=True)
            raise
        except SafelightError:
            self._take_back()
            raise
        except BaseException:
            self._take_back(_PATIENCE)
            raise
        finally:
            _close(photos)

    def _batch(self, *, known: bool = True) -> Batch:
        return Batch(self.subject_id, self._batch_id, dict(self._sent) if known else {})

    def _send(self, side: str, photo: Photo, photos: Mapping[str, Photo]) -> None:
        sent = [photos[other].size for other in self._sent]
        total = sum(other.size for other in photos.values())

        def sign() -> SignedRequest:
            return self._signed(side)

        def work(caller: ThreadCaller) -> None:
            from safelight.transport import new_transfer_client

            with new_transfer_client(caller.transport(self.service._transport), connections=1) as http:
                SignedUpload(
                    file=photo,
                    sign=caller.blocking(sign),
                    done=sum(sent),
                    total=total,
                    http=http,
                    stop=caller.stop,
                    on_progress=caller.callback(self.on_progress),
                    clock=self.service._clock,
                ).run()

        run_here(work)
        self._sent[side] = self._made[-1]

    def _signed(self, side: str) -> SignedRequest:
        """A fresh signed request for a side's picture, of which the service makes an entry in the batch."""
        from safelight_api.hautai.api.images import create_upload
        from safelight_api.hautai.models import ImageUpload, UploadRequest

        facts: dict[str, Any] = {"side_id": SIDES[side], "light_id": REGULAR_LIGHT}
        if self._batch_id:
            facts["batch_id"] = self._batch_id
        if self.meta is not None:
            facts["meta"] = dict(self.meta)
        try:
            upload = self.service._call(
                create_upload,
                ImageUpload,
                # Alone in a batch of its own, an entry that nobody knows of does no harm.
                repeatable=not self._batch_id,
                company_id=self.service._company,
                subject_id=self.subject_id,
                body=UploadRequest.from_dict(facts),
            )
        except ServerError as error:
            if not self._batch_id or not error.url.endswith("/signed_upload_url/"):  # but that of a login
                raise
            raise OutcomeUnknown(f"{error} It may have made an entry of the batch nevertheless.") from error
        self._batch_id = str(upload.image_batch_id)
        self._made.append(str(upload.id))
        for refused in [made for made in self._made[:-1] if made not in self._sent.values()]:
            if self._delete(refused, _CLEANUP):  # it could not be put to: nobody will read it
                self._made.remove(refused)
        signed = upload.upload_url
        headers = {name: str(value) for name, value in (signed.headers.to_dict() if signed.headers else {}).items()}
        return SignedRequest(signed.url, signed.method or "PUT", headers)

    def _take_back(self, seconds: float | None = None, *, lists: bool = False) -> None:
        """Delete what was made so far; that this fails is told, and hides no other error.

        Args:
            seconds: How long each deletion may take, for those who are in a hurry to end: the first failure ends it.
            lists: Whether there may be more in the batch than was told.
        """
        if lists and self._batch_id:
            with contextlib.suppress(SafelightError):
                there = self.service._image_ids(self._batch(known=False), _CLEANUP)
                self._made = list(dict.fromkeys([*self._made, *there]))
        try:
            while self._made:
                is_gone = self._delete(self._made[-1], seconds or _CLEANUP)
                self._made.pop()
                if not is_gone and seconds is not None:
                    return
        finally:
            if self._made:
                logger.warning("So may %s of %s.", ", ".join(self._made), self._batch())

    def _delete(self, image_id: str, seconds: float) -> bool:
        from safelight_api.hautai.api.images import delete_image

        place = self.service._place(self._batch(), image_id)
        try:
            self.service._call(delete_image, type(None), timeout=seconds, **place)
        except NotFound:
            return True
        except SafelightError as error:
            logger.warning("The picture %s of %s may stay at Haut.AI: %s", image_id, self._batch(), error)
            return False
        return True


def delete_for_good(service: HautAI, batch: Batch, image_id: str | int) -> None:
    """Delete a picture and look whether it is gone; the errors are those of `HautAI.delete_image`."""
    from safelight_api.hautai.api.images import delete_image

    service._call(delete_image, type(None), **service._place(batch, image_id))
    for pause in _LOOKS_AFTER_A_DELETION:
        service._clock.sleep(pause)
        try:
            service.image(batch, image_id)
        except NotFound:
            return
    raise UnexpectedReply(
        f"the picture {image_id} was deleted, and the service still has it",
        status=200,
        method="GET",
        url=f"{service.base_url}/.../batches/{batch.id}/images/{image_id}/",
        advice="Delete it again later, or in the service's own pages; if it stays, ask their support.",
    )


def _opened(pictures: Mapping[str, Picture]) -> dict[str, Photo]:
    photos: dict[str, Photo] = {}
    try:
        for side, picture in pictures.items():
            photos[side] = Photo(picture, f"the picture {side}")
    except BaseException:
        _close(photos)
        raise
    return photos


def _close(photos: Mapping[str, Photo]) -> None:
    for photo in photos.values():
        photo.close()
