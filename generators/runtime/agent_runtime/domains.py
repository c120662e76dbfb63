"""Business domains that share an agent: who may speak, and names that cannot collide.

Entities of a domain live in the models under `<domain>:<name>`, so that a buyer of one domain is
never taken for a borrower of another.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.guards import identifier
from agent_runtime.observations import CandidatePair, candidate_pairs

SEPARATOR: Final = ":"
LONGEST_NAME: Final = 200

_KEY: Final = re.compile(r"[a-z0-9]+")


def domain_key(name: str) -> str:
    """Return how a domain is compared and written in names: `PlastOS` is `plastos`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@dataclass(frozen=True, kw_only=True, slots=True)
class Domain:
    """A domain that the schema shares the agent with.

    Attributes:
        name: as the schema spells it.
        active: False for one that is announced only.

    Raises:
        ConfigError: nothing of the name can be a key.
    """

    name: str
    active: bool = True

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ConfigError(f"{self.name!r} cannot name a domain")

    @property
    def key(self) -> str:
        """Key of the domain in qualified names."""
        return domain_key(self.name)


class DomainScope:
    """The domains of one agent."""

    def __init__(self, domains: Iterable[Domain], *, open_to_all: bool = False) -> None:
        """Take the declared domains; `open_to_all` admits others as well.

        Raises:
            ConfigError: two domains have one key.
        """
        self._domains: dict[str, Domain] = {}
        for domain in domains:
            if domain.key in self._domains:
                raise ConfigError(f"two domains have the key {domain.key!r}")
            self._domains[domain.key] = domain
        self._open = open_to_all

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the domains that may be served now."""
        return tuple(domain.name for domain in self._domains.values() if domain.active)

    def admit(self, name: str) -> Domain:
        """Return the domain of this name, in any spelling.

        Raises:
            InputBoundsError: it is not declared, or announced only.
        """
        domain = self._domains.get(domain_key(name))
        if domain is None and self._open and domain_key(name):
            return Domain(name=name)
        if domain is None:
            known = ", ".join(self.active) or "none"
            raise InputBoundsError(f"the domain {name[:80]!r} is not served; served: {known}")
        if not domain.active:
            raise InputBoundsError(f"the domain {domain.name} is announced, not served yet")
        return domain

    def qualify(self, domain: str, name: str) -> str:
        """Return the name under which an entity of `domain` is known to the models.

        Raises:
            InputBoundsError: the domain is not served, or the name is empty, too long or holds
                the separator.
        """
        key = self.admit(domain).key
        checked = identifier(name, name="entity", longest=LONGEST_NAME)
        if SEPARATOR in checked:
            raise InputBoundsError(f"an entity name must not hold {SEPARATOR!r}")
        return f"{key}{SEPARATOR}{checked}"

    def local(self, domain: str, qualified: str) -> str:
        """Return the domain's own name of an entity.

        Raises:
            InputBoundsError: the domain is not served, or the entity belongs to another one.
        """
        key, separator, name = qualified.partition(SEPARATOR)
        if not separator or key != self.admit(domain).key:
            raise InputBoundsError("the entity belongs to another domain")
        return name

    def pairs(self, domain: str, rows: Iterable[tuple[str, str, str]]) -> tuple[CandidatePair, ...]:
        """Return subject, relation, object of each row, both ends qualified, each pair once.

        Raises:
            InputBoundsError: see `qualify`; or there is no row.
        """
        return candidate_pairs(
            (self.qualify(domain, subject), relation, self.qualify(domain, target))
            for subject, relation, target in rows
        )
