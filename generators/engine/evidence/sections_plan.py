"""Sections 1 to 3: what came in, what was planned, and what was found out before."""

from collections import Counter

from generators.engine.evidence.blocks import Block, Command, Heading, Row, Statements, Table
from generators.engine.evidence.changes import line_count
from generators.engine.evidence.claims import Claim, Ledger, plural, quote, quoted, short
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.section_parts import phase_blocks
from generators.engine.evidence.todo_status import TodoStatus

_LOCKED = "locked_todo_plan.json"
_SEQUENCE = "extraction_sequence.yaml"
_FINDINGS = ".stage/findings.json"


def inputs_section(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Write section 1: name, version, purpose, agents and input files."""
    facts = matter.facts
    plan = facts.plan
    states = Counter(unit.state for unit in facts.agents)
    split = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    sources = facts.folder.sources
    errors = sum(finding.severity == "error" for finding in facts.findings)
    others = len(facts.findings) - errors
    return (
        Statements(
            claims=(
                ledger.say(
                    f"The input is the collection {quote(plan.collection)} {quote(plan.version)}, "
                    f"titled {quote(plan.title)}.",
                    source=".stage/collection.json#/title",
                    about=(".stage/plan.json",),
                ),
                ledger.say(
                    f"It describes {plural(len(facts.agents), 'agent')} ({split or 'none'}).",
                    source=".stage/plan.json#/units",
                    holds=bool(facts.agents),
                ),
                ledger.say(
                    "The templates are "
                    + ", ".join(
                        f"{quote(stem)} {quote(template.get('version', '-'))}"
                        for stem, template in facts.meta.items()
                    )
                    + f" and the glue {quote(facts.glue.get('version', '-'))}.",
                    source=".stage/meta/meta.codegen.schema.json#/version",
                    about=(f".stage/meta/{stem}.json" for stem in facts.meta),
                ),
                ledger.say(
                    f"Reading it gave {plural(errors, 'error')} and {plural(others, 'remark')}.",
                    source=_FINDINGS,
                    holds=errors == 0,
                ),
            )
        ),
        Table(
            caption="Input files",
            headers=("file", "lines", "bytes", "sha256"),
            rows=tuple(
                Row(
                    cells=(
                        quote(path),
                        str(line_count(content)),
                        str(len(content)),
                        quote(short(facts.folder.sha256(path))),
                    )
                )
                for path, content in sorted(sources.items())
            ),
            claim=ledger.say(
                f"{plural(len(sources), 'input file')} went in: schemas, answers, meta templates.",
                source=".stage/collection.json",
                about=sorted(sources),
                holds=bool(sources),
            ),
        ),
        Table(
            caption="Agents",
            headers=("agent", "role", "version", "root path", "state"),
            rows=tuple(
                Row(
                    cells=(
                        quote(unit.unit_id),
                        unit.agent.role if unit.agent is not None else "-",
                        unit.agent.version if unit.agent is not None else "-",
                        quote(unit.plan.rootpath),
                        unit.state,
                    ),
                    state=_state(unit.state),
                )
                for unit in facts.agents
            ),
            claim=ledger.say(
                "Each agent is known by its schema, reduced to its canonical form.",
                source=".stage/plan.json#/units",
                about=(unit.stage("schema.json") for unit in facts.agents),
            ),
            stated=True,
        ),
        *_remarks(matter, ledger),
        Command(text=f"doit validate:{plan.collection}", shows="all findings with their places"),
    )


def _state(state: str) -> bool | None:
    return {"passed": True, "deferred": None}.get(state, False)


def _remarks(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    findings = matter.facts.findings
    if not findings:
        return ()
    return (
        Table(
            caption="Findings about the input",
            headers=("code", "severity", "place", "finding"),
            rows=tuple(
                Row(
                    cells=(
                        quote(finding.code),
                        finding.severity,
                        quote(f"{finding.file}:{finding.line}:{finding.column}"),
                        finding.message,
                    ),
                    state=finding.severity != "error",
                )
                for finding in findings
            ),
            claim=ledger.say(
                f"{plural(len(findings), 'finding')} on record.",
                source=_FINDINGS,
                holds=all(finding.severity != "error" for finding in findings),
            ),
            stated=True,
            folded=True,
        ),
    )


def plan_section(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Write section 2: every TODO with its proof, and what the last installation changed."""
    facts = matter.facts
    todos = [todo for unit in facts.units for todo in matter.todos[unit.unit_id]]
    wanted = [t for u in facts.units if u.plan.buildable for t in matter.todos[u.unit_id]]
    done = sum(todo.done for todo in wanted)
    actions = ", ".join(f"{n} {action}" for action, n in Counter(t.action for t in todos).items())
    return (
        Statements(
            claims=(
                ledger.say(
                    f"The plan {quote(facts.plan.digest[:12])} has {plural(len(todos), 'TODO')} "
                    f"({actions or 'none'}), locked before anything was made.",
                    source=f"{_LOCKED}#/units",
                    about=("locked_todo_plan.txt", _SEQUENCE),
                    holds=facts.folder.sha256(_LOCKED) is not None,
                ),
                ledger.say(
                    f"{done} of {plural(len(wanted), 'TODO')} of units that are to be built "
                    "are ticked by proof.",
                    source=f"{_LOCKED}#/units",
                    about=(f"repo/{todo.path}" for todo in wanted),
                    holds=done == len(wanted),
                ),
            )
        ),
        *(
            block
            for unit in facts.units
            if unit.plan.buildable
            for block in _todo_table(unit.unit_id, matter.todos[unit.unit_id], ledger)
        ),
        *_changes(matter, ledger),
        Command(text="doit plan", shows="what an edit of the schemas would change"),
    )


def _todo_table(unit_id: str, todos: tuple[TodoStatus, ...], ledger: Ledger) -> tuple[Block, ...]:
    done = sum(todo.done for todo in todos)
    return (
        Table(
            caption=f"TODOs of {unit_id}",
            headers=("", "no.", "action", "file", "lines", "made by", "asked for by", "proof"),
            rows=tuple(
                Row(
                    cells=(
                        "[x]" if todo.done else "[ ]",
                        todo.number,
                        todo.action,
                        quote(todo.path),
                        str(todo.lines_found),
                        quote(todo.pattern) if todo.pattern else "-",
                        quote(todo.pointer),
                        _proof(todo),
                    ),
                    state=todo.done,
                )
                for todo in todos
            ),
            claim=ledger.say(
                f"{quote(unit_id)}: {done} of {plural(len(todos), 'TODO')} done.",
                source=f".stage/{unit_id}/installed.json#/files",
                about=(f"repo/{todo.path}" for todo in todos),
                holds=done == len(todos),
            ),
            folded=True,
        ),
    )


def _proof(todo: TodoStatus) -> str:
    if not todo.done:
        return f"not done: {todo.why_not}"
    parts = [f"sha256 {short(todo.sha256)}", f"{todo.lines_found} lines", f"gates {todo.gates}"]
    if todo.tests != "-":
        parts.append(f"tests {todo.tests}")
    return " · ".join(parts)


def _changes(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    changed = [
        (unit, change)
        for unit in matter.facts.units
        if unit.installed is not None
        for change in unit.installed.changes
    ]
    if not changed:
        return ()
    added = sum(change.added for _, change in changed)
    removed = sum(change.removed for _, change in changed)
    return (
        Table(
            caption="Before and after",
            headers=(
                "file",
                "lines before",
                "lines after",
                "diff",
                "sha256 before",
                "sha256 after",
            ),
            rows=tuple(
                Row(
                    cells=(
                        quote(change.path),
                        str(change.lines_before),
                        str(change.lines_after),
                        quote(f"+{change.added} -{change.removed}"),
                        quote(short(change.before)),
                        quote(short(change.after)),
                    )
                )
                for _, change in changed
            ),
            claim=ledger.say(
                f"The last installation changed {plural(len(changed), 'file')}: "
                f"+{added} -{removed} lines.",
                source=changed[0][0].stage("installed.json") + "#/changes",
                about=(change.path for _, change in changed),
            ),
            folded=True,
        ),
    )


def research_section(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    """Write section 3: the dependency graph, the order, what was derived, what is open."""
    facts = matter.facts
    agents = facts.agents
    edges = [(unit.unit_id, name) for unit in agents for name in unit.plan.hard]
    order = " → ".join(quote(unit.unit_id) for unit in agents)
    questions = [q for unit in agents for q in unit.plan.questions]
    groups = "; ".join(" with ".join(quote(n) for n in group) for group in facts.plan.groups)
    claims: list[Claim] = [
        ledger.say(
            f"{plural(len(edges), 'hard dependency')} between units; "
            f"the order is {order or 'empty'}.",
            source=f"{_SEQUENCE}#/agents",
            holds=all(_before(matter, needed, unit) for unit, needed in edges),
        ),
        ledger.say(
            f"{plural(len(facts.plan.groups), 'parallel group')}: {groups or 'none'}.",
            source=f"{_SEQUENCE}#/parallel_groups",
        ),
        ledger.say(
            f"{plural(len(questions), 'question')} {'is' if len(questions) == 1 else 'are'} open; "
            "what a schema does not say is asked for, not assumed.",
            source="questions.json",
            holds=not questions,
        ),
        ledger.say(_derived(matter), source=".stage/plan.json#/units"),
    ]
    return (
        *phase_blocks(matter, ledger, 0),
        Heading(text="Dependencies"),
        Statements(claims=tuple(claims)),
        Table(
            caption="Dependency graph",
            headers=("no.", "agent", "needs (hard)", "starts after (soft)"),
            rows=tuple(
                Row(
                    cells=(
                        str(unit.plan.sequence),
                        quote(unit.unit_id),
                        quoted(unit.plan.hard),
                        quoted(unit.plan.soft),
                    )
                )
                for unit in agents
            ),
            claim=ledger.say(
                f"The graph of {plural(len(agents), 'agent')} has an order, so it has no cycle.",
                source=f"{_SEQUENCE}#/agents",
                about=(unit.stage("plan.json") for unit in agents),
                holds=bool(agents),
            ),
        ),
        *_questions(matter, ledger),
    )


def _before(matter: Matter, first: str, then: str) -> bool:
    order = [unit.unit_id for unit in matter.facts.units]
    return first in order and order.index(first) < order.index(then)


def _derived(matter: Matter) -> str:
    derived = [u for u in matter.facts.agents if u.agent is not None and u.agent.depends_on.derived]
    if not derived:
        return "Every dependency is declared; none had to be derived."
    named = quoted(unit.unit_id for unit in derived)
    return f"Dependencies of {named} are derived from `integration.connectto`, none is assumed."


def _questions(matter: Matter, ledger: Ledger) -> tuple[Block, ...]:
    asked = [(u, q) for u in matter.facts.agents for q in u.plan.questions]
    if not asked:
        return ()
    return (
        Table(
            caption="Open questions",
            headers=("agent", "no.", "question", "where", "state"),
            rows=tuple(
                Row(
                    cells=(
                        quote(unit.unit_id),
                        f"Q{question.number}",
                        question.text,
                        quote(question.pointer),
                        f"deferred: {unit.plan.deferred}" if unit.plan.deferred else "open",
                    ),
                    state=None if unit.plan.deferred else False,
                )
                for unit, question in asked
            ),
            claim=ledger.say(
                f"{plural(len(asked), 'question')} of "
                f"{plural(len({u.unit_id for u, _ in asked}), 'agent')} in `questions.md`.",
                source="questions.json",
                about=("questions.md",),
                holds=False,
            ),
            stated=True,
            folded=True,
        ),
    )
