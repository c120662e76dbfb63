"""Match observed transactions against declared patterns of fraud."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from agent_runtime.auditing.batch import AuditBatch
from agent_runtime.auditing.findings import Finding
from agent_runtime.auditing.observed import ObservedEvent
from agent_runtime.auditing.reading import EntrySource, entries, number_at, text_at, value_at
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.kernels.trades import (
    Group,
    Trade,
    circular_deals,
    price_spikes,
    split_deals,
    wash_trades,
)
from agent_runtime.values import JsonObject

PatternKind = Literal["wash_trade", "circular_deal", "split_deal", "price_spike"]
PATTERN_KINDS: Final = ("wash_trade", "circular_deal", "split_deal", "price_spike")
_LIMITED: Final = ("split_deal", "price_spike")
_SHORT: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class FraudPattern:
    """A pattern that transactions are matched against.

    Attributes:
        name: unique.
        kind: one of `PATTERN_KINDS`.
        window_seconds: how far apart its transactions may be.
        tolerance: share by which quantities, prices, or values below the limit may differ.
        limit: value from which a deal is looked at (split), or deviations (spike).
        least: fewest transactions of a cycle or split, or of the past of a price.
    """

    name: str
    kind: PatternKind
    window_seconds: float
    tolerance: float = 0.05
    limit: float = 0.0
    least: int = 3

    def __post_init__(self) -> None:
        """Check the declaration.

        Raises:
            ConfigError: the kind is unknown, a number out of bounds, or a limit missing.
        """
        if self.kind not in PATTERN_KINDS:
            raise ConfigError(f"fraud pattern {self.name}: no kind {self.kind!r}")
        bounded = self.window_seconds > 0 and 0 <= self.tolerance < 1 and self.least >= 1
        if not self.name or not bounded or (self.kind in _LIMITED and self.limit <= 0):
            raise ConfigError(f"fraud pattern {self.name or '?'} is not usable")


@dataclass(frozen=True, kw_only=True, slots=True)
class TransactionFields:
    """Where transactions are found, and the dotted names of what makes one up."""

    source: EntrySource
    trade_id: str
    seller: str
    buyer: str
    item: str
    quantity: str
    price: str
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FraudMatch:
    """Transactions that fit a pattern."""

    pattern: FraudPattern
    trades: Group

    @property
    def subject(self) -> str:
        """The pattern and a digest of its transactions: the same wherever the window begins."""
        ids = "\n".join(sorted(trade.trade_id for trade in self.trades))
        return f"{self.pattern.name}:{hashlib.sha256(ids.encode()).hexdigest()[:_SHORT]}"


def read_trades(
    events: Iterable[ObservedEvent], fields: TransactionFields
) -> tuple[tuple[Trade, ObservedEvent], ...]:
    """Return the transactions in `events` with the event each came from.

    An entry that is no complete transaction is left out.
    """
    found: list[tuple[Trade, ObservedEvent]] = []
    for entry in entries(events, fields.source):
        trade = _trade(entry.fields, fields)
        if trade is not None:
            found.append((trade, entry.observed))
    return tuple(found)


def match_patterns(
    trades: Sequence[Trade], patterns: Sequence[FraudPattern]
) -> tuple[FraudMatch, ...]:
    """Return all groups of `trades` that fit one of `patterns`, in the order of the patterns."""
    return tuple(
        FraudMatch(pattern=pattern, trades=group)
        for pattern in patterns
        for group in _MATCHERS[pattern.kind](trades, pattern)
    )


def fraud_findings(
    kind: str,
    matches: Sequence[FraudMatch],
    batch: AuditBatch,
    *,
    agent: str,
    origins: Sequence[tuple[Trade, ObservedEvent]],
) -> tuple[Finding, ...]:
    """Return a finding for each match, naming its transactions and the decisions they came in.

    Args:
        kind: kind of the violation.
        matches: what was found.
        batch: the round.
        agent: whose transactions they are.
        origins: the event of each transaction.
    """
    decisions = {trade.trade_id: seen.event.event_data.decision_id for trade, seen in origins}
    return tuple(
        Finding(
            kind=kind,
            agent=agent,
            subject=match.subject,
            reason=f"{match.pattern.kind}: {len(match.trades)} transactions of"
            f" {match.trades[0].item} within {match.pattern.window_seconds:g} s",
            evidence={
                "pattern": match.pattern.name,
                "transactions": [_shown(trade) for trade in match.trades],
                "decisions": list(
                    dict.fromkeys(
                        decisions[trade.trade_id]
                        for trade in match.trades
                        if trade.trade_id in decisions
                    )
                ),
            },
            trace_id=batch.trace_id,
        )
        for match in matches
    )


def _wash(trades: Sequence[Trade], pattern: FraudPattern) -> list[Group]:
    return wash_trades(trades, window_seconds=pattern.window_seconds, tolerance=pattern.tolerance)


def _circular(trades: Sequence[Trade], pattern: FraudPattern) -> list[Group]:
    return circular_deals(
        trades,
        window_seconds=pattern.window_seconds,
        tolerance=pattern.tolerance,
        least=pattern.least,
    )


def _split(trades: Sequence[Trade], pattern: FraudPattern) -> list[Group]:
    return split_deals(
        trades,
        window_seconds=pattern.window_seconds,
        limit=pattern.limit,
        tolerance=pattern.tolerance,
        least=pattern.least,
    )


def _spike(trades: Sequence[Trade], pattern: FraudPattern) -> list[Group]:
    return price_spikes(
        trades,
        window_seconds=pattern.window_seconds,
        limit=pattern.limit,
        least=pattern.least,
    )


_MATCHERS: Final[dict[str, Callable[[Sequence[Trade], FraudPattern], list[Group]]]] = {
    "wash_trade": _wash,
    "circular_deal": _circular,
    "split_deal": _split,
    "price_spike": _spike,
}


def _trade(entry: JsonObject, fields: TransactionFields) -> Trade | None:
    quantity, price = number_at(entry, fields.quantity), number_at(entry, fields.price)
    at = _moment(entry, fields.at)
    if quantity is None or price is None or at is None:
        return None
    try:
        return Trade(
            trade_id=text_at(entry, fields.trade_id),
            seller=text_at(entry, fields.seller),
            buyer=text_at(entry, fields.buyer),
            item=text_at(entry, fields.item),
            quantity=quantity,
            price=price,
            at=at,
        )
    except InputBoundsError:
        return None


def _moment(entry: JsonObject, name: str) -> float | None:
    """Read a time: seconds since the epoch, or ISO 8601 with its offset."""
    found = value_at(entry, name)
    if isinstance(found, str):
        try:
            moment = datetime.fromisoformat(found)
        except ValueError:
            return None
        return moment.timestamp() if moment.tzinfo else None
    return number_at(entry, name)


def _shown(trade: Trade) -> JsonObject:
    return {
        "transaction": trade.trade_id,
        "seller": trade.seller,
        "buyer": trade.buyer,
        "item": trade.item,
        "quantity": trade.quantity,
        "price": trade.price,
        "at": trade.at,
    }
