"""What an auditor has observed, for tests: real events in a real store, and rounds over them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.observed import ObservedEvent, ObservedEvents
from agent_runtime.auditing.reading import EntrySource
from agent_runtime.auditing.register import SETTING, policies_digest
from agent_runtime.clock import ManualClock
from agent_runtime.config import AgentSettings, Setting, load_settings
from agent_runtime.events import new_event
from agent_runtime.kernels.sampling import Drawn
from agent_runtime.testing import TRACE
from agent_runtime.values import JsonObject, JsonValue

PERIOD = "2026-01-01"
"""The period of the rounds that `ObservedBench.batch` makes."""


def confidence_policy(below: float, *, rule_id: str = "R-1") -> JsonObject:
    """Return the policies of an agent that must ask if its confidence is `below` a number."""
    entry: dict[str, JsonValue] = {
        "signals": [{"name": "confidence", "unit": "ratio", "low": 0.0, "high": 1.0}],
        "rules": [
            {
                "rule_id": rule_id,
                "expression": f"confidence < {below}",
                "kind": "policy",
                "severity": "high",
                "signals": ["confidence"],
                "source": "/governance/escalationpolicy",
                "text": f"confidence < {below}",
                "target": None,
            }
        ],
    }
    return {**entry, "digest": policies_digest(entry)}


def register_settings(folder: Path, agents: Mapping[str, JsonObject]) -> AgentSettings:
    """Write a register of policies to `folder`, and return settings that name it."""
    path = folder / "policies.json"
    path.write_text(json.dumps({"agents": agents}), "utf-8")
    declared = (Setting(key=SETTING, kind="path", default=str(path)),)
    return load_settings("auditor", declared, {})


def nested(fields: Mapping[str, JsonValue]) -> JsonObject:
    """Return a document in which each dotted name of `fields` leads to its value."""
    made: dict[str, JsonValue] = {}
    for name, value in fields.items():
        *parents, last = name.split(".")
        place = made
        for parent in parents:
            place = cast("dict[str, JsonValue]", place.setdefault(parent, {}))
        place[last] = value
    return made


class ObservedBench:
    """Events that were observed, in a folder.

    Attributes:
        clock: stands still until a test advances it.
        observed: the events.
    """

    def __init__(self, folder: Path, clock: ManualClock | None = None) -> None:
        """Open the store in `folder`."""
        self.clock = clock or ManualClock()
        self.observed = ObservedEvents(folder / "observed.db", self.clock)
        self._count = 0

    def see(
        self,
        kind: str,
        result: JsonValue,
        *,
        confidence: float = 0.5,
        status: str = "",
        criticality: float | None = None,
    ) -> ObservedEvent:
        """Observe one event; the decisions are called `d1`, `d2` and so on.

        Args:
            kind: agent and type, joined by a dot.
            result: what was decided.
            confidence: of the decision.
            status: how governance left it.
            criticality: of the decision.
        """
        self._count += 1
        agent, _, event_type = kind.partition(".")
        event = new_event(
            event_type,
            agent,
            decision_id=f"d{self._count}",
            confidence=confidence,
            result=result,
            trace_id=TRACE,
            clock=self.clock,
            governance_status=status,
            criticality=criticality,
        )
        self.observed.take(event, f"m{self._count}")
        return self.observed.after(0)[-1]

    def tell(self, source: EntrySource, entries: Iterable[Mapping[str, JsonValue]]) -> None:
        """Observe `entries` where `source` says they are; fields are dotted names."""
        documents = [nested(entry) for entry in entries]
        if source.each:
            self.see(source.event, nested({source.each: documents}))
            return
        for document in documents:
            self.see(source.event, document)

    def batch(self) -> AuditBatch:
        """Return a round over all that was observed, each event of which is drawn."""
        events = self.observed.after(0)
        sample = tuple(
            Drawn(key=each.message_id, stratum=each.kind, probability=1.0) for each in events
        )
        return AuditBatch(fresh=events, sample=sample, recent=events, period=PERIOD, trace_id=TRACE)

    def close(self) -> None:
        """Close the store."""
        self.observed.close()
