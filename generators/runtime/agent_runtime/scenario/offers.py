"""What running agents offer: their operations, found by the shape that each answers with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import httpx

from agent_runtime.scenario.failures import ScenarioError
from agent_runtime.supervision.surroundings import Member

_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """One operation of a running agent.

    Attributes:
        agent: its id.
        url: where the operation is.
        method: HTTP method in capitals.
        role: role of the token that it wants; empty for none.
    """

    agent: str
    url: str
    method: str
    role: str = ""


class Offers:
    """The operations of all running agents, by the shape that they answer with.

    A shape that several agents answer with is found as `agent:shape`.
    """

    def __init__(self, by_answer: Mapping[str, Offer]) -> None:
        self._by_answer = dict(by_answer)

    @classmethod
    def of(cls, members: Iterable[Member]) -> "Offers":
        """Read what `members` offer in their OpenAPI documents.

        Raises:
            ScenarioError: a document cannot be had.
        """
        found: dict[str, Offer] = {}
        with httpx.Client(trust_env=False, timeout=_SECONDS) as client:
            for member in members:
                try:
                    answer = client.get(f"{member.url}/openapi.json").raise_for_status()
                except httpx.HTTPError as error:
                    raise ScenarioError(f"{member.agent} does not say what it offers") from error
                found |= _offers(member, answer.json())
        return cls(found)

    def find(self, answer: str) -> Offer | None:
        """Return the operation that answers with the shape of this name, None without one."""
        return self._by_answer.get(answer)

    def get(self, answer: str) -> Offer:
        """Return the operation that answers with the shape of this name.

        Raises:
            ScenarioError: no running agent offers it.
        """
        offer = self.find(answer)
        if offer is None:
            raise ScenarioError(f"no running agent has an operation that answers a {answer}")
        return offer


def _offers(member: Member, document: Mapping[str, Mapping[str, object]]) -> dict[str, Offer]:
    """Return the operations of one agent by the shape of their answers."""
    found: dict[str, Offer] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items() if isinstance(methods, Mapping) else ():
            shape = _answered(operation)
            if shape:
                offer = Offer(
                    agent=member.agent,
                    url=f"{member.url}{path}",
                    method=method.upper(),
                    role=_wanted_role(operation),
                )
                found |= {shape: offer, f"{member.agent}:{shape}": offer}
    return found


def _wanted_role(operation: Mapping[str, object]) -> str:
    match operation.get("security"):
        case [{"token": [str(role), *_]}, *_]:
            return role
    return ""


def _answered(operation: Mapping[str, Mapping[str, Mapping[str, object]]]) -> str:
    """Return the name of the shape that an operation answers with; empty if it has none."""
    content = operation.get("responses", {}).get("200", {}).get("content", {})
    for media in content.values() if isinstance(content, Mapping) else ():
        reference = str(media.get("schema", {}).get("$ref", ""))
        if reference:
            return reference.rpartition("/")[2]
    return ""
