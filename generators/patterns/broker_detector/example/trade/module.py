"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by broker_detector@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.kernels.brokers import (
    BrokerRules,
    PartyMeasures,
    broker_openings,
    measure_parties,
)
from agent_runtime.kernels.trades import Trade
from agent_runtime.translation.book import RecordBook
from agent_runtime.translation.deals import trades_in
from agent_runtime.translation.sight import DealSpec, Sight

from L9.agents.adapters.plastos.plastos_data_translator import RECORDS

BROKERS: Final = BrokerRules(  # matching.brokers
    least_deals=4,
    least_markup=0.03,
    least_balance=0.6,
)
DEAL: Final = DealSpec(  # matching.deal
    record="transaction",
    seller="supplier_id",
    buyer="buyer_id",
    item="material_id",
    quantity="quantity",
    price="price",
    time="agreed_at",
)


class BrokerDetector:
    """Looks at the deals in the record book; a party is one, whatever names it trades under."""

    def __init__(self, book: RecordBook) -> None:
        self._book = book

    def brokers(self) -> tuple[PartyMeasures, ...]:
        """Return the parties that resell in balance and at a mark-up, most in between first.

        Raises:
            MemoryLayerError: the record book failed.
        """
        measured = measure_parties(self._trades())
        return tuple(party for party in measured if party.is_broker(BROKERS))

    def openings(self) -> tuple[tuple[str, str, str], ...]:
        """Return seller, broker and buyer of sales that a broker could make and nobody made.

        Raises:
            MemoryLayerError: the record book failed.
        """
        found = [party.party for party in self.brokers()]
        return broker_openings(self._trades(), found)

    def _trades(self) -> tuple[Trade, ...]:
        return trades_in(Sight(specs=RECORDS, batch=(), known=self._book), DEAL)
