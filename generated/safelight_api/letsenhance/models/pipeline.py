from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.marketplace_operation import MarketplaceOperation
    from ..models.open_operation import OpenOperation
    from ..models.pipeline_result import PipelineResult
    from ..models.print_operation import PrintOperation
    from ..models.real_estate_operation import RealEstateOperation
    from ..models.sink import Sink
    from ..models.source import Source


T = TypeVar("T", bound="Pipeline")


@_attrs_define
class Pipeline:
    """Pictures on their way through operations.

    Attributes:
        id (int | Unset): The id by which it is asked after. A rejected one may have none.
        status (str | Unset): How far it is. `DONE` is success, `ERROR` failure, anything else means that it is not
            over.
        source (None | Source | Unset): Where the pictures come from.
        operations (list[MarketplaceOperation | OpenOperation | PrintOperation | RealEstateOperation] | None | Unset):
            What is done with each picture.
        sink (None | Sink | Unset): Where the results go.
        notify_url (None | str | Unset): The URL that is called when it is over.
        error (Any | Unset): What went wrong. Only null has been shown.
        errors (list[Any] | Unset): What went wrong, to help in finding out why. Only an empty list has been shown.
        results (list[PipelineResult] | None | Unset): One result for each URL of the source.
        submitted_at (datetime.datetime | None | Unset): When it was submitted.
        started_at (datetime.datetime | None | Unset): When its processing began.
        finished_at (datetime.datetime | None | Unset): When its processing ended, well or not.
    """

    id: int | Unset = UNSET
    status: str | Unset = UNSET
    source: None | Source | Unset = UNSET
    operations: list[MarketplaceOperation | OpenOperation | PrintOperation | RealEstateOperation] | None | Unset = UNSET
    sink: None | Sink | Unset = UNSET
    notify_url: None | str | Unset = UNSET
    error: Any | Unset = UNSET
    errors: list[Any] | Unset = UNSET
    results: list[PipelineResult] | None | Unset = UNSET
    submitted_at: datetime.datetime | None | Unset = UNSET
    started_at: datetime.datetime | None | Unset = UNSET
    finished_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.marketplace_operation import MarketplaceOperation  # noqa: PLC0415
        from ..models.print_operation import PrintOperation  # noqa: PLC0415
        from ..models.real_estate_operation import RealEstateOperation  # noqa: PLC0415
        from ..models.sink import Sink  # noqa: PLC0415
        from ..models.source import Source  # noqa: PLC0415

        id = self.id

        status = self.status

        source: dict[str, Any] | None | Unset
        if isinstance(self.source, Unset):
            source = UNSET
        elif isinstance(self.source, Source):
            source = self.source.to_dict()
        else:
            source = self.source

        operations: list[dict[str, Any]] | None | Unset
        if isinstance(self.operations, Unset):
            operations = UNSET
        elif isinstance(self.operations, list):
            operations = []
            for operations_type_0_item_data in self.operations:
                operations_type_0_item: dict[str, Any]
                if isinstance(operations_type_0_item_data, MarketplaceOperation):
                    operations_type_0_item = operations_type_0_item_data.to_dict()
                elif isinstance(operations_type_0_item_data, RealEstateOperation):
                    operations_type_0_item = operations_type_0_item_data.to_dict()
                elif isinstance(operations_type_0_item_data, PrintOperation):
                    operations_type_0_item = operations_type_0_item_data.to_dict()
                else:
                    operations_type_0_item = operations_type_0_item_data.to_dict()

                operations.append(operations_type_0_item)

        else:
            operations = self.operations

        sink: dict[str, Any] | None | Unset
        if isinstance(self.sink, Unset):
            sink = UNSET
        elif isinstance(self.sink, Sink):
            sink = self.sink.to_dict()
        else:
            sink = self.sink

        notify_url: None | str | Unset
        if isinstance(self.notify_url, Unset):
            notify_url = UNSET
        else:
            notify_url = self.notify_url

        error = self.error

        errors: list[Any] | Unset = UNSET
        if not isinstance(self.errors, Unset):
            errors = self.errors

        results: list[dict[str, Any]] | None | Unset
        if isinstance(self.results, Unset):
            results = UNSET
        elif isinstance(self.results, list):
            results = []
            for results_type_0_item_data in self.results:
                results_type_0_item = results_type_0_item_data.to_dict()
                results.append(results_type_0_item)

        else:
            results = self.results

        submitted_at: None | str | Unset
        if isinstance(self.submitted_at, Unset):
            submitted_at = UNSET
        elif isinstance(self.submitted_at, datetime.datetime):
            submitted_at = self.submitted_at.isoformat()
        else:
            submitted_at = self.submitted_at

        started_at: None | str | Unset
        if isinstance(self.started_at, Unset):
            started_at = UNSET
        elif isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        finished_at: None | str | Unset
        if isinstance(self.finished_at, Unset):
            finished_at = UNSET
        elif isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if status is not UNSET:
            field_dict["status"] = status
        if source is not UNSET:
            field_dict["source"] = source
        if operations is not UNSET:
            field_dict["operations"] = operations
        if sink is not UNSET:
            field_dict["sink"] = sink
        if notify_url is not UNSET:
            field_dict["notify_url"] = notify_url
        if error is not UNSET:
            field_dict["error"] = error
        if errors is not UNSET:
            field_dict["errors"] = errors
        if results is not UNSET:
            field_dict["results"] = results
        if submitted_at is not UNSET:
            field_dict["submitted_at"] = submitted_at
        if started_at is not UNSET:
            field_dict["started_at"] = started_at
        if finished_at is not UNSET:
            field_dict["finished_at"] = finished_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.marketplace_operation import MarketplaceOperation  # noqa: PLC0415
        from ..models.open_operation import OpenOperation  # noqa: PLC0415
        from ..models.pipeline_result import PipelineResult  # noqa: PLC0415
        from ..models.print_operation import PrintOperation  # noqa: PLC0415
        from ..models.real_estate_operation import RealEstateOperation  # noqa: PLC0415
        from ..models.sink import Sink  # noqa: PLC0415
        from ..models.source import Source  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id", UNSET)

        status = d.pop("status", UNSET)

        def _parse_source(data: object) -> None | Source | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                source_type_0 = Source.from_dict(data)

                return source_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Source | Unset, data)

        source = _parse_source(d.pop("source", UNSET))

        def _parse_operations(
            data: object,
        ) -> list[MarketplaceOperation | OpenOperation | PrintOperation | RealEstateOperation] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                operations_type_0 = []
                _operations_type_0 = data
                for operations_type_0_item_data in _operations_type_0:

                    def _parse_operations_type_0_item(
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

                    operations_type_0_item = _parse_operations_type_0_item(operations_type_0_item_data)

                    operations_type_0.append(operations_type_0_item)

                return operations_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(
                list[MarketplaceOperation | OpenOperation | PrintOperation | RealEstateOperation] | None | Unset, data
            )

        operations = _parse_operations(d.pop("operations", UNSET))

        def _parse_sink(data: object) -> None | Sink | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                sink_type_0 = Sink.from_dict(data)

                return sink_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Sink | Unset, data)

        sink = _parse_sink(d.pop("sink", UNSET))

        def _parse_notify_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        notify_url = _parse_notify_url(d.pop("notify_url", UNSET))

        error = d.pop("error", UNSET)

        errors = cast(list[Any], d.pop("errors", UNSET))

        def _parse_results(data: object) -> list[PipelineResult] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                results_type_0 = []
                _results_type_0 = data
                for results_type_0_item_data in _results_type_0:
                    results_type_0_item = PipelineResult.from_dict(results_type_0_item_data)

                    results_type_0.append(results_type_0_item)

                return results_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[PipelineResult] | None | Unset, data)

        results = _parse_results(d.pop("results", UNSET))

        def _parse_submitted_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                submitted_at_type_0 = datetime.datetime.fromisoformat(data)

                return submitted_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        submitted_at = _parse_submitted_at(d.pop("submitted_at", UNSET))

        def _parse_started_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                started_at_type_0 = datetime.datetime.fromisoformat(data)

                return started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        started_at = _parse_started_at(d.pop("started_at", UNSET))

        def _parse_finished_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        finished_at = _parse_finished_at(d.pop("finished_at", UNSET))

        pipeline = cls(
            id=id,
            status=status,
            source=source,
            operations=operations,
            sink=sink,
            notify_url=notify_url,
            error=error,
            errors=errors,
            results=results,
            submitted_at=submitted_at,
            started_at=started_at,
            finished_at=finished_at,
        )

        pipeline.additional_properties = d
        return pipeline

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
