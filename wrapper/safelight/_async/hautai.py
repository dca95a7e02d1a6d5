"""Haut.AI: what a picture of a face tells about its skin."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urlsplit

import httpx

from safelight._async.base import AsyncService
from safelight.auth import ApiKey, Login
from safelight.clock import SYSTEM_CLOCK, Clock
from safelight.config import address, check_id, required, setting
from safelight.errors import (
    APIError,
    ConfigError,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    UnexpectedReply,
)
from safelight.redaction import Secret
from safelight.retry import AMBIGUOUS_STATUSES

if TYPE_CHECKING:
    from safelight._async.analysis import AsyncAuxImage
    from safelight.hautai import Batch
    from safelight.photo import Picture
    from safelight.replies import Endpoint
    from safelight.transfer.progress import OnProgress
    from safelight_api.hautai import Client
    from safelight_api.hautai.models import BatchMetrics, Image, ImageResult, Subject, Webhook

_PAGING = frozenset({"limit", "offset", "page", "page_size", "cursor"})


class AsyncHautAI(AsyncService):
    """The client of Haut.AI.

    By a private token, which Haut.AI recommends for servers, or by a login: one serves any number of requests in any
    threads, and is renewed before its hour is over.

    Args:
        token: A private token; by default the environment's `HAUTAI_TOKEN`.
        username: For a login instead; by default `HAUTAI_USERNAME`.
        password: Likewise; by default `HAUTAI_PASSWORD`.
        company_id: By default `HAUTAI_COMPANY_ID`, or the company of the login.
        dataset_id: Where subjects and their pictures are kept; by default `HAUTAI_DATASET_ID`.
        base_url: Where the service is; by default `HAUTAI_BASE_URL` or https://saas.haut.ai.
        timeout: Seconds that one API request may take with all its retries.
        max_retries: How often one API request is sent again at the most.
        transport: An httpx transport to send everything through, for tests.
        clock: The time, for tests.

    Raises:
        ConfigError: A credential is missing, or an address is none.
    """

    _name = "hautai"
    _timestamps = frozenset({"creation_time", "expiration_time"})

    def __init__(
        self,
        *,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        company_id: str | int | None = None,
        dataset_id: str | int | None = None,
        base_url: str | None = None,
        timeout: float = 120.0,
        max_retries: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        base_url = address(base_url, "base_url", "HAUTAI_BASE_URL", "https://saas.haut.ai")
        company = setting(company_id, "HAUTAI_COMPANY_ID")
        if token is None and username is None and password is None:
            token = setting(None, "HAUTAI_TOKEN")
        auth: httpx.Auth
        if token is not None:
            if company is None:
                raise ConfigError(
                    "company_id is missing: pass company_id=..., or set HAUTAI_COMPANY_ID in the environment "
                    "(only a login tells it by itself)."
                )
            auth = ApiKey("Authorization", f"Bearer {required(token, 'token', 'HAUTAI_TOKEN')}", base_url=base_url)
        else:
            if setting(username, "HAUTAI_USERNAME") is None and setting(password, "HAUTAI_PASSWORD") is None:
                raise ConfigError(
                    "the credentials are missing: pass token=..., or username=... and password=..., "
                    "or set HAUTAI_TOKEN, or HAUTAI_USERNAME and HAUTAI_PASSWORD, in the environment."
                )
            auth = Login(
                required(username, "username", "HAUTAI_USERNAME"),
                required(password, "password", "HAUTAI_PASSWORD"),
                base_url=base_url,
                clock=clock,
            )
        super().__init__(
            auth=auth, base_url=base_url, timeout=timeout, max_retries=max_retries, transport=transport, clock=clock
        )
        self._company = company or Login.OF_THE_LOGIN
        self._dataset = setting(dataset_id, "HAUTAI_DATASET_ID")

    @property
    def api(self) -> Client:
        """The generated client, authenticated, for the functions below `safelight_api.hautai.api`."""
        from safelight_api.hautai import Client

        return Client(base_url=self.base_url).set_async_httpx_client(self._http.get())

    async def create_subject(
        self,
        name: str,
        *,
        birth_date: str | None = None,
        biological_sex: str | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> Subject:
        """Make a subject: a person, by a name of yours that need not be theirs, whose pictures belong together.

        Args:
            name: 1 to 512 characters.
            birth_date: `YYYY-MM-DD`.
            biological_sex: In the service's words.
            meta: Anything of yours.

        Raises:
            ConfigError: The name or another argument is out of bounds; the dataset is missing.
            OutcomeUnknown: The reply was lost: look whether `subjects` has it.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight.bounds import check_body
        from safelight_api.hautai.api.images import create_subject
        from safelight_api.hautai.models import Subject, SubjectRequest

        wishes = {"birth_date": birth_date, "biological_sex": biological_sex, "meta": meta and dict(meta)}
        body = {"name": name, **{key: value for key, value in wishes.items() if value is not None}}
        check_body(create_subject, body)
        return await self._call(
            create_subject,
            Subject,
            repeatable=False,
            company_id=self._company,
            dataset_id=self._dataset_id(),
            body=SubjectRequest.from_dict(body),
        )

    async def subjects(self) -> AsyncIterator[Subject]:
        """All subjects of the dataset; pages are fetched as they are needed.

        Raises:
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight_api.hautai.api.images import list_subjects
        from safelight_api.hautai.models import Subject

        where: dict[str, Any] = {}
        seen: list[dict[str, Any]] = []
        while where not in seen:
            seen.append(where)
            place: dict[str, Any] = {"company_id": self._company, "dataset_id": self._dataset_id()}
            page = await self._call(list_subjects, object, **place, **where)
            for subject in self._items(page, Subject, "subjects/"):
                yield subject
            # Of the next page's address only the query counts: behind a proxy it may name another host.
            following = getattr(page, "next_", None)
            if not following:
                return
            where = {name: value for name, value in parse_qsl(urlsplit(following).query) if name in _PAGING}
            if not where:
                raise self._unexpected("the next page has an address of an unknown form", "subjects/")

    async def upload(
        self,
        subject_id: str | int,
        *,
        front: Picture | None = None,
        left: Picture | None = None,
        right: Picture | None = None,
        meta: Mapping[str, Any] | None = None,
        compute: bool = True,
        on_progress: OnProgress | None = None,
    ) -> Batch:
        """Upload pictures of a face, and have them analysed.

        All pictures are checked before anything is sent: they decode, have at least 256x256 pixels and at most
        31457280 bytes (the service's own rules). If the service or its store refuses one of them, those that were sent
        before are deleted.

        Args:
            subject_id: Whose face it is.
            front: A path, bytes, or a file that is open for reading in binary mode.
            left: Likewise.
            right: Likewise.
            meta: Anything of yours, kept with each picture.
            compute: Whether the analysis is to begin; `compute` lets it begin later.
            on_progress: Is called with a `Progress` for each megabyte.

        Returns:
            The batch: `wait` for its results.

        Raises:
            ConfigError: There is no picture, or one does not fit the rules; Pillow, which checks them, is missing.
            NotFound: There is no such subject.
            TransferError: The bytes do not arrive.
            OutcomeUnknown: A reply was lost. With a `job_id`, which names the batch, the analysis may have begun:
                `wait` for it, and `compute` it if nothing comes. Without, the pictures were deleted again.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight._async.portraits import AsyncPortraits

        check_id("subject_id", subject_id)
        self._dataset_id()  # below which pictures are taken back, and their results are
        given = {"front": front, "right": right, "left": left}
        pictures = {side: picture for side, picture in given.items() if picture is not None}
        if not pictures:
            raise ConfigError(f"there is no picture: pass at least one of {', '.join(given)}.")
        portraits = AsyncPortraits(self, str(subject_id), dict(meta) if meta is not None else None, on_progress)
        return await portraits.upload(pictures, compute=compute)

    async def compute(self, batch: Batch | str) -> None:
        """Have the pictures of a batch analysed. `upload` does so by itself.

        Raises:
            OutcomeUnknown: The reply was lost: the analysis may have begun. `wait` for it before you ask again.
            OutOfCredits: The account's plan has no analyses left.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight_api.hautai.api.images import compute_batch
        from safelight_api.hautai.models import ComputeRequest

        batch = _batch_of(batch)
        try:
            await self._call(
                compute_batch,
                type(None),
                repeatable=False,
                company_id=self._company,
                batch_id=batch.id,
                body=ComputeRequest(),
            )
        except (OutcomeUnknown, APIError) as error:
            if isinstance(error, APIError) and not (
                error.status in AMBIGUOUS_STATUSES and error.url.endswith("/compute/")  # and not that of a login
            ):
                raise
            raise OutcomeUnknown(
                f"{error} The analysis of {batch} may have begun: wait for it before you ask again.",
                job_id=str(batch),
            ) from error

    async def wait(
        self, batch: Batch | str, *, timeout: float = 600.0, on_progress: OnProgress | None = None
    ) -> list[ImageResult]:
        """Wait until a batch has been analysed.

        The end is told by the service's own signal (`all_algorithms_calculated` of its metrics); where it gives none,
        or keeps saying no, by results of every picture that are there and have not changed for a while. An event of the
        batch that is given to `notify` makes it look at once.

        Args:
            batch: From this process or another.
            timeout: Seconds to wait at the most.
            on_progress: Is called with a `Progress` after each look.

        Returns:
            The results of all pictures, whose `image_id` says of which; none where only `metrics` has any.

        Raises:
            JobFailed: The analysis has ended without any result; `reason` is `NO_FACE` where that is why, or where the
                service does not say why.
            JobTimeout: It has not ended yet: wait again, in this process or another.
            NotFound: The service knows no such batch.
            APIError: The service refused.
        """
        from safelight._async.analysis import AsyncAnalysis

        return await AsyncAnalysis(self, _batch_of(batch)).result(timeout=timeout, on_progress=on_progress)

    async def results(self, batch: Batch | str) -> list[ImageResult]:
        """The results of all pictures of a batch that are there by now: none, some, or all.

        Raises:
            NotFound: The service knows no such batch.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        batch = _batch_of(batch)
        found = await self._results(batch, await self._image_ids(batch))
        return [result for some in found.values() for result in some]

    async def metrics(self, batch: Batch | str) -> BatchMetrics:
        """What the newer version of the API says of a batch as a whole.

        Its `face_skin_metrics_3` has `all_algorithms_calculated`, and whatever the service adds to it.

        Raises:
            NotFound: The service knows no such batch.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight_api.hautai.api.images import get_metrics
        from safelight_api.hautai.models import BatchMetrics

        return await self._call(get_metrics, BatchMetrics, company_id=self._company, batch_id=_batch_of(batch).id)

    async def images(self, batch: Batch | str) -> list[Image]:
        """The pictures of a batch, as the service knows them.

        Raises:
            NotFound: The service knows no such batch.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight_api.hautai.api.images import list_images
        from safelight_api.hautai.models import Image

        return await self._list(list_images, Image, _batch_of(batch))

    async def image(self, batch: Batch | str, image_id: str | int) -> Image:
        """One picture of a batch, as the service knows it.

        Raises:
            NotFound: There is no such picture.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight_api.hautai.api.images import get_image
        from safelight_api.hautai.models import Image

        return await self._call(get_image, Image, **self._place(_batch_of(batch), image_id))

    async def delete_image(self, batch: Batch | str, image_id: str | int) -> None:
        """Delete a picture from the service, and make sure that the service knows it no more (for up to 7 seconds).

        Raises:
            NotFound: There is no such picture.
            UnexpectedReply: The service says that it is deleted, and still has it.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight._async.portraits import delete_for_good

        await delete_for_good(self, _batch_of(batch), image_id)

    async def aux_images(self, batch: Batch | str, image_id: str | int) -> list[AsyncAuxImage]:
        """Pictures that the analysis made of one: masks, heat maps and the like, one for each address.

        Their addresses live an hour; `save` and `open` ask for others where they have expired.

        Raises:
            NotFound: There is no such picture.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight._async.analysis import aux_images_of

        return await aux_images_of(self, _batch_of(batch), image_id)

    async def create_webhook(
        self,
        url: str,
        secret: str,
        *,
        authorization: Literal["bearer", "basic", "query"] = "bearer",
        key: str = "safelight",
    ) -> Webhook:
        """Have the service call an address of yours about the dataset's pictures; it takes the place of the last one.

        Args:
            url: The address, such as that of a `safelight.webhooks.WebhookReceiver`.
            secret: By what the calls are known to come from the service; `safelight.webhooks` checks it.
            authorization: How they carry it: as a bearer token, as a password, or as a parameter of the query.
            key: The user name of `basic`, the parameter's name of `query`.

        Raises:
            ConfigError: The address is none; the secret or the key is empty, or another kind of authorization is given.
            OutcomeUnknown: The reply was lost: it may have been made.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight.bounds import check_body
        from safelight_api.hautai.api.images import create_webhook
        from safelight_api.hautai.models import Webhook, WebhookRequest

        if not url.startswith(("https://", "http://")):
            raise ConfigError("url is no address that starts with https:// (or http://).")
        body = {
            "url": url,
            "authorization": authorization,
            "authorization_key": key,
            "authorization_value": Secret(secret),
            "method": "post",
            "enabled": True,
        }
        check_body(create_webhook, body)
        try:
            return await self._call(
                create_webhook,
                Webhook,
                repeatable=False,
                company_id=self._company,
                dataset_id=self._dataset_id(),
                body=WebhookRequest.from_dict(body),
            )
        except APIError as error:
            if json.dumps(secret)[1:-1] in json.dumps(error.body):  # the service repeats what it was sent
                raise InvalidRequest(
                    "the webhook is refused, in words that hold its secret",
                    status=error.status,
                    method=error.method,
                    url=error.url,
                    request_id=error.request_id,
                ) from None
            raise

    def _dataset_id(self) -> str:
        if self._dataset is None:
            raise ConfigError(
                "dataset_id is missing: pass dataset_id=... to the client, or set HAUTAI_DATASET_ID in the environment."
            )
        return self._dataset

    def _place(self, batch: Batch, image_id: str | int | None = None) -> dict[str, Any]:
        """The arguments that lead to a batch, or to a picture of it."""
        place = {
            "company_id": self._company,
            "dataset_id": self._dataset_id(),
            "subject_id": batch.subject_id,
            "batch_id": batch.id,
        }
        if image_id is None:
            return place
        check_id("image_id", image_id)
        return {**place, "image_id": str(image_id)}

    async def _list(
        self,
        endpoint: Endpoint,
        kind: type[Any],
        batch: Batch,
        image_id: str | int | None = None,
        timeout: float | None = None,
    ) -> list[Any]:
        place = self._place(batch, image_id)
        reply = await self._call(endpoint, object, timeout=timeout, **place)
        return self._items(reply, kind, f"batches/{batch.id}/images/")

    def _items(self, reply: object, kind: type[Any], where: str) -> list[Any]:
        """The items of a list, which comes bare or wrapped in `results`."""
        items = getattr(reply, "results", reply)
        if not isinstance(items, list) or not all(isinstance(item, kind) for item in items):
            raise self._unexpected(f"the reply is no list of {kind.__name__}", where)
        return items

    def _unexpected(self, what: str, where: str) -> UnexpectedReply:
        return UnexpectedReply(
            what,
            status=200,
            method="GET",
            url=f"{self.base_url}/.../{where}",
            advice="If it keeps happening, the service has changed: look for a newer safelight.",
        )

    async def _image_ids(self, batch: Batch, timeout: float | None = None) -> list[str]:
        from safelight_api.hautai.api.images import list_images
        from safelight_api.hautai.models import Image

        if batch.images:
            return list(batch.images.values())
        return [str(image.id) for image in await self._list(list_images, Image, batch, timeout=timeout)]

    async def _results(
        self, batch: Batch, image_ids: list[str], timeout: float | None = None
    ) -> dict[str, list[ImageResult]]:
        """The results of each picture that is there, each of which knows whose it is.

        Raises:
            NotFound: None is there.
        """
        from safelight_api.hautai.api.images import list_results
        from safelight_api.hautai.models import ImageResult

        found: dict[str, list[ImageResult]] = {}
        gone: NotFound | None = None
        for image_id in image_ids:
            try:
                found[image_id] = await self._list(list_results, ImageResult, batch, image_id, timeout)
            except NotFound as error:  # it was deleted
                gone = error
                continue
            for result in found[image_id]:
                result.image_id = image_id
        if gone is not None and not found:
            raise gone
        return found


def _batch_of(given: Batch | str) -> Batch:
    from safelight.hautai import Batch

    return Batch.of(given)
