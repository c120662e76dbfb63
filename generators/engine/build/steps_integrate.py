"""The step that proves that everything works together once it is installed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from generators.engine.build.failure import SaidNoError
from generators.engine.build.integration import plan_probes, run_probes
from generators.engine.build.integration_edges import edge_probes
from generators.engine.build.layout import CollectionFolder, collection_folder
from generators.engine.build.stage_files import (
    read_agent,
    read_collection_plan,
    read_glue,
    read_mapping,
    write_json,
)
from generators.engine.evidence.edge_matrix import pass_ratio
from generators.engine.evidence.floors import PHASE_FLOORS
from generators.engine.evidence.records import IntegrateRecord, decode_record
from generators.engine.model.agent import Agent
from generators.engine.model.bindings import LinkedName
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import absolute, read_bytes, read_optional


def run_integrate(settings: BuildSettings, collection: str, subject: str) -> Mapping[str, object]:
    """Import everything that is installed together, start each agent once, and test the edges."""
    del subject
    folder = collection_folder(settings, collection)
    passed = _passed(folder)
    agents = {u.unit_id: read_agent(folder.unit(u.unit_id)) for u in passed if u.kind == "agent"}
    probes = plan_probes(
        passed,
        {name: _linked(agent) for name, agent in agents.items()},
        {name: status_path(agent) for name, agent in agents.items()},
        _texts(folder, passed),
        {name: _extensions(agent) for name, agent in agents.items()},
    )
    record = run_probes(
        probes,
        repo=absolute(folder.repo),
        runtime=absolute(settings.runtime),
        cache=absolute(f"{settings.cache}/cache"),
    )
    tested = edge_probes(
        passed,
        read_glue(folder),
        repo=absolute(folder.repo),
        runtime=absolute(settings.runtime),
        cache=absolute(f"{settings.cache}/cache"),
    )
    record = replace(record, edges=tested)
    write_json(folder.staged("records/integrate.json"), record)
    return {
        "modules": len(record.imports),
        "services": len(record.services),
        "edges": sum(edge.passed for edge in tested),
    }


def judge_integration(
    settings: BuildSettings, collection: str, subject: str
) -> Mapping[str, object]:
    """Say whether enough of the integration tests passed.

    Raises:
        SaidNoError: they did not.
    """
    del subject
    path = collection_folder(settings, collection).staged("records/integrate.json")
    record = decode_record(read_bytes(path), IntegrateRecord, path=path)
    share, floor = pass_ratio(record), PHASE_FLOORS["integration_pass_ratio"]
    if share < floor:
        failed = [f"  {e.path}: {message}" for e in record.edges for message in e.messages]
        head = f"{share:.1%} of the integration tests of {collection} passed, below {floor:.0%}"
        raise SaidNoError("\n".join((head, *failed)))
    return {}


def status_path(agent: Agent) -> str:
    """Return the path of the agent's status endpoint, which every agent has."""
    declared = (e.path for e in agent.endpoints if e.path.endswith("/status"))
    return next(declared, f"/{agent.agent_id}/{agent.api_version}/status")


def _linked(agent: Agent) -> list[str]:
    return [str(link.path) for link in agent.instructions.link_existing]


def _extensions(agent: Agent) -> dict[str, LinkedName]:
    return {path: entry.extend for path, entry in agent.modules.items() if entry.extend}


def _passed(folder: CollectionFolder) -> list[UnitPlan]:
    return [
        unit
        for unit in read_collection_plan(folder).units
        if unit.buildable and read_mapping(folder.unit(unit.unit_id).verdict).get("passed") is True
    ]


def _texts(folder: CollectionFolder, units: Iterable[UnitPlan]) -> dict[str, str]:
    paths = [file.path for unit in units for file in unit.in_role("module")]
    found = {path: read_optional(f"{folder.repo}/{path}") for path in paths}
    return {path: content.decode() for path, content in found.items() if content is not None}
