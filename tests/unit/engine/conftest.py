"""A whole collection with all its records, in memory, for tests of the evidence."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from generators.engine.evidence.folder import EvidenceFolder, json_document
from generators.engine.evidence.manifests import agent_manifest_bytes
from generators.engine.evidence.matter import RunFacts, SignerFacts
from generators.engine.evidence.report import Composition, build_evidence, compose
from generators.engine.evidence.signing import LocalSigner, local_signer
from generators.engine.gates.run import GATES
from generators.engine.meta.resolve import GLUE, TEMPLATES, resolve_meta
from generators.engine.model.agent import Agent
from generators.engine.model.load import load_model
from generators.engine.model.ruling import compile_ruling
from generators.engine.plan.todo import todo_document
from generators.engine.plan.unit_plan import CollectionPlan, PlannedFile, UnitPlan

ROOT = Path(__file__).parents[3]
TIMESTAMP = "2026-11-23T03:00:00+00:00"
PRIVATE_KEY = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
-----END PRIVATE KEY-----
"""
_CASES = (
    ("positive", "score_stays_within_0_and_1"),
    ("positive", "same_seed_gives_equal_output"),
    ("positive", "each_decision_is_logged_as_an_episode_and_in_the_audit_chain"),
    ("positive", "entities_merge_in_semantic_memory_and_cause_is_traced"),
    ("positive", "rule_reaches_the_anchors"),
    ("negative", "malformed_request_is_refused"),
    ("negative", "nan_is_refused"),
    ("negative", "beyond_the_rate_limit_is_refused"),
    ("regression", "example_vector_replays"),
)


@dataclass
class EvidenceCase:
    """A collection on disk, as bytes; tests change files and build evidence from them."""

    files: dict[str, bytes]
    sources: dict[str, bytes]
    templates: dict[str, str]
    signer: LocalSigner

    @property
    def folder(self) -> EvidenceFolder:
        return EvidenceFolder(files=self.files, sources=self.sources, templates=self.templates)

    def edit(self, path: str, change: Callable[[dict], object]) -> None:
        """Change the JSON document at `path` in place."""
        document = json.loads(self.files[path])
        change(document)
        self.files[path] = json_document(document)

    def edit_list(self, path: str, entries: list) -> None:
        """Replace the JSON list at `path`."""
        self.files[path] = json_document(entries)

    def composed(self) -> Composition:
        """Return what the evidence would state, unsigned."""
        who = SignerFacts(key_id=self.signer.key_id, origin=self.signer.origin)
        return compose(self.folder, timestamp=TIMESTAMP, signer=who, run=RunFacts())

    def sentences(self) -> list[str]:
        """Return the texts of all claims."""
        return [claim.text for claim in self.composed().claims]

    def reasons(self) -> list[str]:
        """Return what keeps the declaration back."""
        return [hindrance.text for hindrance in self.composed().matter.hindrances]

    def build(self) -> dict[str, bytes]:
        """Return the evidence."""
        run = RunFacts(tools={"engine": "0.1.0"}, seconds={"generate": 0.5, "test": 1.5})
        return build_evidence(self.folder, timestamp=TIMESTAMP, signer=self.signer, run=run)

    def report(self) -> str:
        return self.composed().markdown(self.templates).decode()

    def issued(self) -> dict[str, bytes]:
        """Return everything on disk after the evidence was written."""
        return {**self.files, **self.build()}

    def remanifest(self, agent: str) -> None:
        """Write the manifest of an agent anew."""
        plan = json.loads(self.files[f".stage/{agent}/plan.json"])
        content = agent_manifest_bytes(self.folder, agent)
        name = {"main_agent": "mainagent"}.get(agent, agent)
        self.files[f"manifests/{name}_manifest.json"] = content
        self.files[f"repo/{plan['manifest']}"] = content


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def build_case(source: str, *, defer: Mapping[str, str] | None = None) -> EvidenceCase:
    """Return a collection of which every agent passed everything, except for deferred ones."""
    path = ROOT / "input_schemas" / source
    name = source.split("_v", maxsplit=1)[0]
    sources = {f"input_schemas/{source}": path.read_bytes()}
    model = load_model(
        name,
        sources,
        agent_schema=_schema("agent"),
        collection_schema=_schema("collection"),
        answers={},
    )
    files: dict[str, bytes] = {}
    for stem in (*TEMPLATES, GLUE):
        file = ROOT / "meta" / ("glue" if stem == GLUE else ".") / f"{stem}.yaml"
        resolved = resolve_meta(stem, file.read_bytes(), _schema(stem))
        assert not resolved.findings
        files[f".stage/meta/{stem}.json"] = json_document(resolved.data)
        sources[f"meta/{stem}.yaml"] = file.read_bytes()
    agents = list(model.collection.agents)
    units = []
    for index, agent in enumerate(agents, start=1):
        reason = (defer or {}).get(agent.agent_id)
        plan = _plan(agent, index, reason)
        units.append(plan)
        normalised = model.agents[agent.agent_id].normalised
        files |= _unit_files(agent, plan, normalised, built=reason is None)
    collection = CollectionPlan(
        collection=name,
        title=model.collection.title,
        version=model.collection.version,
        units=tuple(units),
        groups=tuple((unit.unit_id,) for unit in units),
        digest=sha256(name.encode()),
    )
    files |= _collection_files(collection, agents)
    templates = {
        file.name: file.read_text()
        for file in (ROOT / "generators" / "patterns" / "_report").iterdir()
        if file.is_file()
    }
    signer = local_signer(PRIVATE_KEY, origin="local throw-away key")
    case = EvidenceCase(files=files, sources=sources, templates=templates, signer=signer)
    for unit in units:
        if unit.buildable:
            case.remanifest(unit.unit_id)
    return case


def _schema(stem: str) -> dict:
    return json.loads((ROOT / "meta" / "schemas" / f"{stem}.schema.json").read_text())


def _plan(agent: Agent, sequence: int, deferred: str | None) -> UnitPlan:
    asked = agent.instructions
    namespace = agent.rootpath.split("/")[0]
    tests = f"{namespace}/tests/{agent.agent_id}"

    def planned(path: str, role: str, origin: str, pointer: str, stem: str) -> PlannedFile:
        return PlannedFile(
            path=path,
            role=role,
            template="module.py.j2" if role in ("module", "test", "doc") else "",
            pattern=f"{stem.strip('_') or 'package'}@1.0" if role != "log" else "",
            stem=stem,
            purpose=f"purpose of {stem}",
            pointer=f"{agent.name}#{pointer}",
            origin=origin,
            module=path.removesuffix(".py").replace("/", ".") if role == "module" else "",
            imports=("agent_runtime",),
            traits=("governed", "audited", "guarded_input") if role == "module" else (),
        )

    files = [
        planned(f.path, "module", "generatefiles", f.pointer, f.stem) for f in asked.generate_files
    ]
    files += [
        planned(d.path, "doc", "generatedocs", d.pointer, d.path.stem) for d in asked.generate_docs
    ]
    files += [
        planned(f"{tests}/test_{f.stem}.py", "test", "postgeneration", f.pointer, f.stem)
        for f in asked.generate_files
        if f.stem != "__init__"
    ]
    files += [planned(p.path, "log", "logging", p.pointer, p.path.stem) for p in asked.logging]
    return UnitPlan(
        unit_id=str(agent.agent_id),
        kind="agent",
        label=agent.name,
        rootpath=str(agent.rootpath),
        sequence=sequence,
        hard=agent.depends_on.hard,
        soft=agent.depends_on.soft,
        files=tuple(files),
        questions=(),
        blocked_by=(),
        deferred=deferred,
        manifest=str(asked.manifest),
        line_counts={},
    )


def _unit_files(
    agent: Agent, plan: UnitPlan, normalised: bytes, *, built: bool
) -> dict[str, bytes]:
    root = f".stage/{plan.unit_id}"
    files = {
        f"{root}/plan.json": json_document(plan),
        f"{root}/schema.json": normalised,
        f"{root}/relations.json": json_document(agent.depends_on),
    }
    if not built:
        return files
    contents = {file.path: _content(agent, file) for file in plan.files}
    solid = [file for file in plan.files if file.role != "log"]
    tops = {"module": "code", "doc": "docs", "test": "tests"}
    for file in plan.files:
        files[f"repo/{file.path}"] = contents[file.path]
    for file in solid:
        canonical = f"{tops[file.role]}/{plan.unit_id}/{file.path.rsplit('/', 1)[-1]}"
        files[canonical] = contents[file.path]
    installed = {
        path: sha256(content)
        for path, content in files.items()
        if path.startswith(("repo/", "code/", "docs/", "tests/"))
        and path not in {f"repo/{file.path}" for file in plan.files if file.role == "log"}
    }
    files |= {
        f"{root}/formatted.json": json_document(
            {
                "files": {path: sha256(content) for path, content in contents.items()},
                "lines": {path: content.count(b"\n") for path, content in contents.items()},
                "broken": {},
            }
        ),
        f"{root}/installed.json": json_document({"files": installed, "changes": []}),
        f"{root}/verdict.json": json_document(
            {"unit": plan.unit_id, "passed": True, "checks": {}, "reasons": []}
        ),
        f"{root}/records/lint.json": _check("lint", "ruff 0.17.6", len(solid)),
        f"{root}/records/typecheck.json": _check("typecheck", "mypy 2.4.1 --strict", len(solid)),
        f"{root}/records/gate.json": _gates(plan),
        f"{root}/records/test.json": _suite(plan),
    }
    return files


def _content(agent: Agent, file: PlannedFile) -> bytes:
    if file.role == "log":
        return b""
    if file.role == "doc":
        return f"# {file.stem}\n\n{file.purpose}\n".encode()
    rules = ", ".join(rule.rule_id for rule in compile_ruling(agent).rules)
    return (
        f'"""{file.purpose}"""\n\n'
        "from agent_runtime import guards\n\n"
        f"ANCHORS = {agent.governance.anchors!r}\n"
        f"SCOPE = {agent.governance.audit_scope!r}\n"
        f"RULES = {rules!r}\n\n\n"
        "def run(value: float) -> float:\n"
        '    """Check and escalate."""\n'
        '    return guards.within(value, 0.0, 1.0, "value")\n'
    ).encode()


def _check(check: str, tool: str, files: int) -> bytes:
    return json_document(
        {"check": check, "tool": tool, "files": files, "passed": True, "violations": []}
    )


def _gates(plan: UnitPlan) -> bytes:
    place = f"{plan.files[0].path}:9"
    results = [
        {
            "gate_id": gate.gate_id,
            "title": gate.title,
            "phase": gate.phase,
            "items": list(gate.items),
            "passed": True,
            "findings": [],
            "evidence": {"checked": len(plan.files)},
            "places": [place],
        }
        for gate in GATES
    ]
    return json_document({"check": "gate", "passed": True, "results": results, "findings": []})


def _suite(plan: UnitPlan) -> bytes:
    tests = [
        {
            "path": file.path,
            "name": f"test_{name}",
            "kinds": [kind],
            "outcome": "passed",
            "seconds": 0.01,
            "message": "",
        }
        for file in plan.in_role("test")
        for kind, name in _CASES
    ]
    coverage = {
        file.path: {
            "statements": 40,
            "covered_lines": 39,
            "branches": 10,
            "covered_branches": 10,
            "missing_lines": [17],
        }
        for file in plan.in_role("module")
    }
    return json_document(
        {
            "check": "test",
            "tool": "pytest 9.2.0",
            "passed": True,
            "seconds": 1.0,
            "errors": [],
            "tests": tests,
            "coverage": coverage,
        }
    )


def _collection_files(plan: CollectionPlan, agents: list[Agent]) -> dict[str, bytes]:
    built = [unit for unit in plan.units if unit.buildable]
    probes = {
        "imports": [
            {"unit": u.unit_id, "module": file.module, "passed": True}
            for u in built
            for file in u.in_role("module")
        ],
        "links": [
            {"unit": a.agent_id, "path": link.path, "passed": True, "names": []}
            for a in agents
            for link in a.instructions.link_existing
        ],
        "services": [
            {
                "unit": u.unit_id,
                "method": "GET",
                "path": f"/{u.unit_id}/v6/status",
                "status": 200,
                "passed": True,
            }
            for u in built
        ],
    }
    lines = {
        unit.unit_id: {file.path: 0 for file in unit.files if file.role == "log"}
        for unit in plan.units
    }
    counted = replace(
        plan, units=tuple(replace(u, line_counts=lines[u.unit_id]) for u in plan.units)
    )
    return {
        ".stage/plan.json": json_document(
            {
                "collection": plan.collection,
                "title": plan.title,
                "version": plan.version,
                "units": [unit.unit_id for unit in plan.units],
                "groups": plan.groups,
                "digest": plan.digest,
            }
        ),
        ".stage/collection.json": json_document(
            {
                "title": plan.title,
                "version": plan.version,
                "namespace": "L9",
                "agents": [unit.unit_id for unit in plan.units],
                "blocked": {},
                "deferred": {},
            }
        ),
        ".stage/findings.json": b"[]\n",
        ".stage/records/integrate.json": json_document(probes),
        ".stage/records/baseline.json": json_document({"writable": {"code": True, "repo": True}}),
        "locked_todo_plan.json": json_document(todo_document(counted, ["no_todo"])),
        "locked_todo_plan.txt": f"plan sha256:{plan.digest}\n".encode(),
        "questions.json": b"{}\n",
        "questions.md": b"None.\n",
        "extraction_sequence.yaml": b"agents: []\n",
    }


@pytest.fixture(scope="session")
def _green() -> bytes:
    case = build_case("sensor_watch_v1.0.md")
    return msgspec.msgpack.encode((case.files, case.sources, case.templates))


@pytest.fixture(scope="session")
def _five() -> bytes:
    case = build_case("tensoraios_ecosystem_v6.0.md")
    return msgspec.msgpack.encode((case.files, case.sources, case.templates))


def _restored(frozen: bytes) -> EvidenceCase:
    files, sources, templates = msgspec.msgpack.decode(
        frozen, type=tuple[dict[str, bytes], dict[str, bytes], dict[str, str]]
    )
    signer = local_signer(PRIVATE_KEY, origin="local throw-away key")
    return EvidenceCase(files=files, sources=sources, templates=templates, signer=signer)


@pytest.fixture
def case(_green: bytes) -> EvidenceCase:
    """Return the one-agent collection, everything passed."""
    return _restored(_green)


@pytest.fixture
def five(_five: bytes) -> EvidenceCase:
    """Return the five-agent collection, everything passed."""
    return _restored(_five)
