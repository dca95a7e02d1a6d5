from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.marketplace_operation import MarketplaceOperation
    from ..models.open_operation import OpenOperation
    from ..models.print_operation import PrintOperation
    from ..models.real_estate_operation import RealEstateOperation
    from ..models.sink import Sink
    from ..models.source import Source


T = TypeVar("T", bound="PipelineRequest")


@_attrs_define
class PipelineRequest:
    """Pictures, what is done with them, and where the results go.

    Attributes:
        source (Source): Where pictures come from.
        operations (list[MarketplaceOperation | OpenOperation | PrintOperation | RealEstateOperation]): What is done
            with each picture, one operation after the other. Several have been observed.
        sink (Sink | Unset): Where results go.
        notify_url (str | Unset): A URL that is called when the pipeline is over, by http or https.
    """

    source: Source
    operations: list[MarketplaceOperation | OpenOperation | PrintOperation | RealEstateOperation]
    sink: Sink | Unset = UNSET
    notify_url: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.marketplace_operation import MarketplaceOperation  # noqa: PLC0415
        from ..models.print_operation import PrintOperation  # noqa: PLC0415
        from ..models.real_estate_operation import RealEstateOperation  # noqa: PLC0415

        source = self.source.to_dict()

        operations = []
        for operations_item_data in self.operations:
            operations_item: dict[str, Any]
            if isinstance(operations_item_data, MarketplaceOperation):
                operations_item = operations_item_data.to_dict()
            elif isinstance(operations_item_data, RealEstateOperation):
                operations_item = operations_item_data.to_dict()
            elif isinstance(operations_item_data, PrintOperation):
                operations_item = operations_item_data.to_dict()
            else:
                operations_item = operations_item_data.to_dict()

            operations.append(operations_item)

        sink: dict[str, Any] | Unset = UNSET
        if not isinstance(self.sink, Unset):
            sink = self.sink.to_dict()

        notify_url = self.notify_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "source": source,
                "operations": operations,
            }
        )
        if sink is not UNSET:
            field_dict["sink"] = sink
        if notify_url is not UNSET:
            field_dict["notify_url"] = notify_url

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.marketplace_operation import MarketplaceOperation  # noqa: PLC0415
        from ..models.open_operation import OpenOperation  # noqa: PLC0415
        from ..models.print_operation import PrintOperation  # noqa: PLC0415
        from ..models.real_estate_operation import RealEstateOperation  # noqa: PLC0415
        from ..models.sink import Sink  # noqa: PLC0415
        from ..models.source import Source  # noqa: PLC0415

        d = dict(src_dict)
        source = Source.from_dict(d.pop("source"))

        operations = []
        _operations = d.pop("operations")
        for operations_item_data in _operations:

            def _parse_operations_item(
                data: object,
            ) -> MarketplaceOperation | OpenOperation | PrintOperation | RealEstateOperation:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_operation_type_0 = MarketplaceOperation.from_dict(data)

                    return componentsschemas_operation_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_operation_type_1 = RealEstateOperation.from_dict(data)

                    return componentsschemas_operation_type_1
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_operation_type_2 = PrintOperation.from_dict(data)

                    return componentsschemas_operation_type_2
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_operation_type_3 = OpenOperation.from_dict(data)

                return componentsschemas_operation_type_3

            operations_item = _parse_operations_item(operations_item_data)

            operations.append(operations_item)

        _sink = d.pop("sink", UNSET)
        sink: Sink | Unset
        if isinstance(_sink, Unset):
            sink = UNSET
        else:
            sink = Sink.from_dict(_sink)

        notify_url = d.pop("notify_url", UNSET)

        pipeline_request = cls(
            source=source,
            operations=operations,
            sink=sink,
            notify_url=notify_url,
        )

        pipeline_request.additional_properties = d
        return pipeline_request

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
