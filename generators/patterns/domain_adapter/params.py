"""Parameters of a domain adapter: the domains of the schema, active or announced."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.rules.quantities import parse_note
from generators.engine.sources.canonical import Plain

_ANY = "any"


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the domains; a note such as `(future)` makes one announced only.

    Raises:
        RefusalError: the schema shares the agent with no domain.
    """
    notes = [parse_note(text) for text in context.agent.shared_domains]
    named = [note for note in notes if note.value.lower().split()[0] != _ANY]
    active = [note.value for note in named if note.note is None]
    if not active:
        raise RefusalError(
            "integration.shareddomains names no domain that is served now",
            "write integration.shareddomains: [<domain>]",
        )
    announced = [note.value for note in named if note.note is not None]
    return {
        "class_name": context.class_name,
        "active": [*active],
        "announced": [*announced],
        "has_announced": bool(announced),
        "open": len(named) < len(notes),
        "first": active[0],
        "second": active[1] if len(active) > 1 else "",
        "has_second": len(active) > 1,
    }
