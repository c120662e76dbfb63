"""`extraction_sequence.yaml`: the order of the agents, and what the build of each one needs."""

from collections.abc import Callable, Mapping

from generators.engine.model.agent import Agent, Collection
from generators.engine.plan.unit_plan import CollectionPlan, UnitPlan
from generators.engine.sources.canonical import Plain

_STORE_OF = {
    "workingmemory": "working",
    "episodicmemory": "episodic",
    "semanticmemory": "semantic",
    "causalmemory": "causal",
    "longtermpersistence": "archive",
}


def sequence_document(
    plan: CollectionPlan,
    collection: Collection,
    meta: Mapping[str, Mapping[str, Plain]],
    namespace: str,
) -> dict[str, Plain]:
    """Return the extraction sequence as plain data, fields in the order the meta template gives.

    Args:
        plan: the plan of the collection.
        collection: its model.
        meta: resolved meta templates by file stem.
        namespace: the root namespace.
    """
    template = meta["meta.extraction.sequence"]
    orchestration = dict(_mapping(template, "orchestration"))
    entry = _Entries(plan, collection, meta, namespace)
    order = [unit for unit in plan.units if unit.kind == "agent"]
    wanted = [str(name) for name in _list(template, "agent_entry")]
    return {
        "collection": plan.collection,
        "version": plan.version,
        "meta_version": template.get("version"),
        "plan_digest": f"sha256:{plan.digest}",
        "orchestration": orchestration,
        "agents": [entry.of(unit, wanted) for unit in order],
        "parallel_groups": [list(group) for group in plan.groups],
        "gates_before_phase": template.get("gates_before_phase", []),
        "phases": meta["meta.codegen.schema"].get("phases", []),
    }


class _Entries:
    """Fields of one agent's entry; a field is a method of its name."""

    def __init__(
        self,
        plan: CollectionPlan,
        collection: Collection,
        meta: Mapping[str, Mapping[str, Plain]],
        namespace: str,
    ) -> None:
        self._plan = plan
        self._collection = collection
        self._template = meta["meta.extraction.sequence"]
        self._shared = meta["meta.codegen.schema"]
        self._namespace = namespace

    def of(self, unit: UnitPlan, wanted: list[str]) -> dict[str, Plain]:
        """Return the wanted fields of `unit`."""
        agent = self._collection.agent(unit.unit_id)
        makers: dict[str, Callable[[UnitPlan, Agent], Plain]] = {
            "sequence": lambda u, _: u.sequence,
            "agent_id": lambda u, _: u.unit_id,
            "name": lambda _, a: a.name,
            "rootpath": lambda u, _: u.rootpath,
            "source": lambda _, a: f"{a.name}#",
            "criticality": self._criticality,
            "estimated_artifacts": self._artifacts,
            "depends_on": self._depends_on,
            "blocking_conditions": self._blocking,
            "resources": lambda _, __: self._template.get("resources"),
            "network_access": self._network,
            "can_parallelize_with": self._parallel,
            "parallel_start_after_phase": self._start_after,
            "mutex_groups": self._mutex,
        }
        return {name: makers[name](unit, agent) for name in wanted if name in makers}

    def _criticality(self, unit: UnitPlan, _: Agent) -> Plain:
        best = ("", "support")
        for rule in _maps(self._template, "criticality"):
            path = str(rule.get("rootpath", "")).replace("{namespace}", self._namespace)
            inside = unit.rootpath == path or unit.rootpath.startswith(f"{path}/")
            if inside and len(path) > len(best[0]):
                best = (path, str(rule.get("level")))
        return best[1]

    def _artifacts(self, unit: UnitPlan, agent: Agent) -> Plain:
        asked = agent.instructions
        modules = [file for file in asked.generate_files if file.stem != "__init__"]
        return {
            "modules": len(modules),
            "docs": len(asked.generate_docs),
            "tests": len(unit.in_role("test")),
            "manifest": int(unit.manifest is not None),
        }

    def _depends_on(self, unit: UnitPlan, agent: Agent) -> Plain:
        return {
            "hard": list(agent.depends_on.hard),
            "soft": list(unit.soft),
            "derived": agent.depends_on.derived,
        }

    def _blocking(self, unit: UnitPlan, _: Agent) -> Plain:
        """Return the conditions that hold now, of those the template names."""
        holding: dict[str, Plain] = {
            "finding_in_schema": [r for r in unit.blocked_by if not r.startswith("needs ")],
            "open_question": [f"Q{q.number}: {q.text}" for q in unit.questions],
            "hard_dependency_not_built": [r for r in unit.blocked_by if r.startswith("needs ")],
            "deferred_by_user": [unit.deferred] if unit.deferred else [],
        }
        names = [str(name) for name in _list(self._template, "blocking_conditions")]
        return {name: holding[name] for name in names if holding.get(name)}

    def _network(self, _: UnitPlan, agent: Agent) -> Plain:
        """Return the environment variables of the stores that the agent declares."""
        memory = _mapping(self._shared, "memory")
        variables = []
        for layer in agent.memory:
            store = memory.get(_STORE_OF[layer.name])
            connection = store.get("connection") if isinstance(store, dict) else None
            variables.append(str(connection).strip("${}"))
        return list(variables)

    def _parallel(self, unit: UnitPlan, agent: Agent) -> Plain:
        exclusive = {name for group in self._groups(unit.unit_id) for name in _texts(group)}
        return [
            other.agent_id
            for other in self._collection.agents
            if other.agent_id != agent.agent_id
            and other.agent_id not in exclusive
            and agent.agent_id not in self._upstream(other.agent_id)
            and other.agent_id not in self._upstream(agent.agent_id)
        ]

    def _upstream(self, agent_id: str) -> set[str]:
        found: set[str] = set()
        waiting = list(self._collection.agent(agent_id).depends_on.hard)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._collection.agent(name).depends_on.hard
        return found

    def _start_after(self, _: UnitPlan, __: Agent) -> Plain:
        return _mapping(self._template, "orchestration").get("parallel_after_phase")

    def _mutex(self, unit: UnitPlan, _: Agent) -> Plain:
        return [group.get("id") for group in self._groups(unit.unit_id)]

    def _groups(self, agent_id: str) -> list[Mapping[str, Plain]]:
        return [g for g in _maps(self._template, "mutex_groups") if agent_id in _texts(g)]


def _texts(group: Mapping[str, Plain]) -> list[str]:
    return [str(name) for name in _list(group, "agents")]


def _mapping(data: Mapping[str, Plain], key: str) -> Mapping[str, Plain]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _list(data: Mapping[str, Plain], key: str) -> list[Plain]:
    value = data.get(key)
    return value if isinstance(value, list) else []


def _maps(data: Mapping[str, Plain], key: str) -> list[Mapping[str, Plain]]:
    return [item for item in _list(data, key) if isinstance(item, dict)]
