"""Steps that close a build: manifests, integration, evidence."""

from collections.abc import Iterable, Mapping

from generators.engine.build.integration import integrate
from generators.engine.build.layout import CollectionFolder, collection_folder
from generators.engine.build.stage_files import (
    read_agent,
    read_collection_plan,
    read_mapping,
    write_json,
)
from generators.engine.model.agent import Agent
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import absolute


def run_integrate(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Import everything that is installed together, and start each agent once."""
    del subject
    folder = collection_folder(settings, collection)
    plan = read_collection_plan(folder)
    passed = [
        unit
        for unit in plan.units
        if unit.buildable
        and read_mapping(folder.unit(unit.unit_id).verdict).get("passed") is True
    ]
    record = integrate(
        passed,
        _statuses(folder, passed),
        repo=absolute(folder.repo),
        runtime=absolute(settings.runtime),
        cache=absolute(f"{settings.cache}/cache"),
    )
    write_json(folder.staged("records/integrate.json"), record)
    return {"modules": len(record.modules), "problems": len(record.problems)}


def _statuses(folder: CollectionFolder, units: Iterable[UnitPlan]) -> dict[str, str]:
    """Return the path of the status endpoint of each agent among `units`."""
    found = {}
    for unit in units:
        if unit.kind == "agent":
            agent = read_agent(folder.unit(unit.unit_id))
            found[unit.unit_id] = status_path(agent)
    return found


def status_path(agent: Agent) -> str:
    """Return the path of the agent's status endpoint, which every agent has."""
    declared = (e.path for e in agent.endpoints if e.path.endswith("/status"))
    return next(declared, f"/{agent.agent_id}/{agent.api_version}/status")
