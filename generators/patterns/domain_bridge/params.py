"""Parameters of a domain bridge: where the domain agent is, and what its contract is made of."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.domain_records import deal_of, domain_of, mapping, records_of
from generators.patterns.imports import import_groups

_FIRST_PORT: Final = 8000
_AWAY: Final = 90
"""How far from the ports of the agents an external domain agent is looked for."""


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the domain, its default address, and the types of its records.

    Raises:
        RefusalError: the schema does not say how a deal is told.
    """
    deal = deal_of(context)
    if not deal:
        raise RefusalError(
            "matching does not say which record tells of a deal",
            "write matching.deal: {record, seller, buyer, item, quantity, price, time}",
        )
    siblings = context.siblings
    translator, checker = siblings["data_translator"], siblings["compatibility_checker"]
    matcher = siblings["pair_matcher"]
    startup = mapping(context.meta.get("meta.dependency.integration", {}).get("startup"))
    base = startup.get("base_port")
    port = (base if isinstance(base, int) else _FIRST_PORT) + _AWAY
    records = [str(each["name"]) for each in records_of(context)]
    return {
        "class_name": context.class_name,
        "agent": str(context.agent.agent_id),
        "domain": domain_of(context),
        "url": f"http://127.0.0.1:{port}",
        "records": [*records],
        "deal": {**deal},
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Iterator",)),
                ("typing", ("Final", "Self")),
                ("agent_runtime.adapter.exchange", ("DomainExchange",)),
                ("agent_runtime.clients.opening", ("open_http",)),
                ("agent_runtime.domains", ("domain_key",)),
                ("agent_runtime.parts", ("AgentParts",)),
                ("agent_runtime.shapes.adapter", ("DomainRecord", "Match")),
                ("agent_runtime.shapes.base", ("Call",)),
                ("agent_runtime.simulators.domain", ("SimulatedDomain",)),
                ("agent_runtime.simulators.market", ("MarketPlan", "SimulatedMarket")),
                ("agent_runtime.translation.contract", ("contract_of",)),
                ("agent_runtime.translation.sight", ("DealSpec",)),
                (checker.module, ("SPECIFICATION",)),
                (matcher.module, ("TERMS",)),
                (translator.module, ("DOMAIN", "RECORDS")),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (translator.module, ("RECORDS",)),
                (context.module, ("CONTRACT", "DEAL", "DOMAIN_AGENT", context.class_name)),
                (context.module, ("simulated",)),
            ],
        ),
    }
