"""Notices to the governance anchors about the outcome of a build.

A build has no way to reach a person; it writes what each anchor is to be told into a local sink,
which deployment delivers. The report says so.
"""

from dataclasses import dataclass

from generators.engine.evidence.folder import Facts, UnitEvidence, mapping, mappings, texts
from generators.engine.evidence.names import canonical_anchor


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What one anchor is told about one agent, and on which channels."""

    anchor: str
    agent: str
    channels: tuple[str, ...]
    outcome: str
    text: str


def notices_for(unit: UnitEvidence, facts: Facts) -> tuple[Notice, ...]:
    """Return the notices about one agent; an anchor without a channel gets none."""
    if unit.agent is None:
        return ()
    known = mappings(mapping(facts.master, "governance"), "anchors")
    channels = {str(anchor.get("name")): texts(anchor, "channels") for anchor in known}
    names = dict.fromkeys(canonical_anchor(n, facts.glue) for n in unit.agent.governance.anchors)
    return tuple(
        Notice(
            anchor=name,
            agent=unit.unit_id,
            channels=channels[name],
            outcome=unit.state,
            text=f"{unit.agent.name} {unit.agent.version}: {unit.state}",
        )
        for name in names
        if channels.get(name)
    )


def all_notices(facts: Facts) -> tuple[Notice, ...]:
    """Return the notices about all agents that were to be built."""
    return tuple(notice for unit in facts.built for notice in notices_for(unit, facts))
