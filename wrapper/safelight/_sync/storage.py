# Made from wrapper/safelight/_async/storage.py by scripts/unasync.py: edit that file, then run that script.
"""The user's own object storage: files are put there for services to read, and services write their results there."""

from __future__ import annotations

import contextlib
import functools
import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from safelight.bridge import Stop, ThreadCaller
from safelight.clock import SYSTEM_CLOCK, Clock
from safelight.errors import ConfigError, IntegrityError, SafelightError, TransferError
from safelight.redaction import SignedURL
from safelight.stores.blocks import block_url, commit
from safelight.stores.bodies import Body, Putable, content_type
from safelight.stores.calls import TookTooLong, in_background
from safelight.stores.opening import LazyStore
from safelight.stores.places import Place
from safelight.stores.refusals import Deed, Refusal, error_of
from safelight.transfer.progress import OnProgress, Progress, Reporter

logger = logging.getLogger("safelight")

_PART = 8 * 1024 * 1024
_PARTS_AT_ONCE = 3
_MOST_PARTS = 10_000
_ANSWER_SECONDS = 60.0
_LOOK_AGAIN = (0.5, 1.0, 2.0)
_LONGEST_EXPIRY = 7 * 86400.0


class Storage:
    """A place of one's own in S3 (or what speaks like it), Google Cloud Storage or Azure Blob Storage.

    Credentials are found as each cloud's own tools find them, arguments first:

    - `s3://`: `access_key_id` and `secret_access_key` (with `session_token`, `region`); `AWS_ACCESS_KEY_ID`,
      `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`; the keys, region and endpoint of `AWS_PROFILE` or
      `default` in `~/.aws/credentials` and `~/.aws/config`; a web identity; what ECS or EC2 gives.
    - `gs://`: `service_account` (the path of a key) or `service_account_key` (its JSON text);
      `GOOGLE_APPLICATION_CREDENTIALS`; gcloud's default; what Google's machines get. Signing needs a service account:
      its key, or on Google's machines the permission to sign blobs. gcloud's login of a person cannot sign.
    - `az://`: `account_name` and `account_key`, or `connection_string`; `AZURE_STORAGE_ACCOUNT_NAME` and
      `AZURE_STORAGE_ACCOUNT_KEY`, or `AZURE_STORAGE_CONNECTION_STRING`. A shared access signature (`sas_token`) can
      store and delete, and cannot sign.

    Names on Google Cloud Storage and Azure consist of letters, digits and `-._~/`, as obstore signs others otherwise
    than these stores do; S3 takes any. An emulator of Google Cloud Storage has to take signatures for the host
    `storage.googleapis.com`, the only one that obstore signs for.

    Nothing is asked of the store, and obstore is not loaded, before the first use. One object serves any number of
    threads and event loops, and only the process that made it: use it first in a process that was forked, or spawn.

    Azure refuses a plain PUT to the address of an object, unless a header names the object's type. `presign_put`
    therefore gives the address of a block there, which is written to by a plain PUT; the object is made of it by
    `presign_get` and `size`, and cannot be read before.

    An upload of more than 8 MiB that dies with its process leaves parts behind that cost money: let a rule of the
    bucket remove incomplete multipart uploads (Azure does so by itself after a week).

    Args:
        url: `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`; the prefix may be empty.
        endpoint: The address of a service that speaks like S3, or of an emulator; by default `AWS_ENDPOINT_URL_S3` or
            `AWS_ENDPOINT_URL`, `STORAGE_EMULATOR_HOST`, or what the Azure connection string says; else the cloud's own.
        expires: Seconds that addresses are good for, at most a week.
        clock: The time for pauses, for tests. Signatures go by the system's clock.
        credentials: Those that are named above.

    Raises:
        ConfigError: The address is none of a bucket, or there is no such setting.
    """

    def __init__(
        self,
        url: str,
        *,
        endpoint: str | None = None,
        expires: float = 3600.0,
        clock: Clock = SYSTEM_CLOCK,
        **credentials: str | None,
    ) -> None:
        self._place = Place.of(url)
        self._opened = LazyStore(self._place, endpoint, credentials)
        self._expires = _lifetime(expires)
        self._clock = clock
        self._bucket_seen = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._place)!r})"

    def put(self, file: Putable, *, name: str | None = None, on_progress: OnProgress | None = None) -> str:
        """Put a file into the storage.

        It is read as it is sent: memory does not grow with it. Its size is compared with what the store has in the end.

        Args:
            file: A path, bytes, or a file object that is open for reading in binary mode, which is read from where it
                is to its end and not closed.
            name: What to call it there; a new name with the file's suffix if not given. Its suffix tells the store
                the media type.
            on_progress: Is called with a `Progress` about ten times a second.

        Returns:
            An address that it can be read from with GET, until it expires.

        Raises:
            ConfigError: The file is missing or empty, the name cannot be one, or the storage or its credentials are
                not set right; the message says what to do.
            FileChanged: The file was written to meanwhile.
            IntegrityError: The store has something else than what was sent.
            TransferError: The file cannot be read, or the store cannot be reached, or it fails.
        """
        body = Body(file)
        try:
            name = uuid.uuid4().hex + body.suffix if name is None else name
            self._sign("GET", name, None)  # what cannot be signed for is not sent in vain
            self._send(body, name, on_progress)
        finally:
            body.close()
        return self._sign("GET", name, None)

    def store(self, file: Putable, name: str, *, on_progress: OnProgress | None = None) -> None:
        """Put a file into the storage under a name, as `put` does, without an address of it."""
        body = Body(file)
        try:
            if self._opened.can_sign:
                self._sign("GET", name, None)  # shows within a minute whether there are credentials
            self._send(body, name, on_progress)
        finally:
            body.close()

    def presign_get(self, name: str, *, expires: float | None = None) -> str:
        """An address that an object can be read from with GET; whether there is one is not asked.

        Args:
            name: The object.
            expires: Seconds that the address is good for; by default the storage's.

        Raises:
            ConfigError: The credentials cannot sign, or are not found.
            TransferError: What signs cannot be reached.
        """
        self._commit(name)
        return self._sign("GET", name, expires)

    def presign_put(self, name: str, *, expires: float | None = None) -> str:
        """An address that an object can be written to with PUT, and that cannot be read from.

        Args:
            name: The object; one that is there is replaced.
            expires: Seconds that the address is good for; by default the storage's.

        Raises:
            ConfigError: The credentials cannot sign, or are not found.
            TransferError: What signs cannot be reached.
        """
        url = self._sign("PUT", name, expires)
        return SignedURL(block_url(url)) if self._place.scheme == "az" else url

    def delete(self, name: str) -> None:
        """Remove an object; that there is none is no error.

        Raises:
            ConfigError: The credentials do not allow it, or there is no such bucket.
            TransferError: The store cannot be reached, or it fails.
        """
        self._delete(name, None)

    def _delete(self, name: str, seconds: float | None) -> None:
        work = self._opened.work("delete", self._place.key(name))
        with contextlib.suppress(FileNotFoundError):
            self._run(work, name=name, deed="deleted", seconds=seconds)

    def size(self, name: str) -> int | None:
        """How many bytes an object has, or None where there is none (yet).

        Raises:
            ConfigError: The credentials do not allow it, or there is no such bucket.
            TransferError: The store cannot be reached, or it fails.
        """
        self._commit(name)
        return self._size(name)

    def _size(self, name: str) -> int | None:
        key = self._place.key(name)
        try:
            found = self._run(self._opened.work("head", key), name=name, deed="looked for", mute=True)
            size: int = found["size"]
            self._bucket_seen = True
        except FileNotFoundError:
            if not self._bucket_seen:
                self._ask_why(name)
            return None
        return size

    def _ask_why(self, name: str) -> None:
        """Ask for the object itself: replies to HEAD have no body, and so do not tell what is wrong."""
        work = self._opened.work("get_range", self._place.key(name), start=0, length=1)
        try:
            self._run(work, name=name, deed="looked for")
        except FileNotFoundError:
            self._bucket_seen = True

    def _send(self, body: Body, name: str, on_progress: OnProgress | None) -> None:
        key, caller = self._place.key(name), ThreadCaller()
        reporter = Reporter(caller.callback(on_progress), self._clock)

        def report(sent: int) -> None:
            reporter.report(Progress(done=sent, total=body.size, unit="bytes", phase="uploading"))

        media_type = content_type(name)
        work = self._opened.work(
            "put",
            key,
            body.pieces(caller.stop, report),
            attributes={"Content-Type": media_type} if media_type else None,
            use_multipart=body.size is None or body.size > _PART,
            chunk_size=max(_PART, -(-(body.size or 0) // _MOST_PARTS)),
            max_concurrency=_PARTS_AT_ONCE,
        )
        try:
            self._run(work, name=name, deed="put", stop=caller.stop, bounded=False)
        except SafelightError:
            if body.error is not None:  # obstore tells what befell it when it cleared up after this
                raise body.error from None
            raise
        try:
            body.check()
            self._compare(body.sent, name)
        except SafelightError:
            try:
                self.delete(name)
            except SafelightError as error:
                logger.warning("%s may stay in %r: %s", name, self, error)
            raise

    def _compare(self, sent: int, name: str) -> None:
        size = self._size(name)
        for pause in _LOOK_AGAIN:  # some stores take a moment to see what they have taken
            if size == sent:
                return
            self._clock.sleep(pause)
            size = self._size(name)
        if size != sent:
            raise IntegrityError(
                f"{name}: {sent} bytes were sent to {self._place}, and the store has {size or 'none'}: put it again."
            )

    def _sign(self, method: str, name: str, expires: float | None) -> str:
        lifetime = self._expires if expires is None else _lifetime(expires)
        key = self._place.key(name)
        work = self._opened.work("sign", method, key, lifetime)
        return SignedURL(self._run(work, name=name, deed="given an address"))

    def _commit(self, name: str) -> None:
        """Make the object of what was PUT to an address of `presign_put`, where that is not done by the PUT itself."""
        if self._place.scheme != "az" or not self._opened.can_sign:
            return
        url = self._sign("PUT", name, 300.0)
        self._run(functools.partial(commit, url, name), name=name, deed="looked for")

    def _run(
        self,
        work: Callable[[], Any],
        *,
        name: str,
        deed: Deed,
        stop: Stop | None = None,
        bounded: bool = True,
        seconds: float | None = None,
        mute: bool = False,
    ) -> Any:
        """Do something with the store.

        Args:
            work: What to do.
            name: The object that it is done with.
            deed: What it is, for messages.
            stop: Is set when it shall end.
            bounded: Whether it has to be done within some time.
            seconds: Within how many; by default `_ANSWER_SECONDS`.
            mute: Whether the store's reply tells its status and nothing else.

        Raises:
            FileNotFoundError: What was looked for, or deleted, is not there.
            SafelightError: What was wrong, and what to do.
        """
        seconds = (seconds or _ANSWER_SECONDS) if bounded else None
        try:
            return in_background(work, stop=stop or Stop(), seconds=seconds)
        except SafelightError:
            raise
        except TookTooLong:
            raise TransferError(
                f"{name} cannot be {deed} in {self._place}: no answer within {seconds:g} seconds. "
                "Check the endpoint and the network, and try again."
            ) from None
        except Exception as error:  # obstore's, whose texts may quote signatures
            nothing = isinstance(error, FileNotFoundError) and Refusal.of(error).meaning is None
            if nothing and deed in ("looked for", "deleted"):
                raise
            if mute and Refusal.of(error).status is not None:
                self._ask_why(name)
            raise error_of(self._place, name, deed, error) from None


def _lifetime(seconds: float) -> timedelta:
    if not 1 <= seconds <= _LONGEST_EXPIRY:
        raise ConfigError(f"expires is {seconds}: addresses can be good for 1 to {_LONGEST_EXPIRY:.0f} seconds.")
    return timedelta(seconds=round(seconds))
