"""Parameters of a fraud detector: where transactions are found, and the patterns of fraud."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.auditing import (
    Row,
    auditing,
    kind_of,
    number_of,
    rows_of,
    source_row,
    text_of,
)
from generators.patterns.imports import import_groups, number

_LIMITED: Final = ("split_deal", "price_spike")
_LEAST: Final = {"price_spike": 10}
_FIELDS: Final = ("id", "seller", "buyer", "item", "quantity", "price", "at")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the patterns, the fields of a transaction and the kind of violation.

    Raises:
        RefusalError: patterns or transactions are not declared, a pattern lacks its limit, or no
            rule names a fraud that was found.
    """
    example = "`{name: round_trip, kind: wash_trade, windowseconds: 86400}`"
    patterns = [_pattern(row) for row in rows_of(context, "fraudpatterns", example)]
    deals = auditing(context).get("transactions")
    if not isinstance(deals, dict):
        raise RefusalError(
            "auditing.transactions does not say where deals are found",
            f"write auditing.transactions with event, {', '.join(_FIELDS)}",
        )
    kind = kind_of(context, "fraud")
    fields: Row = {name: text_of(deals, name) for name in _FIELDS}
    return {
        "class_name": context.class_name,
        "kind": kind.row(),
        "agent": text_of(deals, "event").partition(".")[0],
        "source": source_row(deals),
        "fields": fields,
        "patterns": [*patterns],
        "imports": import_groups(
            context.namespace,
            [
                ("typing", ["Final"]),
                ("agent_runtime.auditing.batch", ["AuditBatch"]),
                ("agent_runtime.auditing.findings", ["Finding"]),
                (
                    "agent_runtime.auditing.fraud",
                    [
                        "FraudMatch",
                        "FraudPattern",
                        "TransactionFields",
                        "fraud_findings",
                        "match_patterns",
                        "read_trades",
                    ],
                ),
                ("agent_runtime.auditing.reading", ["EntrySource"]),
                ("agent_runtime.kernels.trades", ["Trade"]),
                ("collections.abc", ["Sequence"]),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [(context.module, ["KIND", "PATTERNS", "TRANSACTIONS", context.class_name])],
        ),
    }


def _pattern(row: Row) -> Row:
    kind, name = text_of(row, "kind"), text_of(row, "name")
    limit = number_of(row, "limit", 0.0)
    if kind in _LIMITED and limit <= 0:
        raise RefusalError(
            f"auditing.fraudpatterns: {name} of the kind {kind} has no limit",
            f"write for example `limit: 10000` in the pattern {name}",
        )
    return {
        "name": name,
        "kind": kind,
        "window": number(number_of(row, "windowseconds", 0.0)),
        "tolerance": number_of(row, "tolerance", 0.05),
        "limit": number(limit),
        "least": int(number_of(row, "least", _LEAST.get(kind, 3))),
    }
