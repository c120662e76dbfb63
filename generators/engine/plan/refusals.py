"""Ask the patterns themselves: what a pattern refuses becomes a question of the plan."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from generators.engine.model.agent import Agent
from generators.engine.patterns.context import Interface
from generators.engine.patterns.refusal import RefusalError
from generators.engine.plan.plan_agent import META_DOCS
from generators.engine.plan.plan_collection import Ask
from generators.engine.plan.unit_plan import PlannedFile, Question, UnitPlan
from generators.engine.plan.unit_texts import ParamsError, Workshop, params_trier

_RESPELL: Final = (
    "respell the values that the message names; where they are right, the pattern is at fault"
)


def pattern_asker(interfaces: Mapping[str, Interface], workshop: Workshop) -> Ask:
    """Return a function that adds a question for each file whose pattern refuses its agent.

    Args:
        interfaces: what every agent of the collection offers, by id.
        workshop: what patterns are given; dependencies are filled in for each agent.
    """

    def ask(unit: UnitPlan, agent: Agent) -> UnitPlan:
        peers = {name: interfaces[name] for name in unit.peers}
        return _asked(unit, agent, replace(workshop, dependencies=peers))

    return ask


def _asked(unit: UnitPlan, agent: Agent, workshop: Workshop) -> UnitPlan:
    questions = list(unit.questions)
    unasked: list[PlannedFile] = []
    try_params = params_trier(unit, agent, workshop)
    for file in (each for each in unit.in_role("module", "doc") if each.template):
        try:
            try_params(file)
        except RefusalError as refusal:
            if META_DOCS in file.pointer:  # usual, but of no use for this agent
                unasked.append(file)
                continue
            why = "the pattern cannot do without it"
            questions.append(_question(unit, file, refusal.reason, why, refusal.repair))
        except ParamsError as fault:
            why = "what the schema gives the pattern is not what it can print"
            questions.append(_question(unit, file, str(fault), why, _RESPELL))
    numbered = [replace(each, number=number) for number, each in enumerate(questions, start=1)]
    files = tuple(file for file in unit.files if file not in unasked)
    return replace(unit, questions=tuple(numbered), files=files)


def _question(unit: UnitPlan, file: PlannedFile, reason: str, why: str, repair: str) -> Question:
    return Question(
        number=0,
        agent_id=unit.unit_id,
        pointer=file.pointer.partition("#")[2],
        text=f"{file.pattern} cannot make {file.path}: {reason}",
        why=why,
        choices=(repair,),
        answer_in="the schema",
    )
