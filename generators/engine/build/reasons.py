"""Why a file is as it is: the changed fields without which it would be rendered otherwise.

A field is a reason if undoing its change alone, with all else as it is now, gives another text.
That is found out by rendering in memory, so it holds for every pattern.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from generators.engine.build.compile import Compiled
from generators.engine.build.field_changes import FieldChange, field_changes, taken_back
from generators.engine.build.layout import CollectionFolder
from generators.engine.build.preview_plan import unit_texts
from generators.engine.findings import Place
from generators.engine.model.agent import Collection
from generators.engine.model.normal_form import parse_normal_form
from generators.engine.patterns.refusal import RefusalError
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan
from generators.engine.shell.files import read_optional
from generators.engine.sources.canonical import Plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """A changed field that reaches a file.

    Attributes:
        agent: whose schema it stands in.
        change: the field, its old and its new value.
        place: where it stands now, or where it stood nearest.
        pending: whether the change is not built yet.
    """

    agent: str
    change: FieldChange
    place: Place
    pending: bool


def reasons_for(
    compiled: Compiled, folder: CollectionFolder, unit: UnitPlan, file: PlannedFile
) -> list[Reason]:
    """Return the changed fields that a file depends on, in the order of agents and fields.

    Args:
        compiled: the collection as it is in the sources now.
        folder: its output folder, which holds the schemas of the last builds.
        unit: the unit of the file.
        file: the file.
    """
    now = _text(compiled, compiled.model.collection, unit, file)
    return [
        reason
        for agent in _seen_agents(compiled, unit)
        for reason in _changed_fields(compiled, folder, agent)
        if _names_file(reason, unit, file)
        or _text(compiled, _without(compiled, reason), unit, file) != now
    ]


def own_pointer(file: PlannedFile) -> str:
    """Return the pointer that asked for a file, without the label of its agent."""
    return file.pointer.rpartition("#")[2]


def _seen_agents(compiled: Compiled, unit: UnitPlan) -> list[str]:
    """Return the agents whose schema or interface the unit is rendered from."""
    agents = list(compiled.model.agents)
    if unit.kind != "agent":
        return agents
    return [agent for agent in agents if agent == unit.unit_id or agent in unit.peers]


def _changed_fields(compiled: Compiled, folder: CollectionFolder, agent: str) -> Iterator[Reason]:
    """Yield the fields that are not built yet; if there are none, those built last."""
    loaded = compiled.model.agents[agent]
    staged = read_optional(folder.unit(agent).schema)
    pending = staged is not None and staged != loaded.normalised
    before = staged if pending else read_optional(folder.unit(agent).schema_before)
    if before is None:
        return
    for change in field_changes(json.loads(before), json.loads(loaded.normalised)):
        pointer = change.pointer
        while pointer and pointer not in loaded.places:
            pointer = pointer.rpartition("/")[0]
        yield Reason(agent=agent, change=change, place=loaded.places[pointer], pending=pending)


def _names_file(reason: Reason, unit: UnitPlan, file: PlannedFile) -> bool:
    """Tell whether the field is the one that asks for the file: its purpose is in the plan."""
    return reason.agent == unit.unit_id and reason.change.pointer == own_pointer(file)


def _without(compiled: Compiled, reason: Reason) -> Collection | None:
    """Return the model with one change undone; None if the schema is of no use then."""
    loaded = compiled.model.agents[reason.agent]
    document = cast("dict[str, Plain]", json.loads(loaded.normalised))
    undone = json.dumps(taken_back(document, reason.change)).encode()
    try:
        agent = replace(parse_normal_form(undone), depends_on=loaded.agent.depends_on)
    except ValueError:
        return None
    model = compiled.model.collection
    agents = tuple(agent if each.agent_id == reason.agent else each for each in model.agents)
    return replace(model, agents=agents)


def _text(
    compiled: Compiled, collection: Collection | None, unit: UnitPlan, file: PlannedFile
) -> str | None:
    """Return the text of a file for a model; None if a pattern refuses it or there is none."""
    if collection is None:
        return None
    try:
        return unit_texts(compiled, collection, unit).get(file.path)
    except (RefusalError, KeyError):
        return None
