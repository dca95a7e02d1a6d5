"""Contains all the data models used in inputs/outputs"""

from .http_source import HttpSource
from .image_format import ImageFormat
from .image_object import ImageObject
from .marketplace_operation import MarketplaceOperation
from .open_operation import OpenOperation
from .pipeline import Pipeline
from .pipeline_notice import PipelineNotice
from .pipeline_reply import PipelineReply
from .pipeline_request import PipelineRequest
from .pipeline_result import PipelineResult
from .pipeline_submission import PipelineSubmission
from .print_operation import PrintOperation
from .real_estate_operation import RealEstateOperation
from .rejection import Rejection
from .sink import Sink
from .source import Source
from .usage import Usage

__all__ = (
    "HttpSource",
    "ImageFormat",
    "ImageObject",
    "MarketplaceOperation",
    "OpenOperation",
    "Pipeline",
    "PipelineNotice",
    "PipelineReply",
    "PipelineRequest",
    "PipelineResult",
    "PipelineSubmission",
    "PrintOperation",
    "RealEstateOperation",
    "Rejection",
    "Sink",
    "Source",
    "Usage",
)
