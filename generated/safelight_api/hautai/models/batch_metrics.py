from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.face_skin_metrics import FaceSkinMetrics


T = TypeVar("T", bound="BatchMetrics")


@_attrs_define
class BatchMetrics:
    """What the applications say of a batch, by their names.

    Attributes:
        face_skin_metrics_3 (FaceSkinMetrics | None | Unset): What Face Skin Metrics 3.0 says.
    """

    face_skin_metrics_3: FaceSkinMetrics | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.face_skin_metrics import FaceSkinMetrics  # noqa: PLC0415

        face_skin_metrics_3: dict[str, Any] | None | Unset
        if isinstance(self.face_skin_metrics_3, Unset):
            face_skin_metrics_3 = UNSET
        elif isinstance(self.face_skin_metrics_3, FaceSkinMetrics):
            face_skin_metrics_3 = self.face_skin_metrics_3.to_dict()
        else:
            face_skin_metrics_3 = self.face_skin_metrics_3

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if face_skin_metrics_3 is not UNSET:
            field_dict["face_skin_metrics_3"] = face_skin_metrics_3

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.face_skin_metrics import FaceSkinMetrics  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_face_skin_metrics_3(data: object) -> FaceSkinMetrics | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                face_skin_metrics_3_type_0 = FaceSkinMetrics.from_dict(data)

                return face_skin_metrics_3_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FaceSkinMetrics | None | Unset, data)

        face_skin_metrics_3 = _parse_face_skin_metrics_3(d.pop("face_skin_metrics_3", UNSET))

        batch_metrics = cls(
            face_skin_metrics_3=face_skin_metrics_3,
        )

        batch_metrics.additional_properties = d
        return batch_metrics

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
