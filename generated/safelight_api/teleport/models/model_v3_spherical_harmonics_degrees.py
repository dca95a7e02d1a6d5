from enum import IntEnum


class ModelV3SphericalHarmonicsDegrees(IntEnum):
    VALUE_0 = 0
    VALUE_3 = 3

    def __str__(self) -> str:
        return str(self.value)
