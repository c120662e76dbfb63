"""Reported outcomes for tests of agent modules: those of the small market, one a number."""

from agent_runtime.testing_links import market
from agent_runtime.values import JsonObject


def outcome_document(
    number: int, *, at: float, domain: str = "", succeeded: bool = True
) -> JsonObject:
    """Return the report of the outcome of one link of the market.

    Args:
        number: which link; beyond the last the first comes again, under another id.
        at: when it occurred, seconds since the epoch.
        domain: domain it belongs to.
        succeeded: whether the link came about.
    """
    links = market().all_triples
    subject, relation, object_ = links[number % len(links)]
    return {
        "record_id": f"{domain or 'r'}-{number:05d}",
        "domain": domain,
        "subject": subject,
        "relation": relation,
        "object": object_,
        "succeeded": succeeded,
        "occurred_at": at,
        "measures": {"price": float(number % 7)},
    }


def outcome_documents(count: int, *, at: float, domain: str = "") -> list[JsonObject]:
    """Return the reports of the first `count` links of the market."""
    return [outcome_document(number, at=at, domain=domain) for number in range(count)]
