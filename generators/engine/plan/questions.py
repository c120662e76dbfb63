"""What an agent's schema leaves open: asked for, never assumed."""

from generators.engine.model.agent import Agent
from generators.engine.model.ruling import Ruling
from generators.engine.patterns.library import Library
from generators.engine.plan.match import Matches
from generators.engine.plan.snippet import module_snippet
from generators.engine.plan.unit_plan import Question


def ask_questions(
    agent: Agent, matches: Matches, ruling: Ruling, library: Library
) -> tuple[Question, ...]:
    """Ask for what is missing: patterns, roles, operations, and values or words of conditions."""
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
        ask(point.pointer, point.text, point.why, point.choices)
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
            (
                "write it as `signal > number unit`, joined by AND and OR",
                "give the number in governance.thresholds, under the name of its signal",
            ),
        )
    return tuple(questions)
