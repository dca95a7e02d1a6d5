"""Contains all the data models used in inputs/outputs"""

from .animation_request import AnimationRequest
from .animation_request_animation_type import AnimationRequestAnimationType
from .animation_request_output_fps import AnimationRequestOutputFps
from .disparity_request import DisparityRequest
from .disparity_request_input_type import DisparityRequestInputType
from .disparity_request_output_bit_depth import DisparityRequestOutputBitDepth
from .error_reply import ErrorReply
from .lif_decode_request import LifDecodeRequest
from .lif_encode_request import LifEncodeRequest
from .prices import Prices
from .prices_animation import PricesAnimation
from .prices_disparity import PricesDisparity
from .spatial_video_request import SpatialVideoRequest
from .spatial_video_request_input_type import SpatialVideoRequestInputType
from .stereo_request import StereoRequest
from .stereo_request_output_type import StereoRequestOutputType
from .top_bottom_request import TopBottomRequest
from .transformation import Transformation
from .upload_url import UploadUrl
from .video_callback import VideoCallback
from .video_request import VideoRequest
from .video_request_input_type import VideoRequestInputType
from .video_request_output_type import VideoRequestOutputType

__all__ = (
    "AnimationRequest",
    "AnimationRequestAnimationType",
    "AnimationRequestOutputFps",
    "DisparityRequest",
    "DisparityRequestInputType",
    "DisparityRequestOutputBitDepth",
    "ErrorReply",
    "LifDecodeRequest",
    "LifEncodeRequest",
    "Prices",
    "PricesAnimation",
    "PricesDisparity",
    "SpatialVideoRequest",
    "SpatialVideoRequestInputType",
    "StereoRequest",
    "StereoRequestOutputType",
    "TopBottomRequest",
    "Transformation",
    "UploadUrl",
    "VideoCallback",
    "VideoRequest",
    "VideoRequestInputType",
    "VideoRequestOutputType",
)
