"""The sandbox as a whole: it starts, it tells where it is, and it stops."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from safelight.clock import SYSTEM_CLOCK
from safelight.sandbox.background import Background
from safelight.sandbox.bucket import Bucket
from safelight.sandbox.clock import SandboxClock
from safelight.sandbox.courier import Courier, Delivery
from safelight.sandbox.faults import Faults, fault_for
from safelight.sandbox.front import Front, Service
from safelight.sandbox.google import GoogleBucket
from safelight.sandbox.hautai import HautAISandbox
from safelight.sandbox.immersity import ImmersitySandbox
from safelight.sandbox.letsenhance import LetsEnhanceSandbox
from safelight.sandbox.log import RequestLog, RequestRecord
from safelight.sandbox.logins import Logins
from safelight.sandbox.models import ModelShop
from safelight.sandbox.oauth import TokenEndpoint
from safelight.sandbox.server import Servers, bind, origin
from safelight.sandbox.signing import REGION
from safelight.sandbox.storage import Storage
from safelight.sandbox.teleport import TeleportSandbox

if find_spec("av") is None:
    # It is loaded when a video is made, but missed at once.
    raise ModuleNotFoundError("No module named 'av'", name="av")

_TOKEN_PATHS = {
    "immersity": "/auth/realms/immersity/protocol/openid-connect/token",
    "leiapix": "/auth/realms/leialoft/protocol/openid-connect/token",
}
# What is done in the services' own buckets, as the downloads of results are called everywhere.
_OWN = {"put": "upload", "get": "object", "head": "object"}


class Sandbox:
    """The services on loopback, with object storage on another port.

    A context manager: it listens from the beginning of its block to the end, in a background thread.

    Attributes:
        clock: Its time.
        base_url: The address of the services.
        storage_url: The address of the object storage, as signed URLs begin.
        storage_listens_at: The same, unless there is something before it.
        tokens: Teleport's tokens.
        teleport: What Teleport knows.
        immersity: What Immersity and LeiaPix know: the balance, the charges, the callbacks.
        letsenhance: What Let's Enhance knows: the pipelines, the credits, what was submitted.
        hautai: What Haut.AI knows: the subjects and their pictures, the results, the tokens.
        bucket: A bucket of the user's own, for `SAFELIGHT_STORAGE`. It lives by this machine's time, as its clients do;
            set its `skew_seconds` to let their signatures expire.

    Args:
        processing_seconds: How long a job takes, by the sandbox's clock.
        clock: The sandbox's time; real time if not given.
        token_seconds: How long tokens are good for.
        chunk_size: The size of the parts that uploads are cut into, in bytes.
        url_seconds: How long URLs of parts and of Haut.AI's uploads, and of Teleport's and Immersity's results, are
            good for.
        discard: Of what is uploaded to Teleport keep only sizes and digests: for benchmarks.
        credits: What is on each account at first, Immersity's and Let's Enhance's.
        rate_limit: How many requests Let's Enhance answers within a minute; None answers all.
        host: Where to listen.
        port: The port of the services; 0 takes a free one.
        storage_port: The port of the object storage; 0 takes a free one.
        storage_url: Where clients reach the object storage, if something stands before it: a proxy, or a container's
            published port. Signatures cover the host, so URLs have to be made for it.

    Raises:
        OSError: A port is taken.
    """

    def __init__(
        self,
        *,
        processing_seconds: float = 5.0,
        clock: SandboxClock | None = None,
        token_seconds: float = 3600,
        chunk_size: int = 10 * 1024 * 1024,
        url_seconds: float = 3600,
        discard: bool = False,
        credits: int = 10_000,  # noqa: A002
        rate_limit: int | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        storage_port: int = 0,
        storage_url: str | None = None,
    ) -> None:
        if chunk_size < 1:
            raise ValueError("chunk_size must be at least one byte")
        self.clock = clock or SandboxClock()
        self._log = RequestLog()
        self._faults = Faults()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="safelight-sandbox-")))
            api_socket = stack.enter_context(bind(host, port))
            storage_socket = stack.enter_context(bind(host, storage_port))
            for name in ("inputs", "results", "bucket", "own", "pictures"):
                (folder / name).mkdir()
            self.base_url = origin(api_socket)
            self.storage_listens_at = origin(storage_socket)
            self.storage_url = storage_url or self.storage_listens_at
            self._background = Background(self.clock)
            stack.callback(self._background.close)
            self._courier = Courier(self._background, self.clock)
            # Its clients sign by this machine's time, and no test can turn that.
            self.bucket = Bucket("sandbox", folder / "bucket", clock=SYSTEM_CLOCK, origin=self.storage_url)
            immersity_storage, letsenhance_storage = (
                Bucket(name, folder / "own", clock=self.clock, origin=self.storage_url, operations=_OWN)
                for name in ("immersity-storage", "leapi-tmp-us-east-1")
            )
            storage = Storage(folder / "inputs", clock=self.clock, origin=self.storage_url, discard=discard)
            self.tokens = TokenEndpoint("teleport", path="/oauth2/token", clock=self.clock, lifetime=token_seconds)
            self.teleport = TeleportSandbox(
                tokens=self.tokens,
                storage=storage,
                models=ModelShop(folder / "results", storage),
                background=self._background,
                courier=self._courier,
                clock=self.clock,
                processing_seconds=processing_seconds,
                chunk_size=chunk_size,
                url_seconds=url_seconds,
            )
            self.immersity = ImmersitySandbox(
                tokens=[
                    TokenEndpoint(name, path=path, clock=self.clock, lifetime=token_seconds)
                    for name, path in _TOKEN_PATHS.items()
                ],
                storage=immersity_storage,
                background=self._background,
                courier=self._courier,
                clock=self.clock,
                processing_seconds=processing_seconds,
                credits=credits,
                url_seconds=url_seconds,
            )
            self.bucket.arrival = self.immersity.arrival
            self.letsenhance = LetsEnhanceSandbox(
                results=letsenhance_storage,
                background=self._background,
                courier=self._courier,
                clock=self.clock,
                processing_seconds=processing_seconds,
                credits=credits,
                rate_limit=rate_limit,
            )
            pictures = GoogleBucket("hautai-pictures", folder / "pictures", clock=self.clock, origin=self.storage_url)
            self.hautai = HautAISandbox(
                logins=Logins(self.clock, token_seconds),
                bucket=pictures,
                background=self._background,
                courier=self._courier,
                clock=self.clock,
                origin=self.base_url,
                processing_seconds=processing_seconds,
                url_seconds=url_seconds,
            )
            front = partial(Front, log=self._log, faults=self._faults, clock=self.clock)
            services: list[Service] = [
                self.teleport,
                self.immersity,
                self.letsenhance,
                self.hautai,
                self.tokens,
                *self.immersity.tokens.values(),
            ]
            self.api_app = front(services)
            self.storage_app = front([self.bucket, immersity_storage, letsenhance_storage, pictures, storage])
            apps = [(self.api_app, api_socket), (self.storage_app, storage_socket)]
            self._servers = Servers(apps, ending=self._background.stop)
            self._open = stack.pop_all()

    def __enter__(self) -> Self:
        self._servers.start()
        self._open.callback(self._servers.stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Break all connections and remove everything that was kept. What `with` does at its end."""
        self._open.close()

    def __repr__(self) -> str:
        return f"Sandbox({self.base_url})"

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that lead the clients here."""
        found = {
            "TELEPORT_WEBHOOK_SECRET": self.teleport.webhook_secret,
            "LETSENHANCE_BASE_URL": self.base_url,
            "LETSENHANCE_API_KEY": self.letsenhance.api_key,
            "HAUTAI_BASE_URL": self.base_url,
            "HAUTAI_USERNAME": self.hautai.username,
            "HAUTAI_PASSWORD": self.hautai.password,
            "HAUTAI_DATASET_ID": self.hautai.dataset_id,
            "SAFELIGHT_STORAGE": f"s3://{self.bucket.bucket}/safelight",
            "AWS_ENDPOINT_URL": self.storage_url,
            "AWS_ACCESS_KEY_ID": self.bucket.key.id,
            "AWS_SECRET_ACCESS_KEY": self.bucket.key.secret,
            "AWS_REGION": REGION,
        }
        for tokens in (self.tokens, *self.immersity.tokens.values()):
            name = tokens.name.upper()
            found[f"{name}_BASE_URL"] = self.base_url
            found[f"{name}_TOKEN_URL"] = self.base_url + tokens.path
            found[f"{name}_CLIENT_ID"] = tokens.client_id
            found[f"{name}_CLIENT_SECRET"] = tokens.client_secret
        return found

    @property
    def requests(self) -> list[RequestRecord]:
        """All requests so far, in the order of their replies."""
        return self._log.all()

    def count(self, operation: str) -> int:
        """How many requests were aimed at this operation, with whatever success."""
        return sum(record.operation == operation for record in self._log.all())

    @property
    def deliveries(self) -> list[Delivery]:
        """All tries so far to call a webhook or a callback, of all services, in the order of their replies."""
        return self._courier.made

    def repeat(self, delivery: Delivery) -> Delivery:
        """Send exactly this once more, and return when it is answered: a duplicate, a replay, or one too late.

        For tests without an event loop of their own; with one, in another thread.
        """
        return asyncio.run(self._courier.repeat(delivery))

    def settle(self, seconds: float = 10.0) -> None:
        """Return when all that is due by the sandbox's clock has happened: results written, callbacks made.

        Raises:
            TimeoutError: It takes longer than so many seconds of real time.
        """
        self._background.settle(seconds)

    def clear_requests(self) -> None:
        """Forget the requests so far, to count from here."""
        self._log.clear()

    def fault(
        self,
        operation: str,
        *,
        kind: str | None = None,
        status: int | None = None,
        times: int | None = 1,
        after: int = 0,
        when: str = "before",
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        seconds: float | None = None,
        keep: int | None = None,
        part: int | None = None,
    ) -> None:
        """Let coming requests go wrong.

        Args:
            operation: An operation's id; `token`; `part` for the PUT of a part to Teleport, `object` for the GET of a
                result, `upload` for the PUT to what `get_upload_url` gave, `picture` for that to what Haut.AI gave;
                `bucket_put`, `bucket_get`, `bucket_head`, `bucket_delete`, `bucket_list` and more in the user's bucket.
            kind: `status`, `delay`, `reset`, `stall`, `truncate` or `garbage`, as `Fault` explains; `status` and
                `delay` may be left out.
            status: The status to answer with.
            times: How many requests are hit; None hits all until `clear_faults`.
            after: How many matching requests pass before.
            when: `before` the request takes effect, or `after`, so that only its reply is lost.
            headers: More headers of the reply.
            body: The reply's body, instead of the service's own error.
            seconds: How long a `delay` is, or when a `stall` ends.
            keep: How many bytes pass: of the reply's body for `truncate` (none if not given), of the request's for
                `reset` and `stall` (all if not given).
            part: Only requests about this part are hit.

        Raises:
            ValueError: The arguments name no operation or no fault.
        """
        known = self.api_app.operations | self.storage_app.operations
        fault = fault_for(
            operation,
            known,
            kind=kind,
            status=status,
            when=when,
            headers=headers,
            body=body,
            seconds=seconds,
            keep=keep,
            part=part,
        )
        self._faults.plan(fault, times=times, after=after)

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()
