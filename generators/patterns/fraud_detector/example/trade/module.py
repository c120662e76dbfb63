"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by fraud_detector@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Sequence
from typing import Final

from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.fraud import (
    FraudMatch,
    FraudPattern,
    TransactionFields,
    fraud_findings,
    match_patterns,
    read_trades,
)
from agent_runtime.auditing.reading import EntrySource
from agent_runtime.kernels.trades import Trade

KIND: Final = "fraud_pattern_match"  # governance.escalationpolicy
AGENT: Final = "plastos_adapter"
TRANSACTIONS: Final = TransactionFields(  # auditing.transactions
    source=EntrySource(event="plastos_adapter.translate_transaction", each="transactions"),
    trade_id="transaction_id",
    seller="supplier",
    buyer="buyer",
    item="material",
    quantity="quantity",
    price="price",
    at="timestamp",
)
PATTERNS: Final = (  # auditing.fraudpatterns
    FraudPattern(
        name="round_trip",
        kind="wash_trade",
        window_seconds=86400,
        tolerance=0.05,
        limit=0,
        least=3,
    ),
    FraudPattern(
        name="carousel",
        kind="circular_deal",
        window_seconds=86400,
        tolerance=0.05,
        limit=0,
        least=3,
    ),
    FraudPattern(
        name="below_the_limit",
        kind="split_deal",
        window_seconds=86400,
        tolerance=0.05,
        limit=100000,
        least=3,
    ),
    FraudPattern(
        name="price_jump",
        kind="price_spike",
        window_seconds=86400,
        tolerance=0.05,
        limit=8,
        least=10,
    ),
)


class FraudDetector:
    """Looks for `PATTERNS` in the transactions that were observed."""

    def match(self, trades: Sequence[Trade]) -> tuple[FraudMatch, ...]:
        """Return the groups of `trades` that fit a pattern, in the order of the patterns."""
        return match_patterns(trades, PATTERNS)

    def examine(self, batch: AuditBatch) -> tuple[Finding, ...]:
        """Return a finding for each match among recent transactions, which it names."""
        origins = read_trades(batch.recent, TRANSACTIONS)
        matches = self.match([trade for trade, _ in origins])
        return fraud_findings(KIND, matches, batch, agent=AGENT, origins=origins)
