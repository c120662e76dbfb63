"""What one schema says by itself: canonical data with places, before anything is concluded."""

from collections.abc import Mapping
from dataclasses import dataclass

from generators.engine.findings import Finding, Place
from generators.engine.model.derivations import read_quantity
from generators.engine.model.relations import normal_name
from generators.engine.sources.canonical import JsonSchema, Plain, canonicalise
from generators.engine.sources.collection import AgentSource
from generators.engine.sources.derived import Derived
from generators.engine.sources.foreign import find
from generators.engine.sources.nodes import Map, Scalar

_PURPOSES = "/cursorinstructions/"


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentReading:
    """One schema as it is written.

    Attributes:
        data: its canonical data.
        purposes: comments behind files, documents, links and logs, by pointer.
        places: where each value stands, by pointer.
        findings: what is wrong with its text and its keys.
        derived: what was read in another way than it is written.
        dialect: `flat`, `nested`, `short` or `snake`.
        documents: how many YAML documents it was merged from.
        names: the names under which others may know the agent, normalised.
    """

    data: Mapping[str, Plain]
    purposes: Mapping[str, str]
    places: Mapping[str, Place]
    findings: tuple[Finding, ...]
    derived: tuple[Derived, ...]
    dialect: str
    documents: int
    names: tuple[str, ...]


def read_agent(source: AgentSource, schema: JsonSchema) -> AgentReading:
    """Read one agent of a collection by the JSON Schema of agents."""
    canonical = canonicalise(source.node, schema, read_quantity)
    comments = canonical.comments
    return AgentReading(
        data=canonical.data if isinstance(canonical.data, dict) else {},
        purposes={key: text for key, text in comments.items() if key.startswith(_PURPOSES)},
        places=canonical.places,
        findings=(*source.findings, *canonical.findings),
        derived=(*source.derived, *canonical.derived),
        dialect=source.dialect,
        documents=source.documents,
        names=_names(source.node),
    )


def _names(node: Map) -> tuple[str, ...]:
    values = (find(node, key) for key in ("name", "system", "rootpath"))
    return tuple(normal_name(value.text) for value in values if isinstance(value, Scalar))
