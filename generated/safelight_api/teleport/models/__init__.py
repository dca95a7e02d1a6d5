"""Contains all the data models used in inputs/outputs"""

from .camera_matrix import CameraMatrix
from .capture import Capture
from .capture_error_reason import CaptureErrorReason
from .capture_metadata import CaptureMetadata
from .capture_metadata_v2 import CaptureMetadataV2
from .capture_preview_urls import CapturePreviewUrls
from .capture_reposition_data_output_schema import CaptureRepositionDataOutputSchema
from .capture_state import CaptureState
from .capture_uploaded_input import CaptureUploadedInput
from .edit_capture_input import EditCaptureInput
from .error_detail import ErrorDetail
from .focus_area import FocusArea
from .http_validation_error import HTTPValidationError
from .input_data_format_enum import InputDataFormatEnum
from .lod_aabb import LodAabb
from .model_v3 import ModelV3
from .model_v3_spherical_harmonics_degrees import ModelV3SphericalHarmonicsDegrees
from .model_v3_training_resolution import ModelV3TrainingResolution
from .new_capture_input import NewCaptureInput
from .new_capture_output import NewCaptureOutput
from .recreate_capture_upload_urls import RecreateCaptureUploadUrls
from .segment_model import SegmentModel
from .training_parameters import TrainingParameters
from .upload_url_output import UploadUrlOutput
from .uploaded_part import UploadedPart
from .validation_error import ValidationError
from .video_trajectory import VideoTrajectory

__all__ = (
    "CameraMatrix",
    "Capture",
    "CaptureErrorReason",
    "CaptureMetadata",
    "CaptureMetadataV2",
    "CapturePreviewUrls",
    "CaptureRepositionDataOutputSchema",
    "CaptureState",
    "CaptureUploadedInput",
    "EditCaptureInput",
    "ErrorDetail",
    "FocusArea",
    "HTTPValidationError",
    "InputDataFormatEnum",
    "LodAabb",
    "ModelV3",
    "ModelV3SphericalHarmonicsDegrees",
    "ModelV3TrainingResolution",
    "NewCaptureInput",
    "NewCaptureOutput",
    "RecreateCaptureUploadUrls",
    "SegmentModel",
    "TrainingParameters",
    "UploadedPart",
    "UploadUrlOutput",
    "ValidationError",
    "VideoTrajectory",
)
