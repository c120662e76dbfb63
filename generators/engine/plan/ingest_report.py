"""The ingest report: what each file of a collection was understood to say, and what it was not."""

from collections.abc import Iterable, Iterator, Mapping

from generators.engine.findings import Finding, Place, sort_findings
from generators.engine.model.load import LoadedAgent, LoadedModel
from generators.engine.model.unused import unused_fields
from generators.engine.plan.unit_plan import CollectionPlan, Question
from generators.engine.sources.canonical import JsonSchema

_CONTRADICTIONS = ("MD022", "MD023", "MD024", "MD025", "MD026", "MD028", "SR035")


def ingest_document(
    model: LoadedModel, plan: CollectionPlan | None, schema: JsonSchema, files: Iterable[str]
) -> dict[str, object]:
    """Return the report of a collection as plain data, agents under the file they begin in.

    Args:
        model: the collection.
        plan: its plan, None if there is none.
        schema: JSON Schema of agents.
        files: the files it was read from.
    """
    agents = {name: _agent(item, plan, schema) for name, item in model.agents.items()}
    found = sort_findings(model.findings)
    return {
        "collection": str(model.collection.name),
        "order": [unit.unit_id for unit in plan.units if unit.kind == "agent"] if plan else [],
        "files": [
            {
                "file": file,
                "agents": [
                    agents[name]
                    for name, item in model.agents.items()
                    if item.places[""].file == file
                ],
                "not_compiled": [
                    _line(f) for f in found if f.place.file == file and f.code in _FOREIGN
                ],
                "contradictions": [
                    _line(f) for f in found if f.place.file == file and f.code in _CONTRADICTIONS
                ],
                "findings": sum(f.place.file == file for f in found),
            }
            for file in sorted(files)
        ],
    }


_FOREIGN = ("SR015", "SR031", "SR032", "SR039")


def _agent(item: LoadedAgent, plan: CollectionPlan | None, schema: JsonSchema) -> dict[str, object]:
    agent = item.agent
    units = plan.units if plan else ()
    questions = [q for unit in units if unit.unit_id == agent.agent_id for q in unit.questions]
    return {
        "agent": str(agent.agent_id),
        "name": agent.name,
        "at": str(item.places[""]),
        "dialect": item.dialect,
        "documents": item.documents,
        "modules": len(agent.instructions.generate_files),
        "purposes": sum(bool(file.purpose) for file in agent.instructions.generate_files),
        "depends_on": list(agent.depends_on.hard),
        "derived": [
            {"pointer": d.pointer, "value": d.value, "how": d.how, "at": str(d.place)}
            for d in item.derived
        ],
        "unused": [
            {"pointer": pointer, "why": why}
            for pointer, why in unused_fields(dict(agent.data), schema)
        ],
        "questions": [
            {"number": q.number, "text": q.text, "at": str(question_place(q, item.places))}
            for q in questions
        ],
    }


def question_place(question: Question, places: Mapping[str, Place]) -> Place:
    """Return the line a question is about: that of its pointer, or of what lies above it."""
    pointer = question.pointer
    while pointer and pointer not in places:
        pointer = pointer.rpartition("/")[0]
    return places[pointer]


def render_ingest(document: Mapping[str, object]) -> str:
    """Render the report for a terminal."""
    return "\n".join([*_lines(document), ""])


def _lines(document: Mapping[str, object]) -> Iterator[str]:
    yield f"{document['collection']}: {', '.join(_texts(document['order'])) or 'no plan'}"
    for file in _maps(document["files"]):
        yield f"\n{file['file']}  {file['findings']} findings"
        for agent in _maps(file["agents"]):
            yield from _agent_lines(agent)
        for title, key in (("not compiled", "not_compiled"), ("contradiction", "contradictions")):
            yield from (f"  {title:14} {text}" for text in _texts(file[key]))


def _agent_lines(agent: Mapping[str, object]) -> Iterator[str]:
    yield (
        f"  {agent['agent']} ({agent['name']})  {agent['at']}  dialect {agent['dialect']}, "
        f"{agent['documents']} documents, {agent['modules']} modules, {agent['purposes']} purposes"
    )
    yield f"    built on     {', '.join(_texts(agent['depends_on'])) or 'nothing'}"
    for item in _maps(agent["derived"]):
        yield f"    derived      {item['pointer']} = {item['value']}  ({item['how']})"
    for item in _maps(agent["unused"]):
        yield f"    not used     {item['pointer']}  ({item['why']})"
    for item in _maps(agent["questions"]):
        yield f"    question     Q{item['number']} {item['at']}: {item['text']}"


def _line(finding: Finding) -> str:
    return f"{finding.code} {finding.place}: {finding.message}"


def _maps(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
