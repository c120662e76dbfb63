"""The whole task graph at load time: from a cache keyed by all inputs, else built anew."""

import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generators.engine.build.checker import ContentChecker, Recipe
from generators.engine.build.cleaning import clean_outputs
from generators.engine.build.fingerprints import combine
from generators.engine.build.recipes import ENGINE
from generators.engine.build.steps import run_step
from generators.engine.build.taskspec import Graph, StaleGraphError, graph_bytes, parse_graph
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import (
    files_below,
    forget_oldest,
    read_optional,
    write_if_changed,
)
from generators.engine.shell.stats import StatMemo

_KEPT_GRAPHS = 8
_GC_THRESHOLD = 50_000
"""A build makes many objects and few cycles; the default of 700 costs a tenth of its time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One call of doit: its settings, the digests it knows, and its tasks."""

    settings: BuildSettings
    memo: StatMemo
    checker: ContentChecker
    graph: Graph

    def checker_class(self) -> ContentChecker:
        """Return the checker; doit calls this where it expects a class."""
        return self.checker

    def tasks(self, stage: str) -> Iterator[dict[str, object]]:
        """Yield the tasks of a stage as doit wants them."""
        yield {"basename": stage, "name": None, "doc": STAGES[stage]}
        for spec in self.graph.stage(stage):
            yield {
                "basename": stage,
                "name": spec.name,
                "doc": spec.doc,
                "actions": [(run_step, [spec.step, self.settings, spec.collection, spec.subject])],
                "file_dep": list(spec.deps),
                "targets": list(spec.targets),
                "uptodate": [
                    Recipe(
                        spec.recipe,
                        self.checker,
                        volatile=spec.volatile,
                        kept=spec.kept,
                        optional=spec.optional,
                    )
                ],
                "clean": [(clean_outputs, [self.settings, list(spec.volatile), list(spec.kept)])],
                "verbosity": 1,
            }


STAGES = {
    "findings": "read the sources of a collection and note everything that is wrong with them",
    "validate": "say what is wrong with the sources; fails if that stops anything",
    "normalise": "bring each agent schema into canonical form",
    "meta": "resolve the meta templates and the glue",
    "sequence": "decide what is made, in which order (extraction_sequence.yaml)",
    "lock": "compare the plan with the committed lock",
    "generate": "render the files of a unit",
    "format": "format them (ruff, proven by black)",
    "lint": "lint them (ruff)",
    "gate": "hold them against the gates",
    "typecheck": "type-check them (mypy --strict)",
    "test": "run the tests of a unit and measure coverage",
    "install": "judge the records; if all pass, write the files to their places",
    "manifest": "write the manifest of a unit that passed",
    "verdict": "say whether a unit passed; fails if not",
    "todo": "write the locked TODO plan and the open questions",
    "prune": "remove files of agents that are no longer there, if they are still ours",
    "integrate": "import everything together, start each agent once, and test the edges",
    "evidence": "write the evidence report",
}
"""The groups of tasks, in the order of the build, with what `doit list` says about them."""


def open_session(settings: BuildSettings) -> Session:
    """Return the tasks for `settings`, from the cache if nothing they depend on has changed."""
    gc.disable()
    try:
        memo = StatMemo(f"{settings.cache}/cache/stats.json")
        key = graph_key(settings, memo)
        path = f"{settings.cache}/cache/graphs/{key}.json"
        graph = _cached(path)
        if graph is None:
            from generators.engine.build.graph_tasks import build_graph

            graph = build_graph(settings, memo)
            write_if_changed(path, graph_bytes(graph))
            forget_oldest(f"{settings.cache}/cache/graphs", keep=_KEPT_GRAPHS)
        memo.save()
    finally:
        gc.enable()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 20, 20)
    return Session(settings=settings, memo=memo, checker=ContentChecker(memo), graph=graph)


def graph_key(settings: BuildSettings, memo: StatMemo) -> str:
    """Return a digest of all that the graph depends on."""
    runtime = f"{settings.runtime}/agent_runtime"
    folders = (settings.inputs, settings.meta, settings.patterns, ENGINE, runtime)
    suffixes = (
        *(".py", ".j2", ".json", ".yaml", ".yml", ".md", ".toml", ".css", ".js"),
        ".extraction.lock",
    )
    parts = {
        path: memo.digest(path)
        for folder in folders
        for path in files_below(folder, suffixes=suffixes)
        if "/example/" not in path and "/bad/" not in path
    }
    tools = repr((sys.version, _packages_time()))
    return combine({**parts, "settings": repr(settings), "tools": tools})


def _packages_time() -> int:
    """Return when a package was last installed or removed."""
    places = [path for path in sys.path if path.endswith("site-packages")]
    return max((Path(place).stat().st_mtime_ns for place in places), default=0)


def _cached(path: str) -> Graph | None:
    content = read_optional(path)
    if content is None:
        return None
    try:
        return parse_graph(content)
    except StaleGraphError:
        return None
