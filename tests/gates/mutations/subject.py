"""A real compiled agent as gates see it, before any digest is taken, and what they say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from generators.engine.build.compile import (
    collection_interfaces,
    compile_collection,
    load_meta,
    workshop,
)
from generators.engine.build.gating import flags_in_effect, gate_floors, unit_facts
from generators.engine.gates.facts import UnitFacts
from generators.engine.gates.gate import GateInput
from generators.engine.gates.run import run_gates
from generators.engine.gates.source import Source, read_source
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.plan.unit_texts import render_unit
from generators.engine.shell.environment import read_settings

ROOT = Path(__file__).resolve().parents[3]
COLLECTION = "tensoraios_ecosystem"
AGENT = "tensoraios"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An agent on its way from rendering to its gates.

    `promised` are line counts that the plan carries; None has them counted from the files, as the
    build does.
    """

    plan: UnitPlan
    files: Mapping[str, str]
    facts: UnitFacts
    flags: Mapping[str, bool]
    floors: Mapping[str, float]
    promised: Mapping[str, int] | None = None

    def path(self, name: str) -> str:
        """Return the one path that ends with `name`, a file name or some folders with it."""
        found = [path for path in self.files if path.endswith(f"/{name}")]
        assert len(found) == 1, f"{name}: {found}"
        return found[0]

    def with_file(self, path: str, text: str) -> "Subject":
        """Return it with the text of one file new or replaced."""
        return replace(self, files={**self.files, path: text})

    def with_facts(self, **facts: object) -> "Subject":
        """Return it beside a schema that says something else."""
        return replace(self, facts=replace(self.facts, **facts))

    @cached_property
    def counted(self) -> UnitPlan:
        """The plan with its line counts."""
        counts = {path: len(text.splitlines()) for path, text in self.files.items()}
        return replace(self.plan, line_counts=counts if self.promised is None else self.promised)


class Judge:
    """Holds subjects against all gates; files that are as they were are read once."""

    def __init__(self, sound: Subject) -> None:
        self.sound = sound
        self._read = _sources(sound, {})

    def refusing(self, subject: Subject) -> dict[str, tuple[str, ...]]:
        """Return the gates that refuse `subject`, with what they say."""
        unit = GateInput(
            plan=subject.counted,
            sources=_sources(subject, self._read),
            facts=subject.facts,
            flags=subject.flags,
            floors=subject.floors,
        )
        return {
            result.gate_id: tuple(finding.message for finding in result.findings)
            for result in run_gates(unit)
            if not result.passed
        }


def compile_subject() -> Subject:
    """Compile the agent in memory: read, model, plan, render."""
    settings = read_settings({})
    compiled = compile_collection(
        COLLECTION, (f"input_schemas/{COLLECTION}_v6.0.md",), settings, load_meta(settings)
    )
    assert compiled.plan is not None
    interfaces = collection_interfaces(compiled.model.collection, compiled.meta)
    place = replace(
        workshop(COLLECTION, compiled.namespace, compiled.meta, interfaces), linked=compiled.linked
    )
    agent = compiled.model.collection.agent(AGENT)
    plan = compiled.plan.unit(AGENT)
    master = compiled.meta.templates["meta.codegen.schema"]
    return Subject(
        plan=plan,
        files=render_unit(plan, agent, place),
        facts=unit_facts(agent, compiled.meta.glue),
        flags=flags_in_effect(master, {}),
        floors=gate_floors(master),
    )


def _sources(subject: Subject, known: Mapping[str, Source]) -> dict[str, Source]:
    planned = {file.path: file for file in subject.plan.files}
    found = {}
    for path in sorted(subject.files):
        source, text = known.get(path), subject.files[path]
        same = source is not None and (source.text, source.planned) == (text, planned.get(path))
        found[path] = source if same else read_source(path, text, planned.get(path))
    return found
