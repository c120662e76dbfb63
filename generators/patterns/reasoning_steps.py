"""The stages of `reasoningpipeline`: their steps as texts, and the role that does each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.patterns.declared import section

_DOERS: Final = (
    ("negative_feedback", "feedback_collector"),
    ("learning_weight", "learning_loop"),
    ("feedback", "feedback_collector"),
    ("compliance", "compliance_checker"),
    ("confidence_threshold", "governance_bridge"),
    ("confidence_score", "decision_synthesizer"),
    ("governance_status", "governance_bridge"),
    ("escalat", "escalation_handler"),
    ("packet_envelope", "packet_formatter"),
    ("requesting_domain", "packet_formatter"),
    ("reasoning_trace", "episodic_logger"),
    ("log_decision", "episodic_logger"),
    ("validate_packet", "packet_validator"),
    ("domain_context", "domain_context_builder"),
    ("world_model", "context_enricher"),
    ("enrich", "context_enricher"),
    ("tensor", "tensor_coordinator"),
    ("batch", "tensor_coordinator"),
    ("rule", "symbolic_reasoner"),
    ("causal", "causal_reasoner"),
    ("analog", "analogical_reasoner"),
    ("reflect", "reflective_auditor"),
    ("synthes", "decision_synthesizer"),
)
"""Words of steps, and the role that does such a step; the first that fits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of a stage.

    Attributes:
        name: as the schema writes it; a condition and what follows from it in one text.
        role: who does it, empty if that is nobody's alone.
        details: what the schema lists below it.
    """

    name: str
    role: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A stage with its steps, in the order of the schema."""

    name: str
    steps: tuple[Step, ...]


def stages(context: PatternContext) -> tuple[Stage, ...]:
    """Return the declared stages, none if the schema has no pipeline."""
    pipeline = section(context, "reasoningpipeline")
    found = pipeline.items() if isinstance(pipeline, Mapping) else ()
    return tuple(
        Stage(name=str(name), steps=tuple(_steps(steps)))
        for name, steps in found
        if isinstance(steps, list)
    )


def role_of_step(step: str) -> str:
    """Return the role that does a step, empty if no word of it tells."""
    return next((role for word, role in _DOERS if word in step), "")


def _steps(steps: list[object]) -> Iterator[Step]:
    for step in steps:
        if not isinstance(step, Mapping):
            yield Step(name=str(step), role=role_of_step(str(step)))
            continue
        for name, inside in step.items():
            yield _detailed(str(name), inside)


def _detailed(name: str, inside: object) -> Step:
    """Read `name: what follows` or `name: {factors: [...]}`."""
    if not isinstance(inside, Mapping):
        return Step(name=f"{name}: {inside}", role=role_of_step(f"{name}: {inside}"))
    listed = [
        entry for entries in inside.values() if isinstance(entries, list) for entry in entries
    ]
    return Step(name=name, role=role_of_step(name), details=tuple(str(entry) for entry in listed))
