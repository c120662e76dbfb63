"""What the schema says of an agent, in the words that its files must hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

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
    """The facts of one unit, all empty for units without a schema.

    `policy` is what the agent's policy must say, by keyword.
    """

    anchors: tuple[str, ...] = ()
    compliance_auditor: str | None = None
    audit_scope: tuple[str, ...] = ()
    policy: Mapping[str, object] = field(default_factory=dict)
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
        policy=_policy(agent),
        rules=ruling.rules,
        endpoints=agent.endpoints,
        memory=agent.memory,
        metrics=agent.metrics,
        links=links,
        promises=_promises(agent, ruling),
        figures=_figures(agent, ruling),
    )


def _policy(agent: Agent) -> dict[str, object]:
    governance, autonomy = agent.governance, agent.autonomy
    return {
        "mode": governance.mode,
        "human_override": governance.human_override,
        "internal_decisions": autonomy.internal_decisions,
        "external_actions": autonomy.external_actions,
        "task_limit": autonomy.task_limit,
        "audit_scope": governance.audit_scope,
        "compliance_auditor": governance.compliance_auditor,
    }


def _promises(agent: Agent, ruling: Ruling) -> tuple[Promise, ...]:
    both = ("positive", "negative")
    layers = [LAYER_NAMES[layer.name] for layer in agent.memory]
    return (
        *(
            Promise(kind="endpoint", name=e.name, words=(e.name, e.path), needs=both)
            for e in agent.endpoints
        ),
        *(
            Promise(kind="rule", name=rule.rule_id, words=_alike(rule, ruling), needs=both)
            for rule in ruling.rules
        ),
        *(Promise(kind="memory layer", name=n, words=(n,), needs=both) for n in layers),
        *(
            Promise(kind="metric", name=metric, words=(metric,), needs=("positive",))
            for metric in agent.metrics
        ),
    )


def _alike(rule: RuleSpec, ruling: Ruling) -> tuple[str, ...]:
    """Return the ids of the rules with the same condition: a test of one is a test of all."""
    return tuple(r.rule_id for r in ruling.rules if r.expression == rule.expression)


def _figures(agent: Agent, ruling: Ruling) -> tuple[DocFigure, ...]:
    return tuple(
        DocFigure(stem=stem, label=label, texts=_spellings(text))
        for stem, label, text in (
            *_api_figures(agent),
            *(("AUTONOMYRULES", "anchor", anchor) for anchor in agent.governance.anchors),
            *(("AUTONOMYRULES", rule.rule_id, rule.expression) for rule in ruling.rules),
            *(("AUTONOMYRULES", "task limit", text) for text in _text(agent.autonomy.task_limit)),
            *(("TRAINING", "retraining interval", text) for text in _interval(agent)),
            *(("TRAINING", "stability threshold", text) for text in _stability(agent)),
        )
    )


def _api_figures(agent: Agent) -> Iterator[tuple[str, str, str]]:
    for endpoint in agent.endpoints:
        yield "API_SPEC", f"path of {endpoint.name}", endpoint.path
        yield "API_SPEC", f"time-out of {endpoint.name}", str(endpoint.timeout_ms)


def _interval(agent: Agent) -> Iterator[str]:
    return _text(agent.learning.retrain_interval_hours)


def _stability(agent: Agent) -> Iterator[str]:
    return _text(agent.learning.stability_threshold)


def _text(value: float | None) -> Iterator[str]:
    """Yield how a number is written, nothing for None."""
    if value is not None:
        yield f"{value:g}"


def _spellings(text: str) -> tuple[str, ...]:
    """Return a text, and how it is written inside a table where that differs."""
    return tuple(dict.fromkeys((text, text.replace("|", "\\|"))))
