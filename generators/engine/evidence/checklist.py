"""The validation checklist: each item of the template answered from records, agent by agent.

An item is answered by every gate that says it proves the item, by what `checklist_answers` computes
for it, or by both; both must say yes. An item that nothing answers is open, never passed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from generators.engine.evidence import checklist_answers, checklist_tests
from generators.engine.evidence.answers import Answer
from generators.engine.evidence.folder import Facts, UnitEvidence, mappings
from generators.engine.evidence.records import GateOutcome
from generators.engine.gates.run import GATES
from generators.engine.sources.canonical import Plain

Evaluator = Callable[[UnitEvidence, Facts, Mapping[str, Plain]], Answer]


class ChecklistError(Exception):
    """The template names an item that nothing can answer: a fault of the build's definition."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChecklistItem:
    """One item, answered for one agent.

    `holds` is None while it is open: its record is missing, or nothing proves it.
    """

    phase: int
    item_id: str
    asks: str
    evidence: str
    unit: str
    holds: bool | None
    proof: str
    source: str
    subjects: tuple[str, ...]


def answer_checklist(facts: Facts) -> tuple[ChecklistItem, ...]:
    """Answer every item for every agent that is to be built.

    Raises:
        ChecklistError: the template has an item of an unknown id.
    """
    evaluators = {**checklist_answers.EVALUATORS, **checklist_tests.EVALUATORS}
    items = []
    for phase in mappings(facts.meta["meta.validation.checklist"], "phases"):
        number = int(str(phase["phase"]))
        for item in mappings(phase, "items"):
            item_id = str(item["id"])
            evaluate = evaluators.get(item_id)
            for unit in facts.built:
                answers = _gate_answers(unit, item_id)
                if evaluate is not None:
                    answers = (*answers, evaluate(unit, facts, item))
                if evaluate is None and item_id not in _GATE_ITEMS:
                    raise ChecklistError(
                        f"meta.validation.checklist: nothing answers the item {item_id}; "
                        "add a gate or an evaluator for it"
                    )
                items.append(_item(number, item, unit, answers))
    return tuple(items)


_GATE_ITEMS = frozenset(item for gate in GATES for item in gate.items)
"""Items that gates prove; without such a gate in the record they are open."""


def signed_off(items: tuple[ChecklistItem, ...], phase: int) -> bool:
    """Tell whether every item of a phase holds for every agent, and there is one at all."""
    of_phase = [item for item in items if item.phase == phase]
    return bool(of_phase) and all(item.holds is True for item in of_phase)


def _gate_answers(unit: UnitEvidence, item_id: str) -> tuple[Answer, ...]:
    results = unit.gate.results if unit.gate is not None else ()
    return tuple(
        Answer(
            holds=result.passed,
            proof=_gate_proof(result),
            source=f"{unit.record('gate')}#/results/{index}",
            subjects=tuple(f"repo/{place.rsplit(':', 1)[0]}" for place in result.places),
        )
        for index, result in enumerate(results)
        if item_id in result.items
    )


def _gate_proof(result: GateOutcome) -> str:
    looked = ", ".join(f"{name} {count}" for name, count in result.evidence.items())
    state = "passed" if result.passed else "failed"
    return f"gate {result.gate_id} {state}" + (f" ({looked})" if looked else "")


def _item(
    phase: int, item: Mapping[str, Plain], unit: UnitEvidence, answers: tuple[Answer, ...]
) -> ChecklistItem:
    states = [answer.holds for answer in answers]
    holds = None if not states or None in states else all(states)
    if False in states:
        holds = False
    source = answers[0].source if answers else unit.record("gate")
    return ChecklistItem(
        phase=phase,
        item_id=str(item["id"]),
        asks=str(item["asks"]),
        evidence=str(item["evidence"]),
        unit=unit.unit_id,
        holds=holds,
        proof="; ".join(answer.proof for answer in answers) or "no record answers it",
        source=source,
        subjects=tuple(dict.fromkeys(path for answer in answers for path in answer.subjects)),
    )
