"""What would settle an assumption: the experiment that its kind suggests, or the one that its spec names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

_PROVOKED_BY = {
    "400": "a request that fits the schema but makes no sense",
    "401": "a request with a wrong token or key",
    "402": "a request of an account without credits",
    "403": "a request for what the account may not have",
    "404": "a request for an id that does not exist",
    "429": "the first refused one of many requests in a row",
}


@dataclass(frozen=True)
class Use:
    """How an operation uses a part.

    Attributes:
        operation: Its name.
        mark: How the operation is known.
        direction: `request` and `reply`; `call` and `answer` where it is the service that asks.
        status: Of the reply or answer.
    """

    operation: str
    mark: str
    direction: str
    status: str = ""

    def answered(self, status: str) -> Self:
        """The same for what comes back under a status."""
        return replace(self, direction={"request": "reply", "call": "answer"}[self.direction], status=status)


@dataclass
class Part:
    """A thing that a spec says.

    Attributes:
        kind: `operation`, `parameter`, `response`, `property`, `schema`; nothing for what only carries a mark.
        name: What it is called on the page.
        node: Its object in the document.
        mark: How it is known.
        uses: The operations that have it.
        heirs: The parts within that have no mark of their own and so have this one's.
        short_name: What it is called among the heirs of another.
    """

    kind: str
    name: str
    node: dict[str, Any]
    mark: str
    uses: tuple[Use, ...]
    heirs: list[str] = field(default_factory=list)
    short_name: str = ""


def settled_by(part: Part, keyword: str = "") -> str:
    """What would settle a part's mark, or one keyword of its schema."""
    if "x-settled-by" in part.node:
        return " ".join(str(part.node["x-settled-by"]).split())
    directions = {use.direction for use in part.uses}
    if keyword:
        came = "calls" if "reply" not in directions else "replies"
        return _keyword_settled_by(part, keyword, came="" if "request" in directions else came)
    if part.kind == "operation":
        if "call" in directions:
            return "A call of the service, kept whole: its body and headers."
        return "A request by its path: a success, or any error but 404 and 405, shows that it exists."
    if part.kind == "response":
        return _status_settled_by(part.uses, directions)
    if part.kind == "parameter":
        return f"Two requests that differ in nothing but `{part.node['name']}`: whether the replies differ."
    if "request" in directions:
        return "A request with it: whether it is taken, and what it changes."
    if "reply" in directions:
        refusals = all(use.status.startswith(("4", "5")) for use in part.uses if use.direction == "reply")
        return f"A recorded {'refusal' if refusals else 'reply'}: whether it has this, and in this form."
    return "A call of the service, kept whole: whether it has this, and in this form."


def _status_settled_by(uses: tuple[Use, ...], directions: set[str]) -> str:
    statuses = {use.status for use in uses}
    if directions == {"answer"}:
        return "A call that is answered otherwise: whether the service repeats it."
    provoking = [_PROVOKED_BY[status] for status in sorted(statuses) if status in _PROVOKED_BY]
    if provoking:
        return f"The recorded reply to {', and to '.join(provoking)}: its status and its body."
    if statuses == {"2XX"}:
        return "Recorded successes: whether the status is always the one with an entry of its own."
    if statuses == {"4XX"}:
        return "A recorded refusal under a status without an entry of its own: its body."
    if statuses == {"5XX"}:
        return "Nobody can provoke it: the body of a failure, kept when there is one."
    return "A recorded reply: its status and its body."


def _keyword_settled_by(part: Part, keyword: str, *, came: str) -> str:
    node = part.node
    names = ", ".join(f"`{name}`" for name in node.get("required", []))
    if came:
        told = {"required": f"whether any is without one of {names}", "anyOf": "which of the forms come"}
        return f"Recorded {came}: {told.get(keyword, f'whether any has another `{keyword}`')}."
    value: Any = node.get(keyword)
    requests: dict[str, Callable[[], str]] = {
        "minimum": lambda: f"with {value - 1}, below its bound",
        "maximum": lambda: f"with {value + 1}, above its bound",
        "minItems": lambda: f"with {value - 1} of them",
        "required": lambda: f"without one of {names}",
        "pattern": lambda: f"with what `{value}` does not fit",
        "type": lambda: "with 1.5" if value == "integer" else f"with another type than {value}",
        "anyOf": lambda: "with each of its forms",
    }
    if keyword not in requests:
        return "The vendor's word, or results of requests that differ in nothing else."
    taken = "if it is taken, it makes and costs what any other does"
    return f"A request {requests[keyword]()}: whether it is refused; {taken}."
