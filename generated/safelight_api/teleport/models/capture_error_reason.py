from enum import StrEnum


class CaptureErrorReason(StrEnum):
    CONVERSION_FAILED = "CONVERSION_FAILED"
    INPUT_VALIDATION_FAILED = "INPUT_VALIDATION_FAILED"
    NOT_ENOUGH_FRAMES = "NOT_ENOUGH_FRAMES"
    POSE_REFINEMENT_FAILED = "POSE_REFINEMENT_FAILED"

    def __str__(self) -> str:
        return str(self.value)
