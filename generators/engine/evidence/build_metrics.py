"""The metrics of a build that the master template asks for, each counted from records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from generators.engine.evidence.claims import plural
from generators.engine.evidence.folder import mapping, texts
from generators.engine.evidence.matter import Matter
from generators.engine.evidence.measures import Share, gates_passed, total_figures


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildMetric:
    """One metric; `value` is empty for one that nothing measures."""

    name: str
    value: str


def build_metrics(matter: Matter) -> tuple[BuildMetric, ...]:
    """Return the metrics that the template lists, in its order."""
    names = texts(mapping(matter.facts.master, "monitoring"), "build_metrics")
    return tuple(
        BuildMetric(name=name, value=_METRICS[name](matter) if name in _METRICS else "")
        for name in names
    )


def _duration(matter: Matter) -> str:
    units = matter.facts.units
    seconds = sum(unit.suite.seconds for unit in units if unit.suite is not None)
    return f"tests of phase 4 took {seconds:.1f} s"


def _quality(matter: Matter) -> str:
    nothing = Share(part=0, whole=0)
    gates = sum((gates_passed(unit) for unit in matter.facts.units), nothing)
    return f"{gates.part} of {plural(gates.whole, 'check')} passed"


def _coverage(matter: Matter) -> str:
    figures = total_figures(matter.facts.units)
    return f"lines {figures.lines}, branches {figures.branches}"


def _compliance(matter: Matter) -> str:
    yes = sum(item.holds is True for item in matter.items)
    return f"{yes} of {plural(len(matter.items), 'checklist item')} answered with yes"


def _artifacts(matter: Matter) -> str:
    files = [
        file.role
        for unit in matter.facts.units
        for file in unit.plan.files
        if unit.digest_of(file.path) is not None
    ]
    roles = {role: files.count(role) for role in dict.fromkeys(files)}
    counted = ", ".join(plural(count, role) for role, count in roles.items())
    return f"{plural(len(files), 'file')}: {counted or 'none'}"


_METRICS: Final[Mapping[str, Callable[[Matter], str]]] = {
    "phase_duration": _duration,
    "quality": _quality,
    "coverage": _coverage,
    "compliance": _compliance,
    "artifact_counts": _artifacts,
}
"""By the name that the template uses."""
