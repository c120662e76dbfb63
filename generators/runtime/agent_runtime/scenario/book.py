"""What a market has to tell: its deals, the links that they state, and the parties to them."""

from collections.abc import Callable
from dataclasses import dataclass

from agent_runtime.kernels.datasets import Triple
from agent_runtime.scenario.exam import Pair, Question, ask_about
from agent_runtime.simulators.market import SimulatedMarket
from agent_runtime.translation.records import RecordSpecs
from agent_runtime.translation.sight import DealSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class MarketBook:
    """The history of a market, as far as the agents may know it.

    Attributes:
        pairs: seller and buyer of each deal that is told, in order.
        links: what these deals and all other records state.
    """

    pairs: tuple[Pair, ...]
    links: tuple[Triple, ...]

    @classmethod
    def of(
        cls,
        market: SimulatedMarket,
        specs: RecordSpecs,
        deal: DealSpec,
        told: Callable[[Pair], bool],
    ) -> "MarketBook":
        """Read the records of a market, without the deals that are not to be told."""
        pairs: list[Pair] = []
        links: dict[Triple, None] = {}
        for name in specs.names:
            for record in market.records(name).values():
                if name == deal.record:
                    pair = (str(record[deal.seller]), str(record[deal.buyer]))
                    if not told(pair):
                        continue
                    pairs.append(pair)
                for link in specs.get(name).links:
                    ends = str(record[link.subject]), str(record[link.object])
                    links[ends[0], link.relation, ends[1]] = None
        return cls(pairs=tuple(pairs), links=tuple(links))

    def questions(self, wanted: Callable[[Pair], bool], seed: int) -> tuple[Question, ...]:
        """Ask about parties that have dealt: of others nobody could know anything."""
        sellers = sorted({seller for seller, _ in self.pairs})
        buyers = sorted({buyer for _, buyer in self.pairs})
        return ask_about(sellers, buyers, wanted, seed)
