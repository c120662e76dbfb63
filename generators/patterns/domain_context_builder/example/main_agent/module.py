"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by domain_context_builder@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from dataclasses import replace
from typing import Final

from agent_runtime.domains import domain_key
from agent_runtime.reasoning.case import Case
from agent_runtime.routing.domain_context import DomainContext, EntityMemory, build_context

DOMAINS: Final = ("PlastOS", "MortgageOS", "ForgeOS")  # integration.shareddomains


class DomainContextBuilder:
    """Looks up relations, trust and conflicts of the entities of a case."""

    def __init__(self, memory: EntityMemory | None = None) -> None:
        self._memory = memory

    def build(self, case: Case) -> DomainContext:
        """Return what is known of the entities of a case; what cannot be looked up is a gap."""
        context = build_context(case, self._memory)
        if domain_key(case.domain) in {domain_key(name) for name in DOMAINS}:
            return context
        gap = f"{case.domain} is no domain of the schema; it registered at run time"
        return replace(context, gaps=(*context.gaps, gap))
