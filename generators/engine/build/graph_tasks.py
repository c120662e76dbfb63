"""Build the task graph: what each collection and each of its units needs done, as plain data."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from generators.engine.build.compile import Compiled, glue_file
from generators.engine.build.compiled import (
    collection_inputs,
    compiled,
    meta_inputs,
    source_files,
    unnamed_files,
)
from generators.engine.build.extraction import extraction_files
from generators.engine.build.fingerprints import CodeDigests
from generators.engine.build.graph_units import UnitTasks
from generators.engine.build.layout import CollectionFolder, collection_folder, lock_path
from generators.engine.build.recipes import Recipes
from generators.engine.build.taskspec import Graph, TaskSpec
from generators.engine.evidence.names import DECLARATION_SEAL, evidence_targets
from generators.engine.findings import has_errors
from generators.engine.meta.resolve import GLUE, MASTER, TEMPLATES
from generators.engine.plan.unit_plan import CollectionPlan, UnitPlan
from generators.engine.shell.environment import BuildSettings
from generators.engine.shell.files import is_file
from generators.engine.shell.stats import StatMemo

INTEGRATION = ".integration"
"""Added to the name of a collection in the name of the task that judges its integration."""


def build_graph(settings: BuildSettings, memo: StatMemo) -> Graph:
    """Compile every collection up to its plan, and return the tasks that carry it out.

    Args:
        settings: where everything is.
        memo: digests of files.
    """
    digests = CodeDigests(memo, f"{settings.cache}/cache/code.json")
    recipes = Recipes(settings=settings, digests=digests)
    collections = [compiled(settings, name) for name in source_files(settings)]
    names = _task_names(collections)
    tasks: list[TaskSpec] = []
    default: list[str] = []
    for collection in collections:
        wiring = CollectionTasks(settings, collection, recipes, names)
        tasks += wiring.all()
        default += wiring.default_order()
    refused = unnamed_files(settings)
    if refused:
        tasks.append(_naming_task(tuple(refused), recipes))
    digests.save()
    rest = [task.full_name for task in tasks if task.full_name not in set(default)]
    return Graph(tasks=tuple(tasks), default=(*default, *rest))


def _naming_task(paths: tuple[str, ...], recipes: Recipes) -> TaskSpec:
    """Return the task that says which files cannot name a collection.

    Its name has a hyphen, which the name of no collection has.
    """
    return TaskSpec(
        stage="validate",
        name="file-names",
        doc="say which files cannot name a collection",
        step="refuse_names",
        collection="",
        subject="",
        deps=paths,
        targets=(),
        recipe=recipes.of("validate"),
    )


def _task_names(collections: Iterable[Compiled]) -> dict[tuple[str, str], str]:
    """Return the task name of each unit: its id where only one collection has it."""
    pairs = [(c.name, agent) for c in collections for agent in _agents_and_units(c)]
    counts = Counter(unit for _, unit in pairs)
    return {(c, u): u if counts[u] == 1 else f"{c}.{u}" for c, u in pairs}


def _agents_and_units(collection: Compiled) -> tuple[str, ...]:
    planned = collection.plan.units if collection.plan is not None else ()
    ids = (*collection.model.agents, *(unit.unit_id for unit in planned))
    return tuple(dict.fromkeys(ids))


class CollectionTasks:
    """The tasks of one collection.

    Args:
        settings: where everything is.
        collection: the collection up to its plan.
        recipes: fingerprints.
        names: task name by (collection, unit).
    """

    def __init__(
        self,
        settings: BuildSettings,
        collection: Compiled,
        recipes: Recipes,
        names: Mapping[tuple[str, str], str],
    ) -> None:
        self._settings = settings
        self._compiled = collection
        self._recipes = recipes
        self._names = names
        self._folder: CollectionFolder = collection_folder(settings, collection.name)

    def all(self) -> list[TaskSpec]:
        """Return all tasks of the collection, in the order of the stages."""
        tasks = [*self._reading()]
        plan = self._compiled.plan
        if plan is not None:
            tasks += self._planning(plan)
            for unit in plan.units:
                tasks += self._unit(unit, plan).all()
            tasks += self._closing(plan)
        return tasks

    def default_order(self) -> list[str]:
        """Return the tasks that a plain `doit` asks for first, so that units are built in turn."""
        name = self._compiled.name
        order = [f"validate:{name}"]
        plan = self._compiled.plan
        if plan is None:
            return order
        order.append(f"lock:{name}")
        for unit in plan.units:
            order += self._unit(unit, plan).leaves()
        order += [f"todo:{name}", f"integrate:{name}", f"evidence:{name}"]
        return [*order, f"verdict:{name}{INTEGRATION}"] if _has_integration(plan) else order

    def _unit(self, unit: UnitPlan, plan: CollectionPlan) -> UnitTasks:
        return UnitTasks(
            settings=self._settings,
            plan=plan,
            unit=unit,
            recipes=self._recipes,
            task_name=self._names[self._compiled.name, unit.unit_id],
            meta_targets=self._templates(),
        )

    def _templates(self) -> tuple[str, ...]:
        return tuple(self._folder.staged(f"meta/{stem}.json") for stem in TEMPLATES)

    def _meta_targets(self) -> tuple[str, ...]:
        return (*self._templates(), self._folder.staged(f"meta/{GLUE}.json"))

    def _reading(self) -> Iterator[TaskSpec]:
        name, folder = self._compiled.name, self._folder
        sources = collection_inputs(self._settings, name)
        found = folder.staged("findings.json")
        yield self._task(
            "findings",
            doc=f"read the sources of {name}",
            deps=(*sources, *meta_inputs(self._settings)),
            targets=(
                found,
                *(folder.staged(n) for n in ("findings.sarif", "title.json", "collection.json")),
            ),
        )
        yield self._task("validate", doc=f"say what is wrong with {name}", deps=(found,))
        for agent in self._compiled.model.agents:
            unit = folder.unit(agent)
            yield self._task(
                "normalise",
                subject=agent,
                doc=f"canonical form of the schema of {agent}",
                deps=sources,
                targets=(unit.schema, unit.relations),
                optional=(unit.schema_before,),
            )
        for stem, target in zip((*TEMPLATES, GLUE), self._meta_targets(), strict=True):
            yield self._task(
                "meta",
                subject=stem,
                task_name=f"{name}.{stem}",
                doc=f"resolve {stem} for {name}",
                deps=(*meta_inputs(self._settings), *self._own_glue(stem)),
                targets=(target,),
            )

    def _own_glue(self, stem: str) -> tuple[str, ...]:
        path = glue_file(self._settings, self._compiled.name)
        return (path,) if stem in (GLUE, MASTER) and is_file(path) else ()

    def _planning(self, plan: CollectionPlan) -> Iterator[TaskSpec]:
        folder = self._folder
        units = [folder.unit(unit.unit_id) for unit in plan.units]
        agents = [folder.unit(agent) for agent in self._compiled.model.agents]
        yield self._task(
            "sequence",
            doc=f"plan {plan.collection}",
            deps=(
                folder.staged("collection.json"),
                *(path for agent in agents for path in (agent.schema, agent.relations)),
                *self._meta_targets(),
                *extraction_files(self._settings, plan.collection),
            ),
            targets=(
                folder.member("extraction_sequence.yaml"),
                folder.staged("plan.json"),
                folder.staged("stopped.json"),
                *(path for unit in units for path in (unit.plan, unit.glue)),
                *(agent.interface for agent in agents),
            ),
            extra=(self._compiled.namespace,),
        )
        yield self._task(
            "lock",
            doc=f"compare the plan of {plan.collection} with its lock",
            deps=(
                folder.staged("plan.json"),
                folder.staged("findings.json"),
                *(unit.plan for unit in units),
                *(agent.schema for agent in agents),
            ),
            kept=(lock_path(self._settings, plan.collection),),
            extra=(repr(self._settings.locked),),
        )
        if not has_errors(self._compiled.findings):
            yield self._task(
                "prune",
                doc=f"remove what agents left that are no longer in {plan.collection}",
                deps=(folder.staged("plan.json"),),
            )

    def _closing(self, plan: CollectionPlan) -> Iterator[TaskSpec]:
        folder = self._folder
        units = [folder.unit(unit.unit_id) for unit in plan.units]
        built = [folder.unit(unit.unit_id) for unit in plan.units if unit.buildable]
        plans = (folder.staged("plan.json"), *(unit.plan for unit in units))
        yield self._task(
            "todo",
            doc=f"locked TODO plan and open questions of {plan.collection}",
            deps=(*plans, *(unit.formatted_index for unit in built), *self._meta_targets()),
            targets=tuple(
                folder.member(name)
                for name in (
                    "locked_todo_plan.txt",
                    "locked_todo_plan.json",
                    "questions.md",
                    "questions.json",
                )
            ),
        )
        probed = folder.staged("records/integrate.json")
        yield self._task(
            "integrate",
            doc=f"import all of {plan.collection} together, start each agent, and test the edges",
            deps=tuple(path for unit in built for path in (unit.verdict, unit.installed)),
            targets=(probed,),
        )
        if _has_integration(plan):
            yield self._task(
                "verdict",
                doc=f"say whether enough integration tests of {plan.collection} passed",
                deps=(probed,),
                task_name=f"{plan.collection}{INTEGRATION}",
                step="judge_integration",
            )
        records = [unit.record(c) for unit in built for c in ("lint", "gate", "typecheck", "test")]
        results = [p for u in built for p in (u.verdict, u.installed, u.manifested)]
        always = evidence_targets(
            [unit.unit_id for unit in plan.units],
            [unit.unit_id for unit in plan.units if unit.buildable],
            [u.unit_id for u in plan.units if u.buildable and u.kind == "agent"],
        )
        yield self._task(
            "evidence",
            doc=f"evidence report of {plan.collection}",
            deps=(
                *plans,
                *(folder.member(n) for n in ("locked_todo_plan.json", "questions.json")),
                folder.staged("findings.json"),
                folder.staged("collection.json"),
                *self._meta_targets(),
                *records,
                *results,
                probed,
                *self._inputs(),
            ),
            targets=(
                folder.staged("records/baseline.json"),
                *(folder.member(path) for path in always),
            ),
            optional=(folder.member(DECLARATION_SEAL),),
            extra=(repr(self._settings.flags),),
        )

    def _inputs(self) -> tuple[str, ...]:
        """Return the files as the user wrote them: the report cites their digests."""
        known = collection_inputs(self._settings, self._compiled.name)
        return tuple(dict.fromkeys((*known, *meta_inputs(self._settings))))

    def _task(
        self,
        stage: str,
        *,
        doc: str,
        deps: tuple[str, ...],
        targets: tuple[str, ...] = (),
        subject: str | None = None,
        task_name: str | None = None,
        extra: tuple[str, ...] = (),
        kept: tuple[str, ...] = (),
        optional: tuple[str, ...] = (),
        step: str = "",
    ) -> TaskSpec:
        name = self._compiled.name
        called = self._names[name, subject] if stage == "normalise" and subject else name
        return TaskSpec(
            stage=stage,
            name=task_name or called,
            doc=doc,
            step=step or f"run_{stage}",
            collection=name,
            subject=subject or name,
            deps=deps,
            targets=targets,
            kept=kept,
            optional=optional,
            recipe=self._recipes.of(stage, extra=extra),
        )


def _has_integration(plan: CollectionPlan) -> bool:
    """Tell whether tests of the whole system are among what is made."""
    return any(unit.buildable and unit.in_role("integration") for unit in plan.units)
