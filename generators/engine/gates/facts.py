"""What the schema says of an agent, in the words that its files must hold."""

from dataclasses import dataclass

from generators.engine.model.agent import Agent, Endpoint, MemoryLayer
from generators.engine.model.ruling import RuleSpec, Ruling

# How the runtime calls the layers of the schema.
LAYER_NAMES = {
    "workingmemory": "working",
    "episodicmemory": "episodic",
    "semanticmemory": "semantic",
    "causalmemory": "causal",
    "longtermpersistence": "archive",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """Something declared that tests must show.

    Attributes:
        kind: `endpoint`, `rule`, `memory layer` or `metric`.
        name: How the schema calls it.
        words: A test that mentions any of them is about it.
        needs: The markers of which at least one such test is needed each.
    """

    kind: str
    name: str
    words: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DocFigure:
    """A figure that a document must show.

    Attributes:
        stem: Stem of the document; one that the schema does not list is not looked for.
        label: What the figure is, for people.
        texts: Spellings, one of which must be in the document.
    """

    stem: str
    label: str
    texts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitFacts:
    """The facts of one unit, all empty for units without a schema."""

    anchors: tuple[str, ...] = ()
    compliance_auditor: str | None = None
    audit_scope: tuple[str, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    memory: tuple[MemoryLayer, ...] = ()
    metrics: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    figures: tuple[DocFigure, ...] = ()

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the declared memory layers by the names that the runtime gives them."""
        return tuple(LAYER_NAMES[layer.name] for layer in self.memory)


NO_FACTS = UnitFacts()


def agent_facts(agent: Agent, ruling: Ruling, links: tuple[str, ...] = ()) -> UnitFacts:
    """Collect what gates hold an agent's files against.

    Args:
        agent: The model of the agent.
        ruling: Its compiled rules.
        links: Dotted modules of the facades that it links.
    """
    return UnitFacts(
        anchors=agent.governance.anchors,
        compliance_auditor=agent.governance.compliance_auditor,
        audit_scope=agent.governance.audit_scope,
        rules=ruling.rules,
        endpoints=agent.endpoints,
        memory=agent.memory,
        metrics=agent.metrics,
        links=links,
        promises=_promises(agent, ruling),
        figures=_figures(agent),
    )


def _promises(agent: Agent, ruling: Ruling) -> tuple[Promise, ...]:
    both = ("positive", "negative")
    layers = [LAYER_NAMES[layer.name] for layer in agent.memory]
    return (
        *(
            Promise(kind="endpoint", name=e.name, words=(e.name, e.path), needs=both)
            for e in agent.endpoints
        ),
        *(
            Promise(kind="rule", name=rule.rule_id, words=(rule.rule_id,), needs=both)
            for rule in ruling.rules
        ),
        *(Promise(kind="memory layer", name=n, words=(n,), needs=both) for n in layers),
        *(
            Promise(kind="metric", name=metric, words=(metric,), needs=("positive",))
            for metric in agent.metrics
        ),
    )


def _figures(agent: Agent) -> tuple[DocFigure, ...]:
    figures: list[DocFigure] = []
    for endpoint in agent.endpoints:
        name = endpoint.name
        figures.append(DocFigure(stem="API_SPEC", label=f"path of {name}", texts=(endpoint.path,)))
        timeout = f"{endpoint.timeout_ms}"
        label = f"time-out of {name}"
        figures.append(DocFigure(stem="API_SPEC", label=label, texts=(timeout,)))
    anchors = agent.governance.anchors
    figures += [DocFigure(stem="AUTONOMYRULES", label="anchor", texts=(a,)) for a in anchors]
    for layer in agent.memory:
        if layer.keyspace:
            texts = (layer.keyspace,)
            figures.append(DocFigure(stem="CONFIG", label=f"keyspace of {layer.name}", texts=texts))
    return tuple(figures)
