"""The output folder of a collection as a value: its files, and the facts in them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec

from generators.engine.evidence.changes import digest, line_count
from generators.engine.evidence.records import (
    BaselineRecord,
    CheckRecord,
    FindingRecord,
    GateRecord,
    InstalledRecord,
    IntegrateRecord,
    RecordError,
    SuiteRecord,
    VerdictRecord,
    decode_record,
)
from generators.engine.meta.resolve import GLUE, TEMPLATES
from generators.engine.model.agent import Agent, Dependencies
from generators.engine.model.normal_form import parse_normal_form
from generators.engine.model.ruling import Ruling, compile_ruling
from generators.engine.plan.unit_plan import CollectionPlan, UnitPlan
from generators.engine.sources.canonical import Plain

Record = TypeVar("Record")

MANIFEST_NAMES = {"main_agent": "mainagent"}
"""Agents whose manifest the client's guide calls by another name."""

LAYER_STORES = {
    "workingmemory": "working",
    "episodicmemory": "episodic",
    "semanticmemory": "semantic",
    "causalmemory": "causal",
    "longtermpersistence": "archive",
}
"""How the master template calls the store of each memory layer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceFolder:
    """All bytes that evidence is computed from.

    Attributes:
        files: content by path below the collection's folder; of `.stage` only the JSON files.
        sources: content of the inputs by repository path.
        templates: text of the report's templates by name.
    """

    files: Mapping[str, bytes]
    sources: Mapping[str, bytes]
    templates: Mapping[str, str]

    def sha256(self, path: str) -> str | None:
        """Return the digest of a file or source; None if it is not there."""
        content = self.files.get(path, self.sources.get(path))
        return None if content is None else digest(content)

    def lines(self, path: str) -> int:
        """Return the number of lines of a file; 0 if it is not there."""
        return line_count(self.files.get(path, b""))


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitEvidence:
    """One unit with its records; a record is None where there is none.

    Attributes:
        plan: the unit's plan, with line counts.
        agent: its model; None for shared units.
        ruling: its compiled rules; None for shared units.
        formatted: SHA-256 of each file as the checks saw it, by repository path.
    """

    plan: UnitPlan
    agent: Agent | None
    ruling: Ruling | None
    formatted: Mapping[str, str]
    lint: CheckRecord | None
    typecheck: CheckRecord | None
    gate: GateRecord | None
    suite: SuiteRecord | None
    verdict: VerdictRecord | None
    installed: InstalledRecord | None

    @property
    def unit_id(self) -> str:
        """Return the id of the unit."""
        return self.plan.unit_id

    @property
    def passed(self) -> bool:
        """Tell whether the unit has a verdict and passed."""
        return self.verdict is not None and self.verdict.passed

    @property
    def state(self) -> str:
        """Return `passed`, `failed`, `deferred`, `blocked`, `questions` or `not built`."""
        if self.plan.deferred:
            return "deferred"
        if self.plan.questions:
            return "questions"
        if self.plan.blocked_by:
            return "blocked"
        if self.verdict is None:
            return "not built"
        return "passed" if self.verdict.passed else "failed"

    def stage(self, name: str) -> str:
        """Return the path of one of its intermediate files."""
        return f".stage/{self.unit_id}/{name}"

    def record(self, check: str) -> str:
        """Return the path of one of its records."""
        return self.stage(f"records/{check}.json")

    @property
    def manifest_path(self) -> str:
        """Return where the manifest of the agent stands."""
        return f"manifests/{MANIFEST_NAMES.get(self.unit_id, self.unit_id)}_manifest.json"

    def digest_of(self, path: str) -> str | None:
        """Return the digest under which a planned file is installed in the repository."""
        return None if self.installed is None else self.installed.files.get(f"repo/{path}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Everything that is known about a collection when its evidence is computed."""

    folder: EvidenceFolder
    plan: CollectionPlan
    namespace: str
    units: tuple[UnitEvidence, ...]
    findings: tuple[FindingRecord, ...]
    integrate: IntegrateRecord | None
    baseline: BaselineRecord | None
    meta: Mapping[str, Mapping[str, Plain]]
    glue: Mapping[str, Plain]

    @property
    def agents(self) -> tuple[UnitEvidence, ...]:
        """Return the units that are agents, in extraction order."""
        return tuple(unit for unit in self.units if unit.plan.kind == "agent")

    @property
    def built(self) -> tuple[UnitEvidence, ...]:
        """Return the agents that nothing keeps from being built."""
        return tuple(unit for unit in self.agents if unit.plan.buildable)

    @property
    def master(self) -> Mapping[str, Plain]:
        """Return the master template."""
        return self.meta["meta.codegen.schema"]

    def flags(self) -> dict[str, bool]:
        """Return the state of each feature flag: the template's, unless the build's differs."""
        declared = {
            name: value is True for name, value in mapping(self.master, "feature_flags").items()
        }
        changed = self.baseline.flags if self.baseline is not None else {}
        return {name: changed.get(name, value) for name, value in declared.items()}

    def gate_minimum(self, gate_id: str) -> float | None:
        """Return the limit that the master template sets for a gate."""
        for family in mapping(self.master, "gates").values():
            for gate in family if isinstance(family, list) else []:
                if isinstance(gate, dict) and gate.get("id") == gate_id:
                    value = gate.get("minimum")
                    return float(value) if isinstance(value, int | float) else None
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _CollectionFacts:
    title: str
    version: str
    namespace: str
    agents: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _PlanFacts:
    collection: str
    title: str
    version: str
    units: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _FormattedFacts:
    files: Mapping[str, str]
    lines: Mapping[str, int]


def read_facts(folder: EvidenceFolder) -> Facts:
    """Return the facts of a collection.

    Raises:
        RecordError: the plan is missing, or a file is not what its name says.
    """
    planned = _needed(folder, ".stage/plan.json", _PlanFacts)
    about = _needed(folder, ".stage/collection.json", _CollectionFacts)
    units = tuple(_unit(folder, unit_id) for unit_id in planned.units)
    return Facts(
        folder=folder,
        plan=CollectionPlan(
            collection=planned.collection,
            title=planned.title,
            version=planned.version,
            units=tuple(unit.plan for unit in units),
            groups=planned.groups,
            digest=planned.digest,
        ),
        namespace=about.namespace,
        units=units,
        findings=_optional(folder, ".stage/findings.json", tuple[FindingRecord, ...]) or (),
        integrate=_optional(folder, ".stage/records/integrate.json", IntegrateRecord),
        baseline=_optional(folder, ".stage/records/baseline.json", BaselineRecord),
        meta={stem: _plain(folder, f".stage/meta/{stem}.json") for stem in TEMPLATES},
        glue=_plain(folder, f".stage/meta/{GLUE}.json"),
    )


def _unit(folder: EvidenceFolder, unit_id: str) -> UnitEvidence:
    root = f".stage/{unit_id}"
    plan = _needed(folder, f"{root}/plan.json", UnitPlan)
    shaped = _optional(folder, f"{root}/formatted.json", _FormattedFacts)
    built = plan.buildable and shaped is not None
    agent = _agent(folder, root) if plan.kind == "agent" else None
    return UnitEvidence(
        plan=replace(plan, line_counts=shaped.lines if built and shaped else {}),
        agent=agent,
        ruling=compile_ruling(agent) if agent is not None else None,
        formatted=shaped.files if built and shaped else {},
        lint=_optional(folder, f"{root}/records/lint.json", CheckRecord),
        typecheck=_optional(folder, f"{root}/records/typecheck.json", CheckRecord),
        gate=_optional(folder, f"{root}/records/gate.json", GateRecord),
        suite=_optional(folder, f"{root}/records/test.json", SuiteRecord),
        verdict=_optional(folder, f"{root}/verdict.json", VerdictRecord),
        installed=_optional(folder, f"{root}/installed.json", InstalledRecord),
    )


def _agent(folder: EvidenceFolder, root: str) -> Agent | None:
    content = folder.files.get(f"{root}/schema.json")
    if content is None:
        return None
    try:
        agent = parse_normal_form(content)
    except (ValueError, KeyError) as error:
        raise RecordError(f"{root}/schema.json: {error}; remove it and build again") from error
    relations = _optional(folder, f"{root}/relations.json", Dependencies)
    return agent if relations is None else replace(agent, depends_on=relations)


def _needed(folder: EvidenceFolder, path: str, kind: type[Record]) -> Record:
    if path not in folder.files:
        raise RecordError(f"{path} is missing; run `doit`")
    return decode_record(folder.files[path], kind, path=path)


def _optional(folder: EvidenceFolder, path: str, kind: type[Record]) -> Record | None:
    content = folder.files.get(path)
    return None if content is None else decode_record(content, kind, path=path)


def _plain(folder: EvidenceFolder, path: str) -> Mapping[str, Plain]:
    data = _needed(folder, path, object)
    if not isinstance(data, dict):
        raise RecordError(f"{path} holds no mapping; remove it and build again")
    return data


def json_document(data: object) -> bytes:
    """Return plain data or dataclasses as readable JSON with a final newline."""
    plain = msgspec.to_builtins(data, enc_hook=str)
    return (json.dumps(plain, indent=1, ensure_ascii=False) + "\n").encode()


def mapping(data: Mapping[str, Plain], key: str) -> Mapping[str, Plain]:
    """Return the mapping under `key`; an empty one if there is none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def mappings(data: Mapping[str, Plain], key: str) -> tuple[Mapping[str, Plain], ...]:
    """Return the mappings in the list under `key`."""
    value = data.get(key)
    return (
        tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
    )


def texts(data: Mapping[str, Plain], key: str) -> tuple[str, ...]:
    """Return the texts in the list under `key`."""
    value = data.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
