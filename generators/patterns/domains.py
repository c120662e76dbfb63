"""Read the domains that a schema shares an agent with."""

from dataclasses import dataclass
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.rules.quantities import parse_note

_ANY: Final = "any"


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedDomains:
    """The domains of `integration.shareddomains`.

    Attributes:
        active: those that are served now, at least one.
        announced: those with a note, such as `(future)`.
        is_open: whether any other may come (`any ...`).
    """

    active: tuple[str, ...]
    announced: tuple[str, ...]
    is_open: bool


def shared_domains(context: PatternContext) -> SharedDomains:
    """Return the domains of the schema; a note such as `(future)` makes one announced only.

    Raises:
        RefusalError: the schema shares the agent with no domain that is served now.
    """
    notes = [parse_note(text) for text in context.agent.shared_domains]
    named = [note for note in notes if note.value.lower().split()[0] != _ANY]
    active = tuple(note.value for note in named if note.note is None)
    if not active:
        raise RefusalError(
            "integration.shareddomains names no domain that is served now",
            "write integration.shareddomains: [<domain>]",
        )
    return SharedDomains(
        active=active,
        announced=tuple(note.value for note in named if note.note is not None),
        is_open=len(named) < len(notes),
    )
