"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by domain_adapter@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterable
from typing import Final

from agent_runtime.domains import Domain, DomainScope
from agent_runtime.observations import CandidatePair

DOMAINS: Final = (  # integration.shareddomains
    Domain(name="PlastOS"),
    Domain(name="MortgageOS"),
    Domain(name="ForgeOS", active=False),
)


class DomainAdapter:
    """Turns what a domain calls its entities into the names that the models know, and back."""

    def __init__(self) -> None:
        self._scope = DomainScope(DOMAINS, open_to_all=False)

    @property
    def domains(self) -> tuple[str, ...]:
        """Domains that are served now."""
        return self._scope.active

    def candidates(
        self, domain: str, rows: Iterable[tuple[str, str, str]]
    ) -> tuple[CandidatePair, ...]:
        """Return rows of subject, relation, object of `domain` as pairs to score.

        Raises:
            InputBoundsError: the domain is not served, a name cannot be used, or there is no row.
        """
        return self._scope.pairs(domain, rows)

    def entity(self, domain: str, name: str) -> str:
        """Return the models' name of an entity of `domain`.

        Raises:
            InputBoundsError: the domain is not served, or the name cannot be used.
        """
        return self._scope.qualify(domain, name)

    def local_name(self, domain: str, entity: str) -> str:
        """Return the domain's own name of an entity of the models.

        Raises:
            InputBoundsError: the domain is not served, or the entity belongs to another one.
        """
        return self._scope.local(domain, entity)
