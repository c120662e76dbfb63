"""Parameters of a bias detector: the groups that are compared, and what is tolerated."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
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
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the comparisons and the kind of violation.

    Raises:
        RefusalError: no groups are declared, or no rule names a bias that was found.
    """
    example = "`{name: regions, event: agent.type, group: region, outcome: accepted}`"
    rows = rows_of(context, "groups", example)
    comparisons = [_comparison(row) for row in rows]
    kind = kind_of(context, "bias")
    truths = any(isinstance(row.get("truth"), dict) for row in rows)
    names = ["BiasMeasurement", "Comparison", "bias_findings", "measure_bias"]
    return {
        "class_name": context.class_name,
        "kind": kind.row(),
        "level": level_of(context),
        "comparisons": [*comparisons],
        "truths": truths,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ["Sequence"]),
                ("typing", ["Final"]),
                ("agent_runtime.auditing.batch", ["AuditBatch"]),
                ("agent_runtime.auditing.bias", [*names, *(["Truth"] if truths else [])]),
                ("agent_runtime.auditing.findings", ["Finding"]),
                ("agent_runtime.auditing.observed", ["ObservedEvent"]),
                ("agent_runtime.auditing.reading", ["EntrySource"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace, [(context.module, ["COMPARISONS", "KIND", context.class_name])]
        ),
    }


def _comparison(row: Row) -> Row:
    truth = row.get("truth")
    joined: Row = {"source": {"event": "", "each": ""}, "key": "", "field": ""}
    if isinstance(truth, dict):
        joined = {
            "source": source_row(truth),
            "key": text_of(truth, "key"),
            "field": text_of(truth, "field"),
        }
    return {
        "name": text_of(row, "name"),
        "source": source_row(row),
        "group": text_of(row, "group"),
        "outcome": text_of(row, "outcome"),
        "above": number_of(row, "above", 0.5),
        "tolerance": number_of(row, "tolerance", 0.1),
        "key": text_of(row, "key", "decision_id"),
        "joins": isinstance(truth, dict),
        "truth": joined,
    }
