"""What the services have in common: a contract, credentials, and an answer for each operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from safelight.sandbox.contract import Call, contract_of, limited_body
from safelight.sandbox.front import Target

Answer = Callable[[Call], Awaitable[Response]]


class ContractService:
    """A service that answers by its contract. Those below it say how they admit, answer and refuse.

    Attributes:
        name: What its folder is called in `specs/`.
        answers: What is done for each operation.
    """

    name: str
    answers: Mapping[str, Answer]

    def __init__(self) -> None:
        self._contract = contract_of(self.name)

    @property
    def operations(self) -> frozenset[str]:
        """The ids of the contract's operations."""
        return frozenset(self._contract.operations)

    def recognise(self, request: Request) -> Target | None:
        """The operation of the contract that has this method and path."""
        found = self._contract.find(request.method, request.url.path)
        if isinstance(found, list):
            return Target(None, allow=found) if found else None
        operation, path = found
        return Target(operation.id, path)

    async def answer(self, target: Target, request: Request) -> Response:
        """Check the credentials, then the request against the contract, then do it.

        Raises:
            Refused: Something is not in order.
        """
        self.admit(request)
        assert target.operation is not None
        call = self._contract.read_request(
            self._contract.operations[target.operation],
            target.facts,
            request.query_params.multi_items(),
            request.headers.get("content-type", ""),
            await limited_body(request.stream()),
        )
        return await self.answers[target.operation](call)

    def admit(self, request: Request) -> None:
        """Let a request pass that has the right credentials.

        Raises:
            Refused: It has not.
        """
        raise NotImplementedError


def complaints(detail: Any) -> str:
    """The contract's list of complaints as one sentence."""
    if not isinstance(detail, list):
        return str(detail)
    return "; ".join(f"{'.'.join(map(str, item['loc'][1:] or item['loc']))}: {item['msg']}" for item in detail)
