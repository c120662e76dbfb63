"""The answer to one checklist item, and the plain ways to get one."""

from collections.abc import Iterable
from dataclasses import dataclass

from generators.engine.evidence.claims import plural

_MOST_NAMED = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Yes, no, or open (None), with what proves it and where that stands."""

    holds: bool | None
    proof: str
    source: str
    subjects: tuple[str, ...] = ()


def missing(what: str, source: str) -> Answer:
    """Return that an item is open because a record is not there."""
    return Answer(holds=None, proof=f"there is no record of {what}", source=source)


def not_applicable(why: str, source: str) -> Answer:
    """Return that an item holds because there is nothing that it could fail on."""
    return Answer(holds=True, proof=f"not applicable: {why}", source=source)


def all_of(
    good: Iterable[str],
    bad: Iterable[str],
    *,
    noun: str,
    source: str,
    subjects: tuple[str, ...] = (),
) -> Answer:
    """Return yes if nothing is bad; the first bad ones are named.

    Args:
        good: what holds.
        bad: what does not.
        noun: what they are, in the singular.
        source: where that stands.
        subjects: paths of files that this is about.
    """
    held, failed = tuple(good), tuple(bad)
    proof = plural(len(held), noun)
    if failed:
        more = f" and {len(failed) - _MOST_NAMED} more" if len(failed) > _MOST_NAMED else ""
        named = ", ".join(failed[:_MOST_NAMED]) + more
        proof = f"{len(failed)} of {plural(len(held) + len(failed), noun)} not: {named}"
    return Answer(holds=not failed, proof=proof, source=source, subjects=subjects)
