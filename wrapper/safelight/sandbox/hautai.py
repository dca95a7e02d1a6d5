"""Haut.AI's operations for images, on this machine.

What it tells of a picture is statistics of its pixels. Stand-ins, because nothing is known of them: how pages are
asked for (`limit` and `offset`), what a webhook is told besides links, what it is told by GET (nothing), and that a
computation without pictures is refused, and a repeated one done once.
"""

from __future__ import annotations

import itertools
import secrets
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from safelight.sandbox.analyses import Replies
from safelight.sandbox.background import Background
from safelight.sandbox.clock import SandboxClock
from safelight.sandbox.computation import Computation
from safelight.sandbox.contract import Call
from safelight.sandbox.courier import Courier
from safelight.sandbox.front import Refused, Target
from safelight.sandbox.google import LENGTH_RANGE, GoogleBucket
from safelight.sandbox.logins import Logins
from safelight.sandbox.service import ContractService, complaints
from safelight.sandbox.subjects import SIDES, Batch, Picture, Subject, written

_OPEN_OPERATIONS = ("login", "refresh_token")
_PATHS = ("/api/v1/auth/", "/api/v1/companies/", "/api/v3/companies/")
_SIDE_IDS = {side: number for number, side in SIDES.items()}
_UPLOAD_HEADERS = {"Content-Type": "application/octet-stream", LENGTH_RANGE: "1,31457280"}


class HautAISandbox(ContractService):
    """One company with one dataset, and everything that is known of its subjects.

    Args:
        logins: Who gets in.
        bucket: Keeps the pictures and what is made of them.
        background: Where they are computed.
        courier: Calls the webhook.
        clock: Decides how far they are.
        origin: The start of the service's own URLs.
        processing_seconds: How long a batch is computed.
        url_seconds: How long a URL is good to put a picture to.

    Attributes:
        dataset_id: The id of the dataset.
        page_size: How many subjects are told at once. May be set.
        wrap_lists: Whether lists of images, results and maps come inside `results`, as some clients see them. May be
            set.
    """

    name = "hautai"

    def __init__(
        self,
        *,
        logins: Logins,
        bucket: GoogleBucket,
        background: Background,
        courier: Courier,
        clock: SandboxClock,
        origin: str,
        processing_seconds: float,
        url_seconds: float,
    ) -> None:
        super().__init__()
        self.dataset_id = str(uuid.uuid4())
        self.page_size = 10
        self.wrap_lists = False
        self._logins = logins
        self._bucket = bucket
        self._clock = clock
        self._origin = origin
        self._url_seconds = url_seconds
        self._replies = Replies(bucket, clock, logins.company_id, self.dataset_id)
        self._computation = Computation(
            bucket=bucket,
            replies=self._replies,
            background=background,
            courier=courier,
            clock=clock,
            seconds=processing_seconds,
        )
        self._lock = threading.RLock()
        self._subjects: dict[str, Subject] = {}
        self._numbers = itertools.count()
        self.answers = {
            "login": self._login,
            "refresh_token": self._refresh,
            "create_private_token": self._create_token,
            "list_private_tokens": self._list_tokens,
            "delete_private_token": self._delete_token,
            "create_subject": self._create_subject,
            "list_subjects": self._list_subjects,
            "create_upload": self._create_upload,
            "create_uploads_v3": self._create_uploads,
            "compute_batch": self._compute,
            "compute_batch_v3": self._compute,
            "list_images": self._list_images,
            "get_image": self._get_image,
            "delete_image": self._delete_image,
            "list_aux_images": self._list_maps,
            "list_results": self._list_results,
            "get_metrics": self._get_metrics,
            "create_webhook": self._create_webhook,
        }

    @property
    def username(self) -> str:
        """Whom a login must name."""
        return self._logins.username

    @property
    def password(self) -> str:
        """What a login must know."""
        return self._logins.password

    @property
    def company_id(self) -> str:
        """The id of the company, which a login tells."""
        return self._logins.company_id

    @property
    def mfa(self) -> bool:
        """Whether a login needs a second factor, and so is refused. May be set."""
        return self._logins.mfa

    @mfa.setter
    def mfa(self, needed: bool) -> None:
        self._logins.mfa = needed

    @property
    def subjects(self) -> dict[str, Subject]:
        """The subjects by id, oldest first."""
        with self._lock:
            return dict(self._subjects)

    @property
    def pictures(self) -> int:
        """How many files are kept of people: their pictures, and what was made of them."""
        return len(self._bucket.objects)

    @property
    def leaks(self) -> int:
        """How many requests to the pictures' store brought credentials of another host. All were refused."""
        return self._bucket.leaks

    def no_face_next(self, *, error: str = "") -> None:
        """Let the next computation find no face in any of its pictures.

        Args:
            error: What the results say of it, as `No face detected`; without it, there are none.
        """
        self._computation.faceless.append(error)

    def revoke_all(self) -> None:
        """Let no token that was given so far be valid any longer."""
        self._logins.revoke_all()

    def recognise(self, request: Request) -> Target | None:
        """An operation of the contract; all other paths beside it are this service's, too."""
        return super().recognise(request) or (Target(None) if request.url.path.startswith(_PATHS) else None)

    def admit(self, request: Request) -> None:
        """Check the token, where one is needed.

        Raises:
            Refused: 401.
        """
        target = super().recognise(request)
        if target is None or target.operation not in _OPEN_OPERATIONS:
            self._logins.tokens.check(request.headers.get("authorization"))

    def refusal(self, refused: Refused) -> Response:
        """`{"detail": ...}`; what does not fit the contract gets 400."""
        status = 400 if refused.status == 422 else refused.status
        return JSONResponse({"detail": complaints(refused.detail)}, status, headers=refused.headers)

    async def _login(self, call: Call) -> Response:
        return JSONResponse(self._logins.log_in(call.body["username"], call.body["password"]))

    async def _refresh(self, call: Call) -> Response:
        return JSONResponse(self._logins.refresh(call.body["refresh_token"]))

    async def _create_token(self, call: Call) -> Response:
        return JSONResponse(self._logins.create(call.body["name"], call.body["expiration_time"]), 201)

    async def _list_tokens(self, _call: Call) -> Response:
        tokens = [token.as_json() for token in self._logins.private.values()]
        return JSONResponse({"count": len(tokens), "next": None, "previous": None, "results": tokens})

    async def _delete_token(self, call: Call) -> Response:
        self._logins.delete(call.path["token_id"])
        return Response(status_code=204)

    async def _create_subject(self, call: Call) -> Response:
        self._check_place(call)
        subject = Subject(call.body, self._now_written())
        with self._lock:
            self._subjects[subject.id] = subject
        return JSONResponse(self._replies.subject(subject), 201)

    async def _list_subjects(self, call: Call) -> Response:
        self._check_place(call)
        subjects = [self._replies.subject(subject) for subject in self.subjects.values()]
        limit, offset = (_count(call, name, usual) for name, usual in (("limit", self.page_size), ("offset", 0)))
        path = f"/api/v1/companies/{self.company_id}/datasets/{self.dataset_id}/subjects/"

        def link(start: int) -> str:
            return f"{self._origin}{path}?{urlencode({'limit': limit, 'offset': start})}"

        return JSONResponse(
            {
                "count": len(subjects),
                "next": link(offset + limit) if offset + limit < len(subjects) else None,
                "previous": link(max(0, offset - limit)) if offset else None,
                "results": subjects[offset : offset + limit],
            }
        )

    async def _create_upload(self, call: Call) -> Response:
        subject, body = self._subject(call), call.body
        batch = subject.batches.get(body["batch_id"]) if "batch_id" in body else self._new_batch(subject)
        if batch is None:
            raise Refused(400, "batch_id: this subject has no such batch.")
        side_id = body.get("side_id", 1)
        if side_id not in SIDES:
            raise Refused(400, "side_id: 1 is the front, 2 the right side, 3 the left one.")
        picture = self._new_picture(batch, side_id, body)
        told = {**self._replies.picture(subject, batch, picture), "upload_url": self._upload_url(picture)}
        return JSONResponse(told, 201)

    async def _create_uploads(self, call: Call) -> Response:
        subject, sides = self._subject(call), [side for side in _SIDE_IDS if call.body.get(side)]
        if not sides:
            raise Refused(400, "front, left or right: one of them is needed.")
        batch = self._new_batch(subject)
        told: dict[str, Any] = {"image_batch_id": batch.id}
        for side in sides:
            picture = self._new_picture(batch, _SIDE_IDS[side], {"name": call.body[side]})
            told[side] = {"id": picture.id, **self._upload_url(picture)}
        return JSONResponse(told)

    async def _compute(self, call: Call) -> Response:
        subject, batch = self._found_batch(call)
        self._computation.begin(subject, batch)
        return Response(status_code=204)

    async def _list_images(self, call: Call) -> Response:
        subject, batch = self._found_batch(call)
        await self._computation.measured(batch.started())
        return self._list([self._replies.picture(subject, batch, picture) for picture in batch.pictures.values()])

    async def _get_image(self, call: Call) -> Response:
        subject, batch, picture = self._found_picture(call)
        await self._computation.measured([picture])
        return JSONResponse(self._replies.picture(subject, batch, picture))

    async def _delete_image(self, call: Call) -> Response:
        _, batch, picture = self._found_picture(call)
        del batch.pictures[picture.id]
        self._bucket.drop(f"{picture.id}/")
        return Response(status_code=204)

    async def _list_maps(self, call: Call) -> Response:
        _, _, picture = self._found_picture(call)
        await self._computation.measured([picture])
        return self._list(self._replies.maps(picture))

    async def _list_results(self, call: Call) -> Response:
        _, _, picture = self._found_picture(call)
        await self._computation.measured([picture])
        return self._list(self._replies.results(picture))

    async def _get_metrics(self, call: Call) -> Response:
        _, batch = self._found_batch(call)
        started = batch.started()
        await self._computation.measured(started)
        return JSONResponse({"face_skin_metrics_3": self._replies.metrics(started)} if started else {})

    async def _create_webhook(self, call: Call) -> Response:
        self._check_place(call)
        # A dataset has one.
        webhook = self._computation.webhook = {"enabled": True, **call.body}
        return JSONResponse({**webhook, "secret_key": secrets.token_urlsafe(24)}, 201)

    def _new_batch(self, subject: Subject) -> Batch:
        batch = Batch()
        subject.batches[batch.id] = batch
        return batch

    def _new_picture(self, batch: Batch, side_id: int, request: Mapping[str, Any]) -> Picture:
        picture = Picture(side_id, request, self._now_written())
        batch.pictures[picture.id] = picture
        return picture

    def _upload_url(self, picture: Picture) -> Mapping[str, Any]:
        url = self._bucket.put_url(picture.key, self._url_seconds, _UPLOAD_HEADERS)
        return {"url": url, "method": "PUT", "headers": dict(_UPLOAD_HEADERS)}

    def _check_place(self, call: Call) -> None:
        if call.path["company_id"] != self.company_id:
            raise Refused(403, "You do not have permission to perform this action.")
        if call.path.get("dataset_id", self.dataset_id) != self.dataset_id:
            raise _not_found()

    def _subject(self, call: Call) -> Subject:
        self._check_place(call)
        subject = self.subjects.get(call.path["subject_id"])
        if subject is None:
            raise _not_found()
        return subject

    def _found_batch(self, call: Call) -> tuple[Subject, Batch]:
        """The batch of a path, which names its subject or does not."""
        self._check_place(call)
        subjects = [self._subject(call)] if "subject_id" in call.path else list(self.subjects.values())
        for subject in subjects:
            if batch := subject.batches.get(call.path["batch_id"]):
                return subject, batch
        raise _not_found()

    def _found_picture(self, call: Call) -> tuple[Subject, Batch, Picture]:
        subject, batch = self._found_batch(call)
        picture = batch.pictures.get(call.path["image_id"])
        if picture is None:
            raise _not_found()
        return subject, batch, picture

    def _list(self, items: Sequence[Mapping[str, Any]]) -> Response:
        return JSONResponse({"results": items} if self.wrap_lists else items)

    def _now_written(self) -> str:
        return written(self._clock.now(), next(self._numbers))


def _not_found() -> Refused:
    return Refused(404, "Not found.")


def _count(call: Call, name: str, usual: int) -> int:
    """A number of the query; 400 for what is none."""
    text = str(call.query.get(name, usual))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(400, f"{name}: A valid integer is required.")
    return int(text) or usual
