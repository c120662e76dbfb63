"""Parameters of a violation recorder: the kinds of violation and where they are remembered."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import kinds_of
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the kinds that the agent's audits can find.

    Raises:
        RefusalError: no module finds violations, a kind is named by no rule, or the agent keeps no
            episodes.
    """
    kinds = kinds_of(context)
    if not kinds:
        raise RefusalError(
            "no module of the agent finds violations that could be recorded",
            "add a checker or detector, such as compliance_checker.py, to generatefiles",
        )
    if context.agent.layer("episodicmemory") is None:
        raise RefusalError(
            "memorytopology declares no episodicmemory to remember violations in",
            "declare memorytopology.episodicmemory",
        )
    memory = context.siblings["memory_bridge"]
    semantic = context.agent.layer("semanticmemory") is not None
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "kinds": [kind.row() for kind in kinds],
        "first": kinds[0].row(),
        "semantic": semantic,
        "memory_class": memory.class_name,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Callable", "Mapping"]),
                ("pathlib", ["Path"]),
                ("typing", ["Final"]),
                ("agent_runtime.audit", ["AuditHead", "AuditVerdict"]),
                ("agent_runtime.auditing.findings", ["Finding", "ViolationKind"]),
                (
                    "agent_runtime.auditing.trail",
                    ["Violation", "ViolationTrail", "recorded_since"],
                ),
                ("agent_runtime.clock", ["Clock", "system_clock"]),
                ("agent_runtime.errors", ["InputBoundsError"]),
                (memory.module, [memory.class_name]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (memory.module, ["TOPOLOGY", memory.class_name]),
                (context.module, ["KINDS", context.class_name]),
            ],
        ),
    }
