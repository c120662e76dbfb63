"""Parameters of a drift analyzer: the quantities it watches, and how far they may move."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import (
    Row,
    kind_of,
    level_of,
    number_of,
    rows_of,
    source_row,
    text_of,
)
from generators.patterns.declared import upper_limit, word
from generators.patterns.imports import import_groups

_SIZE: Final = 500


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the baselines, the limit and the kind of violation.

    Raises:
        RefusalError: nothing is watched, or no rule says how much drift is too much.
    """
    rows = rows_of(context, "baselines", "`{name: scores, event: agent.type, field: confidence}`")
    kind = kind_of(context, "drift")
    limit = upper_limit(context.ruling, kind.name) if kind.measured else None
    if limit is None:
        raise RefusalError(
            "governance.escalationpolicy does not say how much drift is too much",
            "write for example `- drift > 0.1` in governance.escalationpolicy",
        )
    baselines = [_baseline(row) for row in rows]
    return {
        "class_name": context.class_name,
        "kind": kind.row(),
        "limit": limit[0],
        "limit_source": limit[1],
        "level": level_of(context),
        "baselines": [*baselines],
        "beyond_test": f"test_values_that_moved_beyond_{word(limit[0])}_are_a_finding",
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Sequence"]),
                ("pathlib", ["Path"]),
                ("typing", ["Final"]),
                ("agent_runtime.auditing.batch", ["AuditBatch"]),
                (
                    "agent_runtime.auditing.drift",
                    [
                        "Baseline",
                        "BaselineStore",
                        "DriftMeasurement",
                        "drift_findings",
                        "measure_drift",
                        "thresholds_for",
                    ],
                ),
                ("agent_runtime.auditing.findings", ["Finding"]),
                ("agent_runtime.auditing.observed", ["ObservedEvent"]),
                ("agent_runtime.auditing.reading", ["EntrySource"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [(context.module, ["BASELINES", "KIND", "THRESHOLDS", context.class_name])],
        ),
    }


def _baseline(row: Row) -> Row:
    return {
        "name": text_of(row, "name"),
        "source": source_row(row),
        "field": text_of(row, "field"),
        "size": int(number_of(row, "size", _SIZE)),
    }
