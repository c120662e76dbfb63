"""Exchange with an external domain agent by its contract: records in, matches out."""

from collections.abc import Iterator

from agent_runtime.clients.http import HttpClient
from agent_runtime.shapes.adapter import DomainRecord, Match
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.domain import (
    DeliverRequest,
    DeliverResponse,
    RecordsPage,
    RecordsRequest,
)
from agent_runtime.translation.contract import deliver_matches, list_records


class DomainExchange:
    """Speaks to one domain agent over HTTP."""

    def __init__(self, domain: str, http: HttpClient) -> None:
        """Take the key of the domain, which its paths begin with, and how it is reached."""
        self._list = list_records(domain)
        self._deliver = deliver_matches(domain)
        self._http = http

    def records(self, record: str, call: Call, *, after: str = "") -> Iterator[DomainRecord]:
        """Yield the records of a type after a key, in the order of their keys, page by page.

        Raises:
            UnreachableError: the domain agent does not answer.
            BadAnswerError: its answer is off the contract.
            AgentError: it refused or failed.
        """
        position = after
        while True:
            request = RecordsRequest(record=record, after=position)
            page = self._http.ask(self._list, request, call, RecordsPage)
            for fields in page.records:
                yield DomainRecord(record=record, fields=fields)
            if not page.position:
                return
            position = page.position

    def deliver(self, matches: tuple[Match, ...], call: Call) -> tuple[str, ...]:
        """Tell the domain of matches; return the ids of those that it takes up.

        Raises:
            UnreachableError: the domain agent does not answer.
            BadAnswerError: its answer is off the contract.
            AgentError: it refused or failed.
        """
        request = DeliverRequest(matches=matches)
        return self._http.ask(self._deliver, request, call, DeliverResponse).accepted

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
