# Made from wrapper/safelight/_async/immersity.py by scripts/unasync.py: edit that file, then run that script.
"""Immersity AI, formerly LeiaPix: depth maps, 3D animations, stereo pictures, LIF files and 3D video."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import httpx

from safelight._sync.base import storage_of
from safelight._sync.pictures import Pictures
from safelight.auth import ClientCredentials
from safelight.clock import SYSTEM_CLOCK, Clock
from safelight.config import address, check_id

if TYPE_CHECKING:
    from safelight._sync.conversion import Conversion, VideoJob
    from safelight._sync.files import Input
    from safelight._sync.storage import Storage
    from safelight.replies import Endpoint
    from safelight_api.immersity import Client
    from safelight_api.immersity.models import Prices, UploadUrl


_SHORTEST_SECONDS = 3600.0
_LONGEST_SECONDS = 7 * 86400.0
_VIDEO_SECONDS = 24 * 3600.0
"""How long the addresses for a job are good for: nobody says how long the service takes for a video."""


class Immersity(Pictures):
    """The client of Immersity AI.

    The service reads pictures from addresses. A path, bytes or a file object is put into `storage` for the while, and
    results are written there too, by presigned URLs. Without a storage, pictures must have addresses, and results go
    to the service's own temporary storage, for a short while: save them at once.

    Where the reply to a paid call is lost, its result is looked for in the storage, and the request is made once more
    with the same `correlation_id`, by which the service is assumed to know it (ids have to be unique, say the API's
    documents). What cannot be settled so is an `OutcomeUnknown`.

    Args:
        client_id: From the account's API settings; by default the environment's `IMMERSITY_CLIENT_ID`.
        client_secret: Likewise; by default `IMMERSITY_CLIENT_SECRET`.
        storage: A `safelight.storage` or its address, such as `s3://bucket/prefix`; by default `SAFELIGHT_STORAGE`.
        keep_inputs: Whether inputs stay in the storage after the call that put them there.
        base_url: Where the service is; by default `IMMERSITY_BASE_URL` or https://api.immersity.ai.
        token_url: Where tokens come from; by default `IMMERSITY_TOKEN_URL` or Immersity's.
        timeout: Seconds that one API request may take with all its retries: the service replies when the result is
            written, and is given 5 minutes (as its own samples do).
        max_retries: How often one API request is sent again at the most.
        transport: An httpx transport to send everything through, for tests.
        clock: The time, for tests.

    Raises:
        ConfigError: A credential is missing, or an address is none.
    """

    _name = "immersity"
    _timestamps = frozenset({"urlExpiresUTC"})
    _advice: ClassVar[Mapping[str, str]] = {
        "": "If it is about an input: its address has to be readable with GET, and one that was signed for PUT is not.",
        "ERROR_OUTPUT_URL_IS_NOT_WRITABLE": "The service may not write to the storage: check that these credentials "
        "may put objects there, and this machine's clock, by which the address was signed (safelight doctor tells).",
    }
    _environment: ClassVar[str] = "IMMERSITY"
    _usual_base_url: ClassVar[str] = "https://api.immersity.ai"
    _usual_token_url: ClassVar[str] = "https://auth.immersity.ai/auth/realms/immersity/protocol/openid-connect/token"  # noqa: S105 - an address

    def __init__(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        *,
        storage: str | Storage | None = None,
        keep_inputs: bool = False,
        base_url: str | None = None,
        token_url: str | None = None,
        timeout: float = 300.0,
        max_retries: int = 4,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        base_url = address(base_url, "base_url", f"{self._environment}_BASE_URL", self._usual_base_url)
        auth = ClientCredentials.of(
            self._environment,
            client_id=client_id,
            client_secret=client_secret,
            token_url=token_url,
            usual_token_url=self._usual_token_url,
            base_url=base_url,
            clock=clock,
        )
        super().__init__(
            auth=auth, base_url=base_url, timeout=timeout, max_retries=max_retries, transport=transport, clock=clock
        )
        self._timeout = timeout
        self._storage = storage_of(storage, clock)
        self._keep_inputs = keep_inputs

    @property
    def api(self) -> Client:
        """The generated client, authenticated, for the functions below `safelight_api.immersity.api`."""
        from safelight_api.immersity import Client

        return Client(base_url=self.base_url).set_httpx_client(self._http.get())

    def video(
        self,
        video: Input,
        *,
        video_length: float,
        credit_amount: float,
        output_width: int,
        output_height: int,
        callback_url: str,
        gain: float | None = None,
        convergence: float | None = None,
        dilate_ratio: int | None = None,
        output_type: Literal["sbs", "depth", "depth_exr", "tb", "spatial", "anaglyph"] | None = None,
        auto_convergence: bool | None = None,
        input_type: Literal["regular", "image360"] | None = None,
        bitrate: float | None = None,
        correlation_id: str | None = None,
        timeout: float | None = None,
    ) -> VideoJob:
        """Have a video made 3D. The service works on it after this call has returned: the job tells when it is done.

        Args:
            video: The video: a path, bytes, a file object, an address, or the result of another call.
            video_length: Its length in seconds; a job whose video is of another length fails.
            credit_amount: What the conversion costs by the service's pricing; another amount is refused.
            output_width: Pixels of one frame, at most 8000: half the width of a side-by-side video.
            output_height: Pixels of one frame, at most 8000: half the height of a top-bottom video.
            callback_url: An address of yours that the service posts to at the end: give what it posts to the job's
                `notify`. The service demands it; without a server there, the job ends by its result's appearing.
            gain: Strength of the depth, from -10 to 10; the service's default is -1.
            convergence: From -1 to 1; the service's default is 0.
            dilate_ratio: How far the depth map is dilated, from 0 to 20; the service's default is 3.
            output_type: `sbs`, the default, `depth`, `depth_exr`, `tb`, `spatial` or `anaglyph`.
            auto_convergence: Whether the convergence is the service's to find.
            input_type: `regular`, the default, or `image360`.
            bitrate: Of the result; by default the service's choice. Nobody says in which unit.
            correlation_id: As for `disparity`; it is the job's id.
            timeout: Seconds that this request may take; by default the client's.

        Raises:
            ConfigError: There is no storage that the result could be written to; and as for `disparity`.
            SafelightError: As for `disparity`.
        """
        from safelight_api.immersity.api.media import convert_video

        wishes = {
            "video_length": video_length,
            "credit_amount": credit_amount,
            "output_width": output_width,
            "output_height": output_height,
            "callback_url": callback_url,
            "gain": gain,
            "convergence": convergence,
            "dilate_ratio": dilate_ratio,
            "output_type": output_type,
            "auto_convergence": auto_convergence,
            "input_type": input_type,
            "bitrate": bitrate,
        }
        return self._begin(convert_video, video, wishes, correlation_id, timeout)

    def spatial(
        self,
        video: Input,
        *,
        video_length: float,
        credit_amount: float,
        callback_url: str,
        input_type: Literal["sbs", "tb"] = "sbs",
        correlation_id: str | None = None,
        timeout: float | None = None,
    ) -> VideoJob:
        """Have a stereo video made into Apple's spatial video. What is not told here is as for `video`.

        Args:
            video: The video.
            video_length: Its length in seconds.
            credit_amount: What the conversion costs by the service's pricing.
            callback_url: An address of yours that the service posts to at the end.
            input_type: How the two views lie: `sbs`, side by side, or `tb`, one above the other.
            correlation_id: As for `video`.
            timeout: As for `video`.

        Raises:
            SafelightError: As for `video`.
        """
        from safelight_api.immersity.api.media import convert_spatial_video

        wishes = {
            "video_length": video_length,
            "credit_amount": credit_amount,
            "callback_url": callback_url,
            "input_type": input_type,
        }
        return self._begin(convert_spatial_video, video, wishes, correlation_id, timeout)

    def job(self, correlation_id: str) -> VideoJob:
        """A job that was begun earlier, perhaps in another process with the same storage.

        Args:
            correlation_id: The job's id.

        Raises:
            ConfigError: There is no storage to look for its result in, or this cannot be an id.
        """
        from safelight._sync.conversion import VideoJob

        check_id("correlation_id", correlation_id)
        return VideoJob(self._conversion(correlation_id, ".mp4", _VIDEO_SECONDS))

    def prices(self) -> Prices:
        """What each operation costs, in credits.

        Raises:
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight_api.immersity.api.media import get_prices
        from safelight_api.immersity.models import Prices

        return self._call(get_prices, Prices)

    def upload_url(
        self, *, file_name: str | None = None, media_type: str | None = None, correlation_id: str | None = None
    ) -> UploadUrl:
        """An address in the service's own storage that one file can be PUT to within 24 hours.

        It cannot be read: for inputs, a storage of your own is needed.

        Args:
            file_name: The file's name.
            media_type: The file's MIME type.
            correlation_id: A UUID of this request; the service makes one if it is not given.

        Raises:
            APIError: The service refused.
            ConnectionFailed: The service could not be reached.
        """
        from safelight_api.immersity.api.media import get_upload_url
        from safelight_api.immersity.models import UploadUrl

        given: dict[str, Any] = {"file_name": file_name, "media_type": media_type, "correlation_id": correlation_id}
        given = {name: value for name, value in given.items() if value is not None}
        return self._call(get_upload_url, UploadUrl, **given)

    def _begin(
        self,
        endpoint: Endpoint,
        video: Input,
        wishes: Mapping[str, Any],
        correlation_id: str | None,
        timeout: float | None,
    ) -> VideoJob:
        from safelight._sync.conversion import VideoJob

        conversion = self._conversion(correlation_id, ".mp4", _VIDEO_SECONDS)
        job = VideoJob(conversion)
        # Asked even for a new id: whether results can be seen there should show before anything is paid.
        if not conversion.is_there():
            timeout = self._timeout if timeout is None else timeout
            self._notices.forget(conversion.id)
            conversion.run(endpoint, {"input_video_url": video}, wishes, timeout, patient=False)
        return job

    def _conversion(self, correlation_id: str | None, suffix: str, seconds: float) -> Conversion:
        from safelight._sync.conversion import Conversion
        from safelight._sync.files import Inputs

        name = type(self).__name__.removeprefix("Async")
        inputs = Inputs(
            name, self._storage, self._keep_inputs, (), min(_LONGEST_SECONDS, max(_SHORTEST_SECONDS, seconds))
        )
        return Conversion(self, inputs, correlation_id or str(uuid.uuid4()), suffix)


class LeiaPix(Immersity):
    """The client of LeiaPix: Immersity AI by its former name, under its former addresses (seed document 000).

    It takes the arguments of `Immersity`; those of the environment begin with `LEIAPIX_`.
    """

    _environment = "LEIAPIX"
    _usual_base_url = "https://api.leiapix.com"
    _usual_token_url = "https://auth.leialoft.com/auth/realms/leialoft/protocol/openid-connect/token"  # noqa: S105 - an address
