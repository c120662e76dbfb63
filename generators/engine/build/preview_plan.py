"""What a build would change, computed by planning and rendering in memory."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from generators.engine.build.compile import Compiled, collection_interfaces, workshop
from generators.engine.build.layout import CollectionFolder
from generators.engine.build.stage_files import read_optional_mapping
from generators.engine.model.agent import Agent, Collection
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.plan.unit_texts import Workshop, render_unit

_SHOWN = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitChange:
    """How the files of one unit would change; paths are repository paths."""

    unit: str
    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    same: int

    @property
    def any(self) -> bool:
        """Tell whether anything would change."""
        return bool(self.new or self.changed or self.gone)


def compare_unit(unit: str, before: Mapping[str, str], after: Mapping[str, str]) -> UnitChange:
    """Compare digests of a unit's rendered files by path."""
    return UnitChange(
        unit=unit,
        new=tuple(path for path in after if path not in before),
        changed=tuple(path for path in after if before.get(path, after[path]) != after[path]),
        gone=tuple(path for path in before if path not in after),
        same=sum(before.get(path) == digest for path, digest in after.items()),
    )


def unit_changes(compiled: Compiled, folder: CollectionFolder) -> list[UnitChange]:
    """Return how each unit that can be built would change, in build order.

    Args:
        compiled: the collection as it is in the sources now.
        folder: its output folder.
    """
    if compiled.plan is None:
        return []
    collection = compiled.model.collection
    place = _workshop(compiled, collection)
    changes = []
    for unit in compiled.plan.units:
        if unit.buildable:
            texts = render_unit(unit, _about(unit, collection), place)
            before = read_optional_mapping(folder.unit(unit.unit_id).raw_index)
            after = {path: _digest(text) for path, text in texts.items()}
            known = {path: str(digest) for path, digest in before.items()}
            changes.append(compare_unit(unit.unit_id, known, after))
    return changes


def unit_texts(compiled: Compiled, collection: Collection, unit: UnitPlan) -> dict[str, str]:
    """Return the text of every file of a unit for a model that may differ from the sources'.

    Args:
        compiled: the collection as it is in the sources now.
        collection: the model to render.
        unit: what to render.

    Raises:
        RefusalError: a pattern refuses what the model says.
    """
    return render_unit(unit, _about(unit, collection), _workshop(compiled, collection))


def render_change(change: UnitChange) -> str:
    """Return one line, or a few, about a unit."""
    parts = [
        f"{len(paths)} {word}: {_names(paths)}"
        for word, paths in (("new", change.new), ("changed", change.changed), ("gone", change.gone))
        if paths
    ]
    parts.append(f"{change.same} unchanged" if change.same else "")
    return f"  {change.unit:24} {'; '.join(part for part in parts if part)}"


def _names(paths: Sequence[str]) -> str:
    names = [path.rpartition("/")[2] for path in paths[:_SHOWN]]
    more = len(paths) - len(names)
    return ", ".join([*names, *([f"{more} more"] if more else [])])


def _workshop(compiled: Compiled, collection: Collection) -> Workshop:
    interfaces = collection_interfaces(collection, compiled.meta)
    place = workshop(compiled.name, compiled.namespace, compiled.meta, interfaces)
    return replace(place, linked=compiled.linked)


def _about(unit: UnitPlan, collection: Collection) -> Agent | Collection:
    return collection.agent(unit.unit_id) if unit.kind == "agent" else collection


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
