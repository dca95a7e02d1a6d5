from enum import StrEnum


class CaptureState(StrEnum):
    CREATED = "CREATED"
    ERROR = "ERROR"
    FAILED = "FAILED"
    PROCESSING = "PROCESSING"
    READY = "READY"
    UPLOADING = "UPLOADING"

    def __str__(self) -> str:
        return str(self.value)
