"""What an agent's schema leaves open: asked for, never assumed."""

from collections.abc import Container, Iterator

from generators.engine.model.agent import Agent, OpenPoint
from generators.engine.model.ruling import OpenCondition, Ruling
from generators.engine.patterns.library import Library
from generators.engine.plan.match import Matches
from generators.engine.plan.snippet import module_snippet
from generators.engine.plan.unit_plan import Question


def ask_questions(
    agent: Agent, matches: Matches, ruling: Ruling, library: Library, linked: Container[str] = ()
) -> tuple[Question, ...]:
    """Ask for what is missing: patterns, code, roles, operations, and values of conditions.

    Args:
        agent: the agent.
        matches: what its files were matched with.
        ruling: its rules.
        library: the patterns.
        linked: repository paths of the code that is there without being generated.
    """
    questions: list[Question] = []

    def ask(pointer: str, text: str, why: str, choices: tuple[str, ...], snippet: str = "") -> None:
        questions.append(
            Question(
                number=len(questions) + 1,
                agent_id=str(agent.agent_id),
                pointer=pointer,
                text=text,
                why=why,
                choices=choices,
                answer_in="the schema at this place",
                snippet=snippet,
            )
        )

    for point in agent.open_points:
        ask(point.pointer, point.text, point.why, point.choices, point_answers(agent, point))
    for pointer, path, kind in matches.unmatched:
        near = library.nearest(path.stem, kind)
        ask(
            pointer,
            f"no pattern answers {path.name}",
            "without one its behaviour is not defined",
            tuple(f"rename it, if it is meant as {name}" for name in near)
            or ("write a pattern, see CONTRIBUTING.md",),
            module_snippet(agent, path, near) if kind == "module" else "",
        )
    for entry in agent.modules.values():
        if entry.extracted and entry.functions and entry.extracted_path not in linked:
            ask(
                entry.pointer,
                f"no extractor has written {entry.name} as its contract stands now",
                "`extract` leaves its functions to an extractor, and its lock has no answer",
                (
                    f"write it, then `doit answer {agent.agent_id} {entry.name} --from <file>`",
                    "bind the functions to code of yours, see docs/extending/bind.md",
                ),
            )
    for pointer, user, role in matches.lacking:
        ask(
            pointer,
            f"{user} needs a module in the role {role}",
            "its pattern builds on it",
            (f"add a file that answers to {role} to generatefiles",),
        )
    for endpoint in matches.unanswered:
        ask(
            endpoint.pointer,
            f"nobody answers the endpoint {endpoint.name} ({endpoint.path})",
            "an endpoint without an operation has no request and response shape",
            ("add the file whose pattern answers it to generatefiles",),
        )
    for condition in ruling.uncompiled:
        ask(
            condition.pointer,
            f'"{condition.text}" cannot be compiled to a rule: {condition.reason}',
            "a condition that is no rule would never be checked",
            _condition_choices(condition),
            "\n".join(threshold_answers(agent, condition)),
        )
    return tuple(questions)


def _condition_choices(condition: OpenCondition) -> tuple[str, ...]:
    """Return what can be done about an open condition, each with its effect."""
    reword = "write it as `signal > number unit`, joined by AND and OR: it becomes a rule"
    if not condition.symbols:
        return (f"{reword}, with a test that fires it and tests that just do not",)
    given = tuple(
        f"give governance.thresholds.{name}: {{value: <number>, unit: {unit}}}: every condition "
        f"that compares {name} with `threshold` becomes a rule, with a test on either side of it"
        for name, unit in condition.symbols
    )
    return (*given, reword)


def threshold_answers(agent: Agent, condition: OpenCondition) -> Iterator[str]:
    """Yield the lines of the answers file that close a condition without a number."""
    if not condition.symbols:
        return
    yield "answers:"
    yield f"  {agent.agent_id}:"
    for name, unit in condition.symbols:
        yield f"    /governance/thresholds/{name}: {{value: <number>, unit: {unit}}}"


def point_answers(agent: Agent, point: OpenPoint) -> str:
    """Return the lines of the answers file that close an open point."""
    return f"answers:\n  {agent.agent_id}:\n    {point.pointer}: <value>"
