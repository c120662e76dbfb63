"""What makes the outputs of a stage besides its inputs: engine, patterns, runtime, tools."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

from generators.engine.build.fingerprints import CodeDigests, combine
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import files_below

ENGINE = "generators/engine"
_MODEL = ("findings.py", "names.py", "sources", "rules", "model")
_PLAN = (*_MODEL, "meta", "patterns", "plan", "render")
_CODE: Mapping[str, tuple[str, ...]] = {
    "findings": (*_PLAN, "build/compile.py", "build/readings.py", "build/steps_read.py"),
    "normalise": (*_MODEL, "build/compile.py", "build/readings.py", "build/steps_read.py"),
    "meta": ("findings.py", "names.py", "sources", "meta", "build/compile.py", "build/readings.py",
             "build/compiled.py", "build/steps_read.py"),
    "sequence": (
        *_PLAN,
        "build/compile.py", "build/readings.py",
        "build/compiled.py",
        "build/stage_files.py",
        "build/steps_plan.py",
    ),
    "todo": (*_PLAN, "gates", "build/stage_files.py", "build/steps_plan.py"),
    "lock": ("build/steps_plan.py", "build/plan_lock.py"),
    "generate": (*_PLAN, "build/compile.py", "build/readings.py", "build/stage_files.py",
                 "build/steps_make.py"),
    "format": ("build/steps_make.py", "build/formatting.py"),
    "lint": ("build/steps_check.py", "build/lint.py", "build/generated_ruff.toml"),
    "gate": ("findings.py", "names.py", "sources", "model", "patterns", "plan", "gates",
             "rules", "build/stage_files.py", "build/steps_check.py", "build/gating.py"),
    "typecheck": ("build/steps_check.py", "build/typecheck.py"),
    "test": ("build/steps_check.py", "build/testing.py", "build/pytest_record.py"),
    "install": ("gates", "build/steps_install.py", "build/installing.py", "build/verdict.py",
                "build/layout.py"),
    "manifest": ("evidence", "build/stage_files.py", "build/steps_evidence.py", "build/layout.py"),
    "verdict": ("build/steps_install.py", "build/verdict.py", "build/steps_integrate.py",
                "evidence/edge_matrix.py", "evidence/floors.py"),
    "integrate": ("build/steps_integrate.py", "build/integration.py", "build/integration_probe.py",
                  "build/integration_edges.py", "build/testing.py", "build/pytest_record.py"),
    "evidence": ("evidence", "gates", "build/stage_files.py", "build/steps_evidence.py"),
    "prune": ("build/steps_install.py", "build/installing.py"),
    "validate": ("build/steps_read.py",),
}  # fmt: skip
_TOOLS: Mapping[str, tuple[str, ...]] = {
    "generate": ("jinja2",),
    "format": ("black", "ruff"),
    "lint": ("ruff",),
    "typecheck": ("mypy",),
    "test": ("pytest", "coverage"),
}
_RUNS_RUNTIME = frozenset({"gate", "typecheck", "test", "integrate"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipes:
    """Fingerprints by stage; `pattern_ids` narrows those of `generate` to what a unit uses."""

    settings: BuildSettings
    digests: CodeDigests

    def of(self, stage: str, *, pattern_ids: Iterable[str] = (), extra: Iterable[str] = ()) -> str:
        """Return the fingerprint of a stage.

        Args:
            stage: the name of the group.
            pattern_ids: patterns whose folders count as a whole.
            extra: anything else that the outputs depend on, as text.
        """
        parts = {"code": self._engine(stage), "python": sys.version.split()[0]}
        for tool in _TOOLS.get(stage, ()):
            parts[f"tool {tool}"] = _tool_version(tool)
        for name in sorted(set(pattern_ids)):
            parts[f"pattern {name}"] = self.pattern(name)
        if stage == "generate":
            parts["shared"] = self._folder(f"{self.settings.patterns}/_shared")
        if stage == "evidence":
            parts["report"] = self._folder(f"{self.settings.patterns}/_report")
        if stage == "sequence":
            parts["patterns"] = self._patterns()
        if stage in _RUNS_RUNTIME:
            parts["runtime"] = self._runtime()
        parts.update({f"extra {index}": text for index, text in enumerate(extra)})
        return combine(parts)

    def pattern(self, name: str) -> str:
        """Return the fingerprint of one pattern: its declaration, parameters and templates."""
        paths = pattern_files(f"{self.settings.patterns}/{name}")
        return self.digests.of_files(paths)

    def _engine(self, stage: str) -> str:
        paths: list[str] = []
        for part in _CODE[stage]:
            place = f"{ENGINE}/{part}"
            is_folder = "." not in part
            paths += files_below(place, suffixes=(".py",)) if is_folder else [place]
        return self.digests.of_files(paths)

    def _folder(self, folder: str) -> str:
        return self.digests.of_files(files_below(folder))

    def _patterns(self) -> str:
        """Return the fingerprint of all patterns: each of them may refuse, or answer to, a file."""
        paths = pattern_files(self.settings.patterns)
        return self.digests.of_files(paths)

    def _runtime(self) -> str:
        folder = f"{self.settings.runtime}/agent_runtime"
        return self.digests.of_files(files_below(folder, suffixes=(".py",)), docstrings=True)


def pattern_files(folder: str) -> list[str]:
    """Return the files that make a pattern, without its examples and refusals."""
    kept = files_below(folder, suffixes=(".py", ".j2", ".json", ".yaml"))
    return [path for path in kept if "/example/" not in path and "/bad/" not in path]


@lru_cache(maxsize=16)
def _tool_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
