"""A market invented from a schema's records, with planted structure that decides what is taken up.

Each party belongs to a hidden group, and each pair of groups likes or dislikes to deal. A match is
taken up, and closes, by the chance of its pair of groups. Without structure all chances are equal,
so that nothing can be learnt: the control of any claim that something was.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.matching.compatibility import WITHIN, SpecificationRule
from agent_runtime.matching.terms import MatchTerms
from agent_runtime.simulators.plaingoods import plain_goods
from agent_runtime.translation.fields import FLAG, INTEGER, NUMBER, REFERENCE, FieldSpec, Scalar
from agent_runtime.translation.records import RecordSpec, RecordSpecs
from agent_runtime.translation.sight import DealSpec
from agent_runtime.values import JsonObject, JsonValue

LIKED: Final = 0.85
DISLIKED: Final = 0.05
_OPEN_RANGE: Final = 100.0


@dataclass(frozen=True, kw_only=True, slots=True)
class MarketPlan:
    """How large and how structured a market is.

    Attributes:
        seed: the same seed gives the same market, whoever asks.
        parties: number of records of each entity type.
        groups: number of hidden groups on either side.
        deals: number of deals in its history.
        structured: False for the control, in which all pairs are alike.
        plain: True if every offer meets every wish, as `plaingoods` says, and each hidden group
            likes a third of the others and is liked by as many.

    Raises:
        ConfigError: a number is too small.
    """

    seed: int
    parties: int = 40
    groups: int = 4
    deals: int = 200
    structured: bool = True
    plain: bool = False

    def __post_init__(self) -> None:
        if min(self.parties, self.groups) < 1 or self.deals < 0:
            raise ConfigError("a market needs parties and groups, and no fewer than no deals")


class SimulatedMarket:
    """The records of one domain, and whether its parties would deal."""

    def __init__(
        self,
        specs: RecordSpecs,
        deal: DealSpec,
        terms: MatchTerms,
        rules: tuple[SpecificationRule, ...],
        plan: MarketPlan,
    ) -> None:
        """Invent the market: the same arguments, the same market.

        Raises:
            ConfigError: a record refers to a type that is declared after it.
        """
        self._specs = specs
        self._deal = deal
        self._terms = terms
        self._plan = plan
        self._ordered = {rule.demand for rule in rules if rule.relation == WITHIN}
        self._random = np.random.default_rng(plan.seed)
        likes = self._random.random((plan.groups, plan.groups)) < 1.0 / max(2, plan.groups // 2)
        np.fill_diagonal(likes, val=True)
        if plan.plain:
            likes = _balanced(plan.groups)
        self._chances = np.where(likes, LIKED, DISLIKED)
        if not plan.structured:
            self._chances[:] = self._chances.mean()
        self._records: dict[str, dict[str, JsonObject]] = {}
        for name in specs.names:
            count = plan.deals if name == deal.record else plan.parties
            self._records[name] = self._invented(specs.get(name), count)
        if plan.plain:
            self._records = plain_goods(self._records, specs, terms, rules)
        self._history()

    def records(self, record: str) -> Mapping[str, JsonObject]:
        """Return the records of a type by key, sorted.

        Raises:
            InputBoundsError: there is no such type.
        """
        self._specs.get(record)
        return self._records[record]

    def chance(self, seller: str, buyer: str) -> float:
        """Return the chance that two parties deal, by their keys: the hidden truth.

        Raises:
            InputBoundsError: a party is unknown.
        """
        side = self._specs.get(self._deal.record)
        for field, key in ((self._deal.seller, seller), (self._deal.buyer, buyer)):
            if key not in self._records[side.field(field).of]:
                raise InputBoundsError(f"{key!r} is no party of the market")
        chance: float = self._chances[self._group("seller", seller), self._group("buyer", buyer)]
        return float(chance)

    def takes_up(self, seller: str, buyer: str, match_id: str) -> bool:
        """Decide on a match; asked again, the answer is the same.

        Raises:
            InputBoundsError: a party is unknown.
        """
        return self._draw("match", seller, buyer, match_id) < self.chance(seller, buyer)

    def closes(self, seller: str, buyer: str, match_id: str) -> bool:
        """Decide whether a match that was taken up comes off: nine of ten do."""
        return self._draw("close", seller, buyer, match_id) < 0.9  # noqa: PLR2004 - said above

    def _group(self, side: str, key: str) -> int:
        return int(self._draw(side, key) * self._plan.groups)

    def _draw(self, *words: str) -> float:
        """Return a number from 0 to 1 that these words always have in this market."""
        text = "\n".join((str(self._plan.seed), *words))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big") / 2**56

    def _invented(self, spec: RecordSpec, count: int) -> dict[str, JsonObject]:
        width = len(str(count))
        found: dict[str, JsonObject] = {}
        for index in range(count):
            key = f"{spec.name}-{index + 1:0{width}d}"
            values: dict[str, JsonValue] = {
                field.name: key if field.name == spec.key else self._value(spec, field, key)
                for field in spec.fields
            }
            for low, high in self._ordered:
                if {low, high} <= values.keys():
                    values[low], values[high] = self._in_order(values[low], values[high])
            found[key] = values
        return found

    def _value(self, spec: RecordSpec, field: FieldSpec, key: str) -> Scalar:
        if field.kind == REFERENCE:
            known = self._records.get(field.of)
            if not known:
                raise ConfigError(f"{spec.name}.{field.name} refers to {field.of}, declared later")
            return str(self._random.choice(sorted(known)))
        if field.kind == FLAG:
            return bool(self._random.random() < 0.5)  # noqa: PLR2004 - heads or tails
        if field.kind in (NUMBER, INTEGER):
            return self._number(spec, field)
        return str(self._random.choice(field.choices)) if field.choices else f"{field.name} {key}"

    def _number(self, spec: RecordSpec, field: FieldSpec) -> int | float:
        """Draw evenly; bids from the upper half of their range, asks from the lower."""
        low = field.low if field.low is not None else 0.0
        high = field.high if field.high is not None else low + _OPEN_RANGE
        middle = (low + high) / 2
        if (spec.name, field.name) == (self._terms.demand.record, self._terms.demand.price):
            low = middle
        if (spec.name, field.name) == (self._terms.supply.record, self._terms.supply.price):
            high = middle
        drawn = float(self._random.uniform(low, high))
        return round(drawn) if field.kind == INTEGER else round(drawn, 3)

    def _history(self) -> None:
        """Let the deals of the past be those that the hidden truth makes likely."""
        deals, spec = self._records[self._deal.record], self._specs.get(self._deal.record)
        items = self._records[spec.field(self._deal.item).of]
        buyers = sorted(self._records[spec.field(self._deal.buyer).of])
        for index, (key, record) in enumerate(deals.items()):
            item, seller, buyer = self._dealt(items, buyers)
            deals[key] = {
                **record,
                self._deal.item: item,
                self._deal.seller: seller,
                self._deal.buyer: buyer,
                self._deal.time: float(index),
            }

    def _dealt(self, items: Mapping[str, JsonObject], buyers: list[str]) -> tuple[str, str, str]:
        while True:
            item = str(self._random.choice(sorted(items)))
            seller = str(items[item].get(self._terms.supply.party) or item)
            buyer = str(self._random.choice(buyers))
            if self._random.random() < self.chance(seller, buyer):
                return item, seller, buyer

    def _in_order(self, first: JsonValue, second: JsonValue) -> tuple[JsonValue, JsonValue]:
        numbers = isinstance(first, int | float) and isinstance(second, int | float)
        turned = numbers and float(str(first)) > float(str(second))
        return (second, first) if turned else (first, second)


def _balanced(groups: int) -> NDArray[np.bool_]:
    """Return who likes whom so that no group is liked by more than others."""
    distance = (np.arange(groups)[:, None] - np.arange(groups)[None, :]) % groups
    liked: NDArray[np.bool_] = distance < max(1, groups // 3)
    return liked
