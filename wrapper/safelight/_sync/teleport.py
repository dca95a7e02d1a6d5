# Made from wrapper/safelight/_async/teleport.py by scripts/unasync.py: edit that file, then run that script.
"""Teleport by Varjo: a video or a folder of photographs becomes a 3D capture."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx

from safelight._sync.base import Service
from safelight._sync.capture_wait import CaptureWait
from safelight.auth import ClientCredentials
from safelight.bridge import Once
from safelight.captures import PageSizes, Walk
from safelight.clock import SYSTEM_CLOCK, Clock
from safelight.config import address
from safelight.errors import APIError, ConnectionFailed, TransferError

if TYPE_CHECKING:
    from safelight.transfer.progress import OnProgress
    from safelight_api.teleport import Client
    from safelight_api.teleport.models import Capture, CaptureMetadata, CaptureMetadataV2, TrainingParameters


class Teleport(Service):
    """The client of Teleport.

    Args:
        client_id: From the account's API settings; by default the environment's `TELEPORT_CLIENT_ID`.
        client_secret: Likewise; by default `TELEPORT_CLIENT_SECRET`.
        base_url: Where the service is; by default `TELEPORT_BASE_URL` or https://teleport.varjo.com.
        token_url: Where tokens come from; by default `TELEPORT_TOKEN_URL` or Varjo's.
        timeout: Seconds that one API request may take with all its retries; no single wait for the network lasts
            longer than a quarter of it. Transfers have no such limit: they end when nothing moves for a minute.
        max_retries: How often one API request is sent again at the most.
        transport: An httpx transport to send everything through, for tests.
        clock: The time, for tests.

    Raises:
        ConfigError: A credential is missing, or an address is none.
    """

    _name = "teleport"
    _timestamps = frozenset({"created", "uploaded"})

    def __init__(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
        base_url: str | None = None,
        token_url: str | None = None,
        timeout: float = 120.0,
        max_retries: int = 4,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        base_url = address(base_url, "base_url", "TELEPORT_BASE_URL", "https://teleport.varjo.com")
        auth = ClientCredentials.of(
            "TELEPORT",
            client_id=client_id,
            client_secret=client_secret,
            token_url=token_url,
            usual_token_url="https://signin.teleport.varjo.com/oauth2/token",  # noqa: S106 - an address
            base_url=base_url,
            clock=clock,
        )
        super().__init__(
            auth=auth, base_url=base_url, timeout=timeout, max_retries=max_retries, transport=transport, clock=clock
        )
        self._account = auth.client_id
        self._page_sizes = PageSizes()
        self._waits = Once(lambda: CaptureWait(self._pages, self._clock, self._notices, server_now=self._server_now))

    @property
    def api(self) -> Client:
        """The generated client, authenticated, for the functions below `safelight_api.teleport.api`."""
        from safelight_api.teleport import Client

        return Client(base_url=self.base_url).set_httpx_client(self._http.get())

    def upload(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        *,
        format: Literal["video", "bulk-images"] | str | None = None,  # noqa: A002 - the service's own word
        concurrency: int | None = None,
        resume: bool = True,
        verify: bool = True,
        on_progress: OnProgress | None = None,
        training_parameters: TrainingParameters | Mapping[str, Any] | None = None,
    ) -> Capture:
        """Upload a video, a zip of images, or a folder of images, and have a capture made of it.

        An upload that was interrupted, in this process or another, goes on where it stopped when it is called again
        with the same arguments. A folder is sent as a zip that is made on the fly; what is left out of it (hidden
        files, files that are no images, links that lead outside) is logged as a warning.

        Args:
            path: The file or folder.
            name: The capture's name; by default the file's without its ending.
            format: `video` or `bulk-images`; by default by the file's ending: mp4 and mov are videos, a zip or a
                folder is images.
            concurrency: How many parts are sent at the same time; by default as many as help, from 4 to 8.
            resume: Whether to go on with an interrupted upload, rather than start over.
            verify: Whether each part's MD5 is compared with what the store received; this needs a core for about
                every 600 MB/s.
            on_progress: Is called with a `Progress` about ten times a second.
            training_parameters: See the generated `TrainingParameters`, or a mapping of the same form.

        Returns:
            The capture, on which the service has begun to work: `wait` for it.

        Raises:
            ConfigError: The file is missing, empty, or of an unknown format.
            FileChanged: The file is not the one that the interrupted upload began with.
            TransferError: The bytes do not arrive, or another process is uploading this very file.
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
            OutcomeUnknown: A reply was lost, and the list of captures does not tell what came of it.
        """
        from safelight._sync.capture_upload import CaptureUpload

        upload = CaptureUpload(self, self._account, concurrency, resume, verify, on_progress)
        return upload.run(Path(path), name, format, training_parameters)

    def wait(self, eid: str, *, timeout: float = 7200.0, on_progress: OnProgress | None = None) -> Capture:
        """Wait until a capture is ready. Processing takes from 5 minutes to 2 hours.

        All captures that one client waits for, in whatever threads or tasks, share one look at the list: as often as
        the youngest of them needs, a tenth of its age apart, from 1 s to 30 s. So its end is noticed within 10 % of the
        time that it took, or 2 s. A service that cannot be reached for a while is looked for again until the timeout.
        An event of the capture that is given to `notify` ends the wait at once.

        Args:
            eid: The capture's id, from this process or another.
            timeout: Seconds to wait at the most.
            on_progress: Is called with a `Progress` after each look.

        Raises:
            JobFailed: The service could not make a capture of it; `reason` says why.
            JobTimeout: It is not ready yet; `state` is the last one seen. Wait again with the same eid.
            NotFound: The account has no such capture.
            APIError: The service refused.
        """
        with closing(self._waits.get().ready([eid], timeout=timeout, on_progress=on_progress)) as ready:
            for capture in ready:
                return capture
        raise AssertionError("a wait for one capture ends with it, or with an error")

    def wait_all(
        self, eids: Iterable[str], *, timeout: float = 7200.0, on_progress: OnProgress | None = None
    ) -> Iterator[Capture]:
        """Wait for many captures: each is yielded as it gets ready.

        Captures that fail do not stop the others: the first failure is raised at the end, the rest are its notes.

        Args:
            eids: The captures' ids.
            timeout: Seconds to wait at the most, for all of them.
            on_progress: Is called with a `Progress` after each look.

        Raises:
            JobFailed: One could not be made.
            JobTimeout: Some are not ready yet; the message names them.
            NotFound: The account has no such capture.
            APIError: The service refused.
        """
        with closing(self._waits.get().ready(eids, timeout=timeout, on_progress=on_progress)) as ready:
            yield from ready

    def download(
        self,
        sid: str,
        path: str | os.PathLike[str],
        *,
        profile: str = "ply",
        quality: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> Path:
        """Download a capture's model.

        The bytes go into `NAME.part`, which gets its own name when it is whole. A download that was interrupted goes
        on where it stopped. Where one connection is slow, more of them fetch a large file together.

        Args:
            sid: The capture's share id: `capture.sid`, known once the capture is ready.
            path: The file to write; one that exists is replaced.
            profile: `ply` for the whole point cloud, `sogs-sh0` for a zip in the smaller SOGS form.
            quality: `sd` or `hd`; by default the service's choice.
            on_progress: Is called with a `Progress` about ten times a second.

        Returns:
            The path.

        Raises:
            ConfigError: The path is a folder, or in none.
            NotFound: There is no such model, or the capture is not ready.
            TransferError: The bytes do not arrive, or the disk does not take them.
            APIError: The service refused.
        """

        def model(*, again: bool) -> str:
            models = (self.metadata(sid, quality=quality, profiles=[profile])).models
            if len(models) != 1:
                raise TransferError(
                    f"The capture has {len(models)} models of the profile {profile!r}, not one: "
                    "metadata() gives the URL of each."
                )
            return models[0].url

        return self._fetch(model, Path(path), on_progress)

    def captures(self) -> Iterator[Capture]:
        """All captures of the account, in the service's order; pages are fetched as they are needed.

        Raises:
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        for page in self._pages():
            yield from page

    def rename(self, eid: str, name: str) -> Capture:
        """Give a capture another name.

        Raises:
            NotFound: The account has no such capture.
            APIError: The service refused.
        """
        from safelight_api.teleport.api.captures import rename_capture
        from safelight_api.teleport.models import Capture, EditCaptureInput

        return self._call(rename_capture, Capture, eid=eid, body=EditCaptureInput(name=name))

    def delete(self, eid: str) -> None:
        """Delete a capture for good.

        Raises:
            NotFound: The account has no such capture.
            APIError: The service refused.
        """
        from safelight_api.teleport.api.captures import delete_capture

        self._call(delete_capture, type(None), eid=eid)

    def metadata(
        self, sid: str, *, quality: str | None = None, profiles: Iterable[str] | None = None
    ) -> CaptureMetadata:
        """Camera poses, and the addresses of the models, of a capture that is ready.

        Args:
            sid: The capture's share id.
            quality: `sd` or `hd`; by default the service's choice.
            profiles: Which forms of the model: `ply`, `sogs-sh0`.

        Raises:
            NotFound: There is no such capture, or it is not ready.
            APIError: The service refused.
        """
        from safelight_api.teleport.api.captures import share_metadata
        from safelight_api.teleport.models import CaptureMetadata

        wishes: dict[str, Any] = {
            "quality": quality,
            "profiles": [profiles] if isinstance(profiles, str) else profiles and list(profiles),
        }
        wishes = {name: value for name, value in wishes.items() if value is not None}
        return self._call(share_metadata, CaptureMetadata, sid=sid, **wishes)

    def metadata_v2(
        self,
        sid: str,
        *,
        content_profile: str | None = None,
        crop_variant: str | None = None,
        coord_system: str | None = None,
    ) -> CaptureMetadataV2:
        """The addresses of one model and of its cameras, by the newer, undocumented endpoint (observed in use).

        Args:
            sid: The capture's share id.
            content_profile: Which form of the model; by default the service's, `ply`.
            crop_variant: Which crop of it.
            coord_system: In which coordinate system.

        Raises:
            NotFound: There is no such capture, or not in this combination.
            APIError: The service refused.
        """
        from safelight_api.teleport.api.captures import capture_metadata
        from safelight_api.teleport.models import CaptureMetadataV2

        wishes: dict[str, Any] = {
            "content_profile": content_profile,
            "crop_variant": crop_variant,
            "coord_system": coord_system,
        }
        wishes = {name: value for name, value in wishes.items() if value is not None}
        return self._call(capture_metadata, CaptureMetadataV2, sid=sid, **wishes)

    def _pages(self, *, expected: int = 0, timeout: float | None = None) -> Iterator[list[Capture]]:
        """The list of captures, page by page; what `Walk` says of it.

        Args:
            expected: How many captures are likely to be needed.
            timeout: Seconds for each request; by default the client's.
        """
        from safelight_api.teleport.api.captures import list_captures

        walk = Walk(self._page_sizes, expected)
        while not walk.is_over:
            try:
                page: list[Capture] = self._call(
                    list_captures, list, timeout=timeout, limit=walk.limit, offset=walk.offset
                )
            except (APIError, ConnectionFailed) as error:
                if not walk.goes_on_after(error):
                    raise
            else:
                yield walk.take(page)
