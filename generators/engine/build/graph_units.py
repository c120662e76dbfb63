"""The tasks of one unit: generate, format, check, install, and judge."""

from collections.abc import Iterator
from dataclasses import dataclass

from generators.engine.build.layout import (
    CHECKS,
    CollectionFolder,
    UnitFolder,
    collection_folder,
    installed_paths,
    manifest_path,
)
from generators.engine.build.recipes import Recipes
from generators.engine.build.taskspec import TaskSpec
from generators.engine.plan.unit_plan import CollectionPlan, UnitPlan
from generators.engine.shell.environment import BuildSettings

_DOCS = {
    "lint": "lint {0}",
    "gate": "hold {0} against the gates",
    "typecheck": "type-check {0}",
    "test": "run the tests of {0}",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitTasks:
    """The tasks of one unit; a unit that is not built has at most a verdict.

    Attributes:
        settings: where everything is.
        plan: the collection's plan.
        unit: the unit's plan.
        recipes: fingerprints.
        task_name: how the unit's tasks are called.
        meta_targets: paths of the resolved meta templates, the master template first.
    """

    settings: BuildSettings
    plan: CollectionPlan
    unit: UnitPlan
    recipes: Recipes
    task_name: str
    meta_targets: tuple[str, ...]

    @property
    def _collection(self) -> CollectionFolder:
        return collection_folder(self.settings, self.plan.collection)

    @property
    def _folder(self) -> UnitFolder:
        return self._collection.unit(self.unit.unit_id)

    def all(self) -> list[TaskSpec]:
        """Return the unit's tasks in the order of the stages."""
        if self.unit.deferred:
            return []
        if not self.unit.buildable:
            return [self._refusal()]
        return [*self._making(), *self._checking(), *self._closing()]

    def leaves(self) -> list[str]:
        """Return the tasks that bring all others of the unit with them."""
        if self.unit.deferred:
            return []
        if not self.unit.buildable:
            return [f"verdict:{self.task_name}"]
        return [f"verdict:{self.task_name}", f"manifest:{self.task_name}"]

    def _needed(self) -> list[UnitFolder]:
        """Return the folders of the units that this one imports."""
        return [self._collection.unit(name) for name in self.unit.hard]

    def _states(self) -> tuple[str, ...]:
        """Return the file that tells a shared unit whether any agent is stopped."""
        return () if self.unit.kind == "agent" else (self._collection.staged("stopped.json"),)

    def _schemas(self) -> tuple[str, ...]:
        """Return the normalised schemas that rendering reads."""
        if self.unit.kind == "agent":
            interfaces = (self._collection.unit(name).interface for name in self.unit.peers)
            return (self._folder.schema, self._folder.relations, *interfaces)
        if self.unit.kind == "system":
            agents = [u.unit_id for u in self.plan.units if u.kind == "agent"]
            units = [self._collection.unit(agent) for agent in agents]
            paths = (path for unit in units for path in (unit.schema, unit.relations))
            named = ("collection.json", "title.json")
            return (*(self._collection.staged(name) for name in named), *paths)
        return (self._collection.staged("title.json"),)

    def _making(self) -> Iterator[TaskSpec]:
        folder = self._folder
        seen = self.plan.units if self.unit.kind == "system" else (self.unit,)
        files = [file for unit in seen for file in unit.files]
        patterns = {file.pattern.split("@")[0] for file in files if file.pattern}
        yield self._task(
            "generate",
            doc=f"render the files of {self.unit.unit_id}",
            deps=(
                folder.plan,
                *self._schemas(),
                *self.meta_targets,
                folder.glue,
                *dict.fromkeys(file.source for file in self.unit.files if file.source),
            ),
            targets=(folder.raw_index, *(f"{folder.raw}/{file.path}" for file in self.unit.files)),
            patterns=patterns,
        )
        yield self._task(
            "format",
            doc=f"format the files of {self.unit.unit_id}",
            deps=(folder.raw_index,),
            targets=(
                folder.formatted_index,
                *(f"{folder.formatted}/{file.path}" for file in self.unit.files),
            ),
        )

    def _checking(self) -> Iterator[TaskSpec]:
        folder = self._folder
        around = tuple(unit.formatted_index for unit in self._needed())
        deps = {
            "lint": (folder.formatted_index,),
            "gate": (
                folder.formatted_index,
                folder.plan,
                *self._schemas(),
                *around,
                *self.meta_targets,
                folder.glue,
            ),
            "typecheck": (folder.formatted_index, *around),
            "test": (folder.formatted_index, folder.plan, *around),
        }
        patterns = {file.pattern.split("@")[0] for file in self.unit.files if file.pattern}
        for check in CHECKS:
            yield self._task(
                check,
                doc=_DOCS[check].format(self.unit.unit_id),
                deps=tuple(dict.fromkeys(deps[check])),
                targets=(folder.record(check),),
                patterns=patterns if check == "gate" else set(),
                extra=(repr(self.settings.flags),) if check == "gate" else (),
            )

    def _closing(self) -> Iterator[TaskSpec]:
        folder, collection = self._folder, self._collection
        places = {file.path: self._places(file.path, file.role) for file in self.unit.files}
        logs = [file.path for file in self.unit.in_role("log")]
        yield self._task(
            "install",
            doc=f"install {self.unit.unit_id} if all its checks passed",
            deps=tuple(
                dict.fromkeys(
                    (
                        folder.plan,
                        folder.formatted_index,
                        *(folder.record(check) for check in CHECKS),
                        *(unit.verdict for unit in self._needed()),
                        *self._states(),
                        *self.meta_targets[:1],
                    )
                )
            ),
            targets=(
                folder.verdict,
                folder.installed,
                *(path for paths in places.values() for path in paths),
            ),
            volatile=tuple(path for log in logs for path in places[log]),
        )
        yield self._task(
            "verdict",
            doc=f"say whether {self.unit.unit_id} passed",
            deps=(folder.verdict,),
        )
        if self.unit.kind != "agent":
            yield self._task(
                "manifest",
                doc=f"note that {self.unit.unit_id} has no manifest of its own",
                deps=(folder.verdict,),
                targets=(folder.manifested,),
            )
            return
        copies = (f"{collection.repo}/{self.unit.manifest}",) if self.unit.manifest else ()
        yield self._task(
            "manifest",
            doc=f"manifest of {self.unit.unit_id}",
            deps=(
                folder.verdict,
                folder.installed,
                folder.plan,
                folder.schema,
                folder.interface,
                folder.formatted_index,
                collection.staged("title.json"),
                *(folder.record(check) for check in CHECKS),
                *self.meta_targets,
            ),
            targets=(
                folder.manifested,
                collection.member(manifest_path(self.unit.unit_id)),
                *copies,
            ),
        )

    def _places(self, path: str, role: str) -> tuple[str, ...]:
        unit = self.unit
        found = installed_paths(
            path, role=role, rootpath=unit.rootpath, unit_id=unit.unit_id, kind=unit.kind
        )
        return tuple(self._collection.member(place) for place in found)

    def _refusal(self) -> TaskSpec:
        return self._task(
            "verdict",
            doc=f"say why {self.unit.unit_id} is not built",
            deps=(self._folder.plan,),
            step="refuse_unit",
        )

    def _task(
        self,
        stage: str,
        *,
        doc: str,
        deps: tuple[str, ...],
        targets: tuple[str, ...] = (),
        volatile: tuple[str, ...] = (),
        patterns: set[str] | frozenset[str] = frozenset(),
        step: str = "",
        extra: tuple[str, ...] = (),
    ) -> TaskSpec:
        return TaskSpec(
            stage=stage,
            name=self.task_name,
            doc=doc,
            step=step or f"run_{stage}",
            collection=self.plan.collection,
            subject=self.unit.unit_id,
            deps=deps,
            targets=targets,
            volatile=volatile,
            recipe=self.recipes.of(stage, pattern_ids=patterns, extra=extra),
        )
