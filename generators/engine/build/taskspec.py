"""A task as plain data, before doit sees it, so that a whole graph can be kept in a file."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

_VERSION = 4


class StaleGraphError(ValueError):
    """A stored graph was written by another version of this module."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskSpec:
    """One task.

    Attributes:
        stage: name of its group, for example `generate`.
        name: name in the group: a unit, a collection, or `<collection>.<part>`.
        doc: one line for `doit list`.
        step: name of the function in `steps` that it runs.
        collection: the collection it belongs to.
        subject: what the step works on: a unit, a meta template or the collection.
        deps: files it reads.
        targets: files it makes.
        volatile: targets that may change after they were made.
        kept: files it maintains that belong to the user, so that `doit clean` leaves them.
        optional: files it makes in some states only.
        recipe: fingerprint of all that makes the targets, besides `deps`.
    """

    stage: str
    name: str
    doc: str
    step: str
    collection: str
    subject: str
    deps: tuple[str, ...]
    targets: tuple[str, ...]
    recipe: str
    volatile: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Return the name by which doit knows the task."""
        return f"{self.stage}:{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """All tasks, the order in which a plain `doit` asks for them, and how units are called."""

    tasks: tuple[TaskSpec, ...]
    default: tuple[str, ...]

    def stage(self, name: str) -> Iterable[TaskSpec]:
        """Return the tasks of one stage, in order."""
        return (task for task in self.tasks if task.stage == name)


def graph_bytes(graph: Graph) -> bytes:
    """Return a graph as JSON."""
    data = {"version": _VERSION, **asdict(graph)}
    return json.dumps(data, separators=(",", ":")).encode()


def parse_graph(content: bytes) -> Graph:
    """Return the graph of JSON that `graph_bytes` wrote.

    Raises:
        StaleGraphError: it is none, or of another version.
    """
    try:
        data = json.loads(content)
        if data["version"] != _VERSION:
            raise StaleGraphError(f"version {data['version']} is not {_VERSION}")
        tasks = tuple(_task(task) for task in data["tasks"])
        return Graph(tasks=tasks, default=tuple(data["default"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StaleGraphError(f"the stored graph cannot be read: {error}") from error


def _task(data: dict[str, Any]) -> TaskSpec:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    return TaskSpec(**values)
