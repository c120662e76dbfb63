"""The domain whose markets a system is led through: its records, its deals, its stand-in."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from agent_runtime.scenario.failures import ScenarioError
from agent_runtime.scenario.goods import DEAL, DOMAIN, TERMS, plain_market, plain_records
from agent_runtime.simulators.domain import SimulatedDomain
from agent_runtime.simulators.market import MarketPlan
from agent_runtime.translation.records import RecordSpecs
from agent_runtime.translation.sight import DealSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """A domain.

    Attributes:
        key: as it begins the names of its entities.
        specs: its records.
        deal: how a record tells of a deal.
        relation: the link that a deal is.
        simulated: invents a market, and who answers for it.
    """

    key: str
    specs: RecordSpecs
    deal: DealSpec
    relation: str
    simulated: Callable[[MarketPlan], SimulatedDomain]

    @property
    def seller(self) -> str:
        """Type of the records of those who sell."""
        return self.specs.get(self.deal.record).field(self.deal.seller).of

    @property
    def buyer(self) -> str:
        """Type of the records of those who buy."""
        return self.specs.get(self.deal.record).field(self.deal.buyer).of

    def entity(self, record: str, key: str) -> str:
        """Return how the agents call a party."""
        return f"{self.key}:{record}/{key}"


PLAIN = Ground(
    key="trade",
    specs=plain_records(),
    deal=DEAL,
    relation=TERMS.relation,
    simulated=lambda plan: SimulatedDomain(DOMAIN, plain_market(plan)),
)
"""A domain of nobody's, for systems without an adapter."""


def ground_of(module: str) -> Ground:
    """Return the domain that a generated domain bridge speaks to.

    Raises:
        ScenarioError: there is no such module, or it is none.
    """
    try:
        bridge = importlib.import_module(module)
        return Ground(
            key=bridge.DOMAIN_AGENT,
            specs=bridge.RECORDS,
            deal=bridge.DEAL,
            relation=bridge.TERMS.relation,
            simulated=bridge.simulated,
        )
    except (ImportError, AttributeError) as error:
        raise ScenarioError(f"{module} is no bridge to a domain: {error}") from error
