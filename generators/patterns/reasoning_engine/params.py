"""Parameters of a reasoning engine: the declared modes, who carries each out, the time limit."""

from collections.abc import Iterator, Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext, Sibling
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups
from generators.patterns.modes import TENSORS, ModeUse, modes
from generators.patterns.reasoning_steps import stages

_KEYWORDS: Final = (
    ("symbolic_reasoner", "symbolic"),
    ("causal_reasoner", "causal"),
    ("analogical_reasoner", "analogical"),
)
_CRITIC: Final = "reflective_auditor"
_DEFAULT_BUDGET_MS: Final = 2000
_IMPORTS: Final = (
    ("typing", ("Final",)),
    ("agent_runtime.clock", ("Clock",)),
    ("agent_runtime.reasoning.case", ("Case", "Draft", "Enrichment", "TensorResults")),
    ("agent_runtime.reasoning.engine", ("StagedReasoning",)),
    ("agent_runtime.reasoning.modes", ("Mode",)),
)


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the modes in their order, the modules that carry them out, and the time there is.

    Raises:
        RefusalError: nobody carries out a mode, or a step of the pipeline.
    """
    used = modes(context)
    if all(use.role == _CRITIC for use in used):
        raise RefusalError(
            "reasoningengine.strategymodes names no mode that judges a case",
            "declare at least one mode there, for example tensor_guided_scoring",
        )
    steps = _steps(context)
    roles = {use.role for use in used}
    parts = [(keyword, context.siblings[role]) for role, keyword in _KEYWORDS if role in roles]
    critic = context.siblings.get(_CRITIC)
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "modes": [use.name for use in used if use.role != _CRITIC],
        "own": [*_own(used)],
        "parts": [
            {
                "keyword": key,
                "class": part.class_name,
                "layers": key != "symbolic",
                "outcomes": key == "analogical",
            }
            for key, part in parts
        ],
        "critic_class": critic.class_name if critic else "",
        "has_critic": critic is not None,
        "has": {
            **{keyword: role in roles for role, keyword in _KEYWORDS},
            "tensors": TENSORS in roles,
            "governance": "governance_bridge" in roles,
        },
        "tensor_mode": next((use.name for use in used if use.role == TENSORS), ""),
        "steps": [*steps],
        "budget_ms": context.agent.autonomy.decision_latency_max_ms or _DEFAULT_BUDGET_MS,
        "synthesizer_class": context.siblings["decision_synthesizer"].class_name,
        "governance_class": context.siblings["governance_bridge"].class_name,
        "imports": import_groups(context.namespace, _imports(context, used, parts)),
        "test_imports": import_groups(
            context.namespace,
            [*_test_imports(context, parts), (context.module, ["STEPS"] if steps else [])],
        ),
    }


def _own(used: list[ModeUse]) -> Iterator[Plain]:
    """Yield the modes that the engine carries out itself."""
    for use in used:
        if use.role == TENSORS:
            yield {"name": use.name, "tensors": True}
        elif use.role == "governance_bridge":
            yield {"name": use.name, "tensors": False}


def _steps(context: PatternContext) -> list[Plain]:
    """Return the steps of the declared reasoning stage, each with the role that does it."""
    found: list[Plain] = []
    for stage in stages(context):
        if "reason" not in stage.name:
            continue
        for step in stage.steps:
            if step.role not in context.siblings:
                raise RefusalError(
                    f"reasoningpipeline.{stage.name}: nothing does {step.name}",
                    f"list {step.role or 'its module'} in generatefiles, or drop the step",
                )
            found.append({"step": step.name, "role": step.role})
    return found


def _imports(
    context: PatternContext, used: list[ModeUse], parts: list[tuple[str, Sibling]]
) -> Iterator[tuple[str, list[str]]]:
    for module, names in _IMPORTS:
        yield module, [*names]
    roles = {use.role for use in used}
    if TENSORS in roles:
        yield "agent_runtime.reasoning.modes", ["TensorMode"]
    if "governance_bridge" in roles:
        yield "agent_runtime.reasoning.modes", ["ConstraintMode"]
    for role in ("decision_synthesizer", "governance_bridge", _CRITIC):
        sibling = context.siblings.get(role)
        if sibling is not None:
            yield sibling.module, [sibling.class_name]
    for _, part in parts:
        yield part.module, [part.class_name]


def _test_imports(
    context: PatternContext, parts: list[tuple[str, Sibling]]
) -> Iterator[tuple[str, list[str]]]:
    bridge = context.siblings["governance_bridge"]
    yield bridge.module, ["POLICY", "RULES", "SIGNALS", bridge.class_name]
    for role in ("decision_synthesizer", _CRITIC):
        sibling = context.siblings.get(role)
        if sibling is not None:
            yield sibling.module, [sibling.class_name]
    for _, part in parts:
        yield part.module, [part.class_name]
    yield context.module, ["BUDGET_MS", "MODES", context.class_name]
