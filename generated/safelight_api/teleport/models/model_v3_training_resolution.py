from enum import IntEnum


class ModelV3TrainingResolution(IntEnum):
    VALUE_1600 = 1600
    VALUE_2500 = 2500
    VALUE_3200 = 3200

    def __str__(self) -> str:
        return str(self.value)
