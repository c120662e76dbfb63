"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by context_enricher@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

from agent_runtime.clock import Clock, system_clock
from agent_runtime.routing.enrichment import Enricher, FactorSource
from agent_runtime.routing.work import Enriched, Received

from L9.agents.main.governance_bridge import GovernanceBridge

FACTORS: Final = (  # reasoningpipeline.stage_2_context_enrichment
    FactorSource(name="temporal_context", models=("temporal_trend_model",)),
    FactorSource(name="market_conditions", models=("market_dynamics_model",)),
    FactorSource(name="geographic_factors", models=("geographic_economic_model",)),
    FactorSource(name="governance_policy", models=("governance_policy_model",)),
    FactorSource(name="causal_influences", models=("multi_domain_causal_model",)),
)
UNREACHABLE: Final = ""  # signal of the schema; empty if none is declared


class ContextEnricher:
    """Enriches cases by the declared factors; what nobody observed is a gap with a name."""

    def __init__(
        self,
        governance: GovernanceBridge,
        *,
        clock: Clock = system_clock,
    ) -> None:
        self._enricher = Enricher(
            factors=FACTORS,
            governance=governance,
            clock=clock,
            unreachable=UNREACHABLE,
        )

    def enrich(self, received: Received, focus: str = "") -> Enriched:
        """Return the case with its context; signals with `focus` become a factor."""
        return self._enricher.enrich(received, focus)
