from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.prices_animation import PricesAnimation
    from ..models.prices_disparity import PricesDisparity


T = TypeVar("T", bound="Prices")


@_attrs_define
class Prices:
    """What a picture costs, in credits. What a video costs is not among the prices.

    Attributes:
        animation (PricesAnimation | Unset): Credits for an animation by its form, `gif` or `mp4`.
        disparity (PricesDisparity | Unset): Credits for a disparity map by the kind of input, such as `mono`.
    """

    animation: PricesAnimation | Unset = UNSET
    disparity: PricesDisparity | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        animation: dict[str, Any] | Unset = UNSET
        if not isinstance(self.animation, Unset):
            animation = self.animation.to_dict()

        disparity: dict[str, Any] | Unset = UNSET
        if not isinstance(self.disparity, Unset):
            disparity = self.disparity.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if animation is not UNSET:
            field_dict["animation"] = animation
        if disparity is not UNSET:
            field_dict["disparity"] = disparity

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.prices_animation import PricesAnimation  # noqa: PLC0415
        from ..models.prices_disparity import PricesDisparity  # noqa: PLC0415

        d = dict(src_dict)
        _animation = d.pop("animation", UNSET)
        animation: PricesAnimation | Unset
        if isinstance(_animation, Unset):
            animation = UNSET
        else:
            animation = PricesAnimation.from_dict(_animation)

        _disparity = d.pop("disparity", UNSET)
        disparity: PricesDisparity | Unset
        if isinstance(_disparity, Unset):
            disparity = UNSET
        else:
            disparity = PricesDisparity.from_dict(_disparity)

        prices = cls(
            animation=animation,
            disparity=disparity,
        )

        prices.additional_properties = d
        return prices

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
