"""`doit new agent`: write a first schema, and say what a build makes of it."""

import sys
from collections.abc import Callable, Iterator

from generators.engine.build.compile import Compiled, Meta, load_meta, root_namespace
from generators.engine.build.compiled import compiled, source_files
from generators.engine.build.own_command import OwnCommand
from generators.engine.findings import render_findings
from generators.engine.model.first_schema import KINDS, FirstAgent, first_schema
from generators.engine.names import InvalidNameError, RepoPath, snake_case
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings
from generators.engine.shell.files import read_optional, relative_path, write_if_changed

Ask = Callable[[str, str], str]
"""Asks a question with a default, and returns the answer."""

_QUESTIONS = (
    ("name", "What is it called?", ""),
    ("role", "What is it for, in one sentence?", "Ranks rows of numbers by how unusual they are."),
    ("root", "Which folder is its code in?", ""),
    ("anchor", "Who answers when it escalates?", ""),
    ("threshold", "From which anomaly score on, 0 to 1, is a person called?", "0.9"),
    ("kind", "A `service` with endpoints and memory, or a `library` without?", "service"),
)
_TEXTS = tuple(
    {"name": name, "short": "", "long": name, "type": str, "default": "", "help": question}
    for name, question, _ in _QUESTIONS
)
_SHOWN = ("module", "doc")
_REFUSED, _BADLY_ASKED = 1, 3


class NewCommand(OwnCommand):
    """doit's plugin."""

    name = "new"
    doc_purpose = "write the schema of a first agent, and say what a build makes of it"
    doc_usage = "agent [NAME]"
    doc_description = None
    cmd_options = _TEXTS

    def _execute(
        self,
        pos_args: list[str],
        *,
        name: str,
        role: str,
        root: str,
        anchor: str,
        threshold: str,
        kind: str,
    ) -> int:
        """Ask what no option gives, write, and explain; doit passes its options by name."""
        settings = read_settings(current_environment())
        self.dep_manager.close()
        if pos_args[:1] != ["agent"] or len(pos_args) > 1 + (not name):
            self.outstream.write("usage: doit new agent [NAME]; `doit help new` lists options\n")
            return _BADLY_ASKED
        given = {
            "name": name or "".join(pos_args[1:]),
            "role": role,
            "root": root,
            "anchor": anchor,
            "threshold": threshold,
            "kind": kind,
        }
        ask = _asked if sys.stdin.isatty() else _default
        try:
            agent = _answers(given, settings, ask)
            path, text = _file(settings, agent)
        except (InvalidNameError, ValueError) as error:
            self.outstream.write(f"{error}\n")
            return _BADLY_ASKED
        taken = agent.agent_id in source_files(settings)
        if taken or read_optional(path) is not None:
            self.outstream.write(f"{path}: there is a collection {agent.agent_id} already\n")
            return _REFUSED
        write_if_changed(path, text.encode())
        self.outstream.writelines(_explained(path, compiled(settings, agent.agent_id)))
        return 0


def _answers(given: dict[str, str], settings: BuildSettings, ask: Ask) -> FirstAgent:
    """Return the agent that options and answers describe.

    Raises:
        InvalidNameError: the name or the folder cannot be used.
        ValueError: another answer cannot.
    """
    found: dict[str, str] = {}
    meta = load_meta(settings)
    root = f"{root_namespace(settings, meta.glue)}/agents"
    for key, question, default in _QUESTIONS:
        ours = {"root": f"{root}/{snake_case(found.get('name', ''))}", "anchor": _anchor(meta)}
        found[key] = given[key] or ask(question, ours.get(key, default))
        if not found[key]:
            raise ValueError(f"an agent needs a {key}: doit new agent <name>")
    if found["kind"] not in KINDS:
        raise ValueError(f"{found['kind']!r} is no kind of agent; there are {', '.join(KINDS)}")
    return FirstAgent(
        name=found["name"],
        role=found["role"],
        rootpath=RepoPath(found["root"]),
        anchor=found["anchor"],
        threshold=_share(found["threshold"]),
        kind=found["kind"],
    )


def _anchor(meta: Meta) -> str:
    """Return the first anchor of the house; empty if there is none."""
    governance = meta.templates["meta.codegen.schema"].get("governance")
    anchors = governance.get("anchors") if isinstance(governance, dict) else None
    first = anchors[0] if isinstance(anchors, list) and anchors else None
    return str(first.get("name", "")) if isinstance(first, dict) else ""


def _share(text: str) -> float:
    """Return a number between 0 and 1.

    Raises:
        ValueError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 < value < 1.0:
        raise ValueError(f"the threshold {text!r} is no number between 0 and 1")
    return value


def _file(settings: BuildSettings, agent: FirstAgent) -> tuple[str, str]:
    path = f"{settings.inputs}/{agent.agent_id}_v1.0.md"
    schema = relative_path(f"{settings.meta}/schemas/agent.schema.json", settings.inputs)
    return path, first_schema(agent, schema)


def _explained(path: str, found: Compiled) -> Iterator[str]:
    """Yield what a build would make of the new file."""
    yield f"wrote     {path}\n"
    if found.findings:
        yield f"{render_findings(found.findings, found.texts)}\n"
    units = found.plan.units if found.plan else ()
    for unit in (unit for unit in units if unit.kind == "agent"):
        yield from _unit_lines(unit)
    yield f"next      doit plan {found.name} · doit verdict:{found.name} · doit\n"
    yield "          edit the file: your editor completes fields from its first comment\n"


def _unit_lines(unit: UnitPlan) -> Iterator[str]:
    for file in unit.files:
        if file.pattern and file.role in _SHOWN:
            yield f"makes     {file.path}  {file.purpose or file.pattern}\n"
    for rule in unit.rules:
        yield f"rule      {rule.rule}: {rule.prose!r} is {rule.expression}\n"
    for question in unit.questions:
        yield f"open      {question.text}\n"


def _asked(question: str, default: str) -> str:
    shown = f"{question} [{default}] " if default else f"{question} "
    return input(shown).strip() or default


def _default(question: str, default: str) -> str:
    del question
    return default
