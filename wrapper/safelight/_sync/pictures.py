# Made from wrapper/safelight/_async/pictures.py by scripts/unasync.py: edit that file, then run that script.
"""The conversions of pictures, which Immersity makes while its caller waits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from safelight._sync.base import Service
from safelight.errors import ConfigError

if TYPE_CHECKING:
    from safelight._sync.conversion import Conversion, Result
    from safelight._sync.files import Input
    from safelight.replies import Endpoint


class Pictures(Service):
    """The part of `Immersity` that is about pictures."""

    _timeout: float

    @abstractmethod
    def _conversion(self, correlation_id: str | None, suffix: str, seconds: float) -> Conversion: ...

    def disparity(
        self,
        image: Input,
        *,
        dilation: float | None = None,
        input_type: Literal["image2d", "image360"] | None = None,
        output_bit_depth: Literal["uint8", "uint16"] | None = None,
        correlation_id: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Make a disparity (depth) map of a picture.

        What all conversions have in common is told here. Parameters that are not given are the service's to choose;
        their ranges are those of its OpenAPI document.

        Args:
            image: The picture: a path, bytes, a file object, an address, or the result of another call.
            dilation: How far objects are widened at their edges, from -0.01 to 0.01; the service's default is 0.0063.
            input_type: `image2d`, the default, or `image360` for a panorama whose left and right edges join.
            output_bit_depth: `uint8`, the default, or `uint16` for a finer map in a larger file.
            correlation_id: A UUID of this request, unless it repeats one whose outcome is unknown; made if not given.
            timeout: Seconds that the call may take; by default the client's.

        Returns:
            The map, to be saved, opened, or given to another call.

        Raises:
            ConfigError: A parameter is out of its range, or a file cannot be sent.
            OutOfCredits: The account's credits do not suffice.
            InvalidRequest: The service refused, for instance because it cannot read the picture (`code` tells).
            OutcomeUnknown: The reply was lost, and nothing tells what came of it: `job_id` is the correlation id.
            TransferError: The storage does not take the picture.
            APIError: The service refused, or failed.
            ConnectionFailed: The service could not be reached.
        """
        from safelight_api.immersity.api.media import create_disparity

        wishes = {"dilation": dilation, "input_type": input_type, "output_bit_depth": output_bit_depth}
        return self._convert(create_disparity, {"input_image_url": image}, wishes, ".png", correlation_id, timeout)

    def animation(
        self,
        image: Input,
        *,
        disparity: Input | None = None,
        animation_type: Literal["mp4", "gif"] = "mp4",
        pattern: str | None = None,
        animation_length: float | None = None,
        output_width: int | None = None,
        output_height: int | None = None,
        amplitude_x: float | None = None,
        amplitude_y: float | None = None,
        amplitude_z: float | None = None,
        phase_x: float | None = None,
        phase_y: float | None = None,
        phase_z: float | None = None,
        gain: float | None = None,
        convergence: float | None = None,
        number_of_loops: int | None = None,
        output_fps: Literal[1, 5, 10, 15, 24, 25, 30, 60] | None = None,
        correlation_id: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Make a 3D animation of a picture. What is not told here is as for `disparity`.

        Args:
            image: The picture.
            disparity: Its depth map; if not given, the service makes one first (as the vendor's sample says).
            animation_type: `mp4` or `gif`.
            pattern: The camera's way, as `x1,y1,z1,x2,y2,z2,...`, a triple per frame; then length, amplitudes and
                phases count for nothing.
            animation_length: Seconds, from 1 (fast) to 10 (slow); the service's default is 4.
            output_width: Pixels; by default the picture's.
            output_height: Pixels; by default the picture's.
            amplitude_x: Motion along X, from 0 to 10; the service's default is 1.
            amplitude_y: Motion along Y, likewise.
            amplitude_z: Motion along Z, likewise.
            phase_x: Where the motion along X starts, from 0 to 7; the service's default is 0.
            phase_y: Where the motion along Y starts, from 0 to 7; the service's default is 0.25.
            phase_z: Where the motion along Z starts, likewise.
            gain: Strength of the depth, from 0 to 10; by default estimated from the picture.
            convergence: The depth that stands still, from -1 to 1; by default estimated from the picture.
            number_of_loops: From 0, the default, to 10.
            output_fps: Frames per second; by default the service's choice.
            correlation_id: As for `disparity`.
            timeout: As for `disparity`.

        Raises:
            SafelightError: As for `disparity`.
        """
        from safelight_api.immersity.api.media import create_animation

        wishes = {
            "animation_type": animation_type,
            "pattern": pattern,
            "animation_length": animation_length,
            "output_width": output_width,
            "output_height": output_height,
            "amplitude_x": amplitude_x,
            "amplitude_y": amplitude_y,
            "amplitude_z": amplitude_z,
            "phase_x": phase_x,
            "phase_y": phase_y,
            "phase_z": phase_z,
            "gain": gain,
            "convergence": convergence,
            "number_of_loops": number_of_loops,
            "output_fps": output_fps,
        }
        inputs = {"input_image_url": image, "input_disparity_url": disparity}
        return self._convert(create_animation, inputs, wishes, f".{animation_type or 'mp4'}", correlation_id, timeout)

    def stereo(
        self,
        image: Input,
        *,
        disparity: Input | None = None,
        width: int | None = None,
        height: int | None = None,
        gain: float | None = None,
        gain_multiplier: float | None = None,
        convergence: float | None = None,
        output_type: Literal["sbs", "anaglyph", "spatial"] | None = None,
        correlation_id: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Make a stereo picture: side by side, or as an anaglyph. What is not told here is as for `disparity`.

        Args:
            image: The picture.
            disparity: Its depth map; if not given, the service makes one first.
            width: Pixels; by default the picture's.
            height: Pixels; by default the picture's.
            gain: Strength of the depth, from 0 to 10; by default estimated from the picture.
            gain_multiplier: What the gain is multiplied by, from 0 to 10.
            convergence: How far things stand before or behind the screen, from -1 to 1; by default estimated.
            output_type: `sbs` (side by side), the default, `anaglyph`, or `spatial`.
            correlation_id: As for `disparity`.
            timeout: As for `disparity`.

        Raises:
            SafelightError: As for `disparity`.
        """
        from safelight_api.immersity.api.media import create_stereo

        wishes = {
            "width": width,
            "height": height,
            "gain": gain,
            "gain_multiplier": gain_multiplier,
            "convergence": convergence,
            "output_type": output_type,
        }
        inputs = {"input_image_url": image, "input_disparity_url": disparity}
        return self._convert(create_stereo, inputs, wishes, ".jpg", correlation_id, timeout)

    def top_bottom(
        self,
        image: Input,
        *,
        disparity: Input,
        width: int | None = None,
        height: int | None = None,
        gain: float | None = None,
        gain_multiplier: float | None = None,
        convergence: float | None = None,
        correlation_id: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Make a stereo picture whose views lie one above the other. Parameters and errors are those of `stereo`.

        Args:
            image: The picture.
            disparity: Its depth map, which the service demands here.
            width: Pixels; by default the picture's.
            height: Pixels; by default the picture's.
            gain: Strength of the depth, from 0 to 10; by default estimated from the picture.
            gain_multiplier: What the gain is multiplied by, from 0 to 10.
            convergence: How far things stand before or behind the screen, from -1 to 1; by default estimated.
            correlation_id: As for `disparity`.
            timeout: As for `disparity`.

        Raises:
            SafelightError: As for `disparity`.
        """
        from safelight_api.immersity.api.media import create_top_bottom

        wishes = {
            "width": width,
            "height": height,
            "gain": gain,
            "gain_multiplier": gain_multiplier,
            "convergence": convergence,
        }
        inputs = {"input_image_url": image, "input_disparity_url": disparity}
        return self._convert(create_top_bottom, inputs, wishes, ".jpg", correlation_id, timeout)

    def lif_encode(
        self,
        image: Input | None = None,
        *,
        disparity: Input | None = None,
        left_image: Input | None = None,
        right_image: Input | None = None,
        left_disparity: Input | None = None,
        right_disparity: Input | None = None,
        disparity_source: str | None = None,
        gain: float | None = None,
        convergence: float | None = None,
        correlation_id: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Make a LIF file (Leia's picture with depth) of one picture, or of a left and a right one.

        Args:
            image: The picture, if it is one.
            disparity: Its depth map.
            left_image: The left picture of two.
            right_image: The right picture of two.
            left_disparity: The left picture's depth map.
            right_disparity: The right picture's depth map.
            disparity_source: Where the depth comes from, in the service's own words (nobody says which there are).
            gain: Strength of the depth, from 0 to 10; by default estimated from the picture.
            convergence: The depth that stands still, from -1 to 1; by default estimated from the picture.
            correlation_id: As for `disparity`.
            timeout: As for `disparity`.

        Raises:
            ConfigError: There is neither one picture nor two; and as for `disparity`.
            SafelightError: As for `disparity`.
        """
        from safelight_api.immersity.api.media import encode_lif

        of_two = [left_image is not None, right_image is not None]
        if (image is None) != all(of_two) or (image is not None and any(of_two)):
            raise ConfigError("give image, or left_image and right_image.")
        inputs = {
            "input_single_image_url": image,
            "input_single_disparity_url": disparity,
            "input_left_image_url": left_image,
            "input_right_image_url": right_image,
            "input_left_disparity_url": left_disparity,
            "input_right_disparity_url": right_disparity,
        }
        wishes = {"input_disparity_source": disparity_source, "gain": gain, "convergence": convergence}
        return self._convert(encode_lif, inputs, wishes, ".jpg", correlation_id, timeout)

    def lif_decode(self, image: Input, *, correlation_id: str | None = None, timeout: float | None = None) -> Result:
        """Make a plain picture of a LIF file. Parameters and errors are those of `disparity`."""
        from safelight_api.immersity.api.media import decode_lif

        return self._convert(decode_lif, {"input_image_url": image}, {}, ".jpg", correlation_id, timeout)

    def _convert(
        self,
        endpoint: Endpoint,
        inputs: Mapping[str, Input | None],
        wishes: Mapping[str, Any],
        suffix: str,
        correlation_id: str | None,
        timeout: float | None,
    ) -> Result:
        timeout = self._timeout if timeout is None else timeout
        conversion = self._conversion(correlation_id, suffix, timeout)
        if correlation_id and conversion.is_there():
            return conversion.result()  # the outcome of an earlier request was unknown, and is known now
        return conversion.convert(endpoint, inputs, wishes, timeout)
