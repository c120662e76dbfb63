"""Every leaf of the meta templates and the glue drives something.

A leaf is changed; then its JSON Schema must refuse the new value, or the plan, the sequence, a
rendered file or the evidence must differ. What is cheap to look at is looked at first.
"""

import copy
import json
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from generators.engine.build.compile import (
    Compiled,
    Meta,
    compile_collection,
    load_meta,
    load_schema,
    make_plan,
    root_namespace,
    workshop,
)
from generators.engine.build.gating import gate_floors
from generators.engine.build.steps_plan import gate_ids
from generators.engine.evidence.folder import EvidenceFolder
from generators.engine.evidence.matter import RunFacts, SignerFacts
from generators.engine.evidence.report import compose
from generators.engine.meta.resolve import GLUE, TEMPLATES
from generators.engine.plan.sequence_document import sequence_document
from generators.engine.plan.todo import todo_document
from generators.engine.plan.unit_texts import render_unit
from generators.engine.shell.environment import read_settings
from generators.engine.sources.canonical import JsonSchema, Plain
from tests.e2e.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
PROBE = """---
title: Probe
type: schema-collection
version: 1.0.0
created: "2026-01-01"
owner: Nobody
purpose: Uses what the shipped collections leave alone.
---
```yaml
agent_id: tensoraios
system: Watcher
module: monitoring
name: Watcher
role: Watches.
rootpath: {namespace}/monitoring/watcher
depends_on: {{hard: [], soft: []}}
governance:
  anchors: [Compliance, Executive, System Oversight, Domain Council]
  humanoverride: true
  escalationpolicy: anomaly_score > 0.9
cursorinstructions:
  generatefiles: [governance_bridge.py, config_manager.py]
  linkexisting:
    - L9/core/packetprotocol.py
    - L9/core/memorymanager.py
    - L9/core/governance.py
    - L9/worldmodel/interface.py
    - L9/orchestration/taskscheduler.py
    - L9/governance/policy_engine.py
    - L9/governance/escalation_handler.py
```
```yaml
agent_id: tensor_trainer
system: Other
module: other
name: Other
role: Is somewhere else.
rootpath: {namespace}/elsewhere/other
depends_on: {{hard: [], soft: []}}
governance: {{anchors: [Igor]}}
cursorinstructions: {{generatefiles: [governance_bridge.py]}}
deployment:
  endpoints:
    - {{name: get_status, path: /other/v1/status, method: GET, timeout_ms: 10}}
```
"""
Pointer = tuple[str | int, ...]


def leaves(data: Plain, at: Pointer = ()) -> Iterator[tuple[Pointer, Plain]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from leaves(value, (*at, index))
    else:
        yield at, data


def changed(data: Mapping[str, Plain], at: Pointer, value: Plain) -> dict[str, Plain]:
    copied = copy.deepcopy(dict(data))
    target: object = copied
    for key in at[:-1]:
        target = target[key]  # type: ignore[index]
    target[at[-1]] = value  # type: ignore[index]
    return copied


def other(value: Plain) -> Plain:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * 0.9 if isinstance(value, float) else value + 1
    return f"{value}x"


class World:
    """The shipped build and a probe, and what they show under given meta templates."""

    def __init__(self, built: Workspace, folder: Path) -> None:
        self.settings = read_settings({**os.environ, "CODEGEN_META": str(ROOT / "meta")})
        self.meta = load_meta(self.settings)
        self.built = built
        self.probe_file = folder / "probe.md"

    @cached_property
    def usual(self) -> list[object]:
        """Return what is seen under the shipped templates."""
        return list(self.observations(self.meta))

    def observations(self, meta: Meta) -> Iterator[object]:
        """Yield what can be seen, cheap things first."""
        yield self._planned(meta)
        yield self._evidence(meta)

    def _planned(self, meta: Meta) -> str:
        """Plan and render two collections: the shipped one by name, and the probe in full."""
        namespace = root_namespace(self.settings, meta.glue)
        template = meta.templates["meta.codegen.schema"]
        seen: list[object] = [gate_floors(template)]
        for compiled in (self._shipped, self._probe(namespace)):
            model = compiled.model.collection
            plan = make_plan(model, meta, namespace, blocked={}, deferred={})
            seen.append(sequence_document(plan, model, meta.templates, namespace))
            seen.append(todo_document(plan, gate_ids(template)))
            place = workshop(compiled.name, namespace, meta, {})
            for unit in plan.units:
                if unit.buildable and (unit.kind != "agent" or compiled.name == "probe"):
                    about = model.agent(unit.unit_id) if unit.kind == "agent" else model
                    seen.append(render_unit(unit, about, place))
        return json.dumps(seen, default=str)

    @cached_property
    def _shipped(self) -> Compiled:
        source = str(ROOT / "input_schemas/tensoraios_ecosystem_v6.0.md")
        return compile_collection("tensoraios_ecosystem", (source,), self.settings, self.meta)

    def _probe(self, namespace: str) -> Compiled:
        self.probe_file.write_text(PROBE.format(namespace=namespace))
        return compile_collection("probe", (str(self.probe_file),), self.settings, self.meta)

    @cached_property
    def _folder(self) -> EvidenceFolder:
        root = self.built.out
        files = {
            str(path.relative_to(root)): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file() and not {"raw", "formatted"} & set(path.relative_to(root).parts)
        }
        return EvidenceFolder(files=files, sources={}, templates={})

    def _evidence(self, meta: Meta) -> str:
        """Compute the evidence of the finished build under other templates."""
        staged = {f".stage/meta/{stem}.json": data for stem, data in meta.templates.items()}
        files = {path: json.dumps(data).encode() for path, data in staged.items()}
        folder = EvidenceFolder(files={**self._folder.files, **files}, sources={}, templates={})
        composed = compose(
            folder,
            timestamp="2026-01-01T00:00:00+00:00",
            signer=SignerFacts(key_id="k", origin="test"),
            run=RunFacts(tools={}, seconds={}),
        )
        return repr((composed.sections, sorted(composed.outputs.items())))


@pytest.fixture(scope="module")
def world(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(built, tmp_path_factory.mktemp("probe"))
    assert len(made.usual) == 2  # under the shipped templates nothing stops the build
    return made


@pytest.mark.parametrize("stem", [*TEMPLATES, GLUE])
def test_changing_any_leaf_changes_the_plan_an_artifact_or_a_gate(world: World, stem: str) -> None:
    data = world.meta.glue if stem == GLUE else world.meta.templates[stem]
    validator = Draft202012Validator(dict(load_schema(world.settings, stem)))
    dead = [
        "/" + "/".join(map(str, at))
        for at, value in leaves(dict(data))
        if not alive(world, stem, changed(data, at, other(value)), validator)
    ]
    assert dead == []


def alive(world: World, stem: str, data: dict[str, Plain], validator: Draft202012Validator) -> bool:
    """Tell whether the change is refused, or seen in any observation."""
    if not validator.is_valid(data):
        return True
    templates = dict(world.meta.templates) if stem == GLUE else {**world.meta.templates, stem: data}
    meta = Meta(templates=templates, glue=data if stem == GLUE else world.meta.glue, findings=())
    try:
        return any(now != world.usual[i] for i, now in enumerate(world.observations(meta)))
    except Exception:  # noqa: BLE001 - a change that stops the build has an effect
        return True


def test_the_check_itself_can_fail(world: World) -> None:
    schema: JsonSchema = {"type": "object"}
    unread = {**world.meta.glue, "nobody_reads_this": 1}
    assert not alive(world, GLUE, unread, Draft202012Validator(dict(schema)))
