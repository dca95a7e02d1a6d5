"""Contains all the data models used in inputs/outputs"""

from .app_args import AppArgs
from .aux_image import AuxImage
from .aux_image_list import AuxImageList
from .aux_image_type import AuxImageType
from .batch_metrics import BatchMetrics
from .compute_request import ComputeRequest
from .error_reply import ErrorReply
from .face_skin_metrics import FaceSkinMetrics
from .image import Image
from .image_list import ImageList
from .image_result import ImageResult
from .image_result_list import ImageResultList
from .image_upload import ImageUpload
from .links import Links
from .login import Login
from .login_request import LoginRequest
from .named_item import NamedItem
from .private_token import PrivateToken
from .private_token_page import PrivateTokenPage
from .private_token_request import PrivateTokenRequest
from .refresh_request import RefreshRequest
from .side_upload import SideUpload
from .sides_request import SidesRequest
from .sides_upload import SidesUpload
from .subject import Subject
from .subject_page import SubjectPage
from .subject_request import SubjectRequest
from .upload_headers import UploadHeaders
from .upload_request import UploadRequest
from .upload_url import UploadUrl
from .webhook import Webhook
from .webhook_request import WebhookRequest
from .webhook_request_authorization import WebhookRequestAuthorization
from .webhook_request_method import WebhookRequestMethod

__all__ = (
    "AppArgs",
    "AuxImage",
    "AuxImageList",
    "AuxImageType",
    "BatchMetrics",
    "ComputeRequest",
    "ErrorReply",
    "FaceSkinMetrics",
    "Image",
    "ImageList",
    "ImageResult",
    "ImageResultList",
    "ImageUpload",
    "Links",
    "Login",
    "LoginRequest",
    "NamedItem",
    "PrivateToken",
    "PrivateTokenPage",
    "PrivateTokenRequest",
    "RefreshRequest",
    "SidesRequest",
    "SidesUpload",
    "SideUpload",
    "Subject",
    "SubjectPage",
    "SubjectRequest",
    "UploadHeaders",
    "UploadRequest",
    "UploadUrl",
    "Webhook",
    "WebhookRequest",
    "WebhookRequestAuthorization",
    "WebhookRequestMethod",
)
