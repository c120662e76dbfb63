"""Parameters of a domain adapter: the domains of the schema, active or announced."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.domains import shared_domains


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the domains.

    Raises:
        RefusalError: the schema shares the agent with no domain.
    """
    domains = shared_domains(context)
    return {
        "class_name": context.class_name,
        "active": [*domains.active],
        "announced": [*domains.announced],
        "has_announced": bool(domains.announced),
        "open": domains.is_open,
        "first": domains.active[0],
        "second": domains.active[1] if len(domains.active) > 1 else "",
        "has_second": len(domains.active) > 1,
    }
