from enum import StrEnum


class InputDataFormatEnum(StrEnum):
    BULK_IMAGES = "bulk-images"
    COMMONFORMAT_IOS = "commonformat-ios"
    VIDEO = "video"

    def __str__(self) -> str:
        return str(self.value)
