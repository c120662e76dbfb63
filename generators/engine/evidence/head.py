"""What a report says before its first section: one line of verdict, who signed, what failed."""

from dataclasses import dataclass

from generators.engine.evidence.claims import plural, quote
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.measures import Share, gates_passed, total_figures


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The first lines of a report.

    Attributes:
        title: the collection and its version.
        verdict: one line.
        state: `declared`, `withheld` (nothing failed, something is open) or `failed`.
        about: facts on the report, by name.
        failures: what failed.
        unfinished: what else keeps the declaration back.
    """

    title: str
    verdict: str
    state: str
    about: tuple[tuple[str, str], ...]
    failures: tuple[str, ...]
    unfinished: tuple[str, ...]


def report_head(matter: Matter, claims: int) -> Head:
    """Return the head of a report.

    Args:
        matter: the facts.
        claims: number of claims in the report.
    """
    facts = matter.facts
    passed = sum(unit.passed for unit in facts.built)
    figures = total_figures(facts.units)
    gates = sum((gates_passed(unit) for unit in facts.units), Share(part=0, whole=0))
    failed = tuple(h.text for h in matter.hindrances if h.failure)
    open_matters = tuple(h.text for h in matter.hindrances if not h.failure)
    built = f"{passed} of {plural(len(facts.agents), 'agent')} built and proven"
    tested = f"{figures.passed} of {plural(figures.cases, 'test')}"
    verdict = (
        f"{built}; {tested} passed, coverage {figures.coverage}, "
        f"{gates.part} of {plural(gates.whole, 'check')} passed."
    )
    return Head(
        title=f"Evidence report: {facts.plan.title}",
        verdict=verdict,
        state="declared" if matter.declared else ("failed" if failed else "withheld"),
        about=(
            ("Collection", f"{quote(facts.plan.collection)} {quote(facts.plan.version)}"),
            ("Plan", quote(facts.plan.digest[:16])),
            ("Issued", matter.timestamp),
            ("Signed by", f"{matter.signer.origin}, key {quote(matter.signer.key_id[:16])}"),
            ("Declaration", _declaration(matter)),
            ("Claims", f"{claims}, each with the record it was computed from"),
        ),
        failures=failed,
        unfinished=open_matters,
    )


def _declaration(matter: Matter) -> str:
    if matter.declared:
        return "made and signed"
    count = len(matter.hindrances)
    return f"withheld, {plural(count, 'reason')}"
