"""`doit questions`: what the schemas leave open, each with its line and what to paste where."""

from generators.engine.build.compile import Compiled
from generators.engine.build.compiled import answers_file, compiled, source_files
from generators.engine.build.own_command import OwnCommand
from generators.engine.findings import Place, quoted_line
from generators.engine.plan.ingest_report import question_place
from generators.engine.plan.unit_plan import Question, UnitPlan
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings

_OPEN, _WRONG_NAME = 1, 3


class QuestionsCommand(OwnCommand):
    """doit's plugin."""

    name = "questions"
    doc_purpose = "show what the schemas leave open, and where to answer it"
    doc_usage = "[COLLECTION ...]"
    doc_description = None
    cmd_options = ()

    def _execute(self, pos_args: list[str]) -> int:
        """Print the questions of each collection."""
        settings = read_settings(current_environment())
        known = source_files(settings)
        self.dep_manager.close()
        unknown = [name for name in pos_args if name not in known]
        if unknown:
            self.outstream.write(
                f"no collection is called {unknown[0]}; there are {', '.join(known)}\n"
            )
            return _WRONG_NAME
        stopped = False
        for name in pos_args or known:
            text, blocks = describe_questions(settings, compiled(settings, name))
            self.outstream.write(text)
            stopped |= blocks
        return _OPEN if stopped else 0


def describe_questions(settings: BuildSettings, found: Compiled) -> tuple[str, bool]:
    """Return the questions of a collection by agent, and whether one of them stops an agent."""
    units = [unit for unit in (found.plan.units if found.plan else ()) if unit.questions]
    if not units:
        state = "nothing is open" if found.plan else "no plan; run `doit validate`"
        return f"{found.name}: {state}\n", found.plan is None
    lines = []
    for unit in units:
        lines += _unit_lines(unit, found, answers_file(settings, found.name))
    return "\n".join([*lines, ""]), any(unit.deferred is None for unit in units)


def _unit_lines(unit: UnitPlan, found: Compiled, answers: str) -> list[str]:
    state = f"deferred: {unit.deferred}" if unit.deferred else "not built until answered"
    lines = [f"{unit.label} ({unit.unit_id}), {state}", ""]
    places = found.model.agents[unit.unit_id].places
    for question in unit.questions:
        lines += _question_lines(question, question_place(question, places), found, answers)
    return lines


def _question_lines(question: Question, place: Place, found: Compiled, answers: str) -> list[str]:
    return [
        f"Q{question.number}  {place}  {question.pointer}",
        f"    {question.text}",
        *quoted_line(place, found.texts),
        f"    why      {question.why}",
        *(f"    choice   {choice}" for choice in question.choices),
        f"    write    {question.answer_in}",
        *([f"    or in    {answers}"] if question.snippet else []),
        *(f"             {line}" for line in question.snippet.splitlines()),
        "",
    ]
