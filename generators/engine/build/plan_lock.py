"""The lock of a plan: what was decided when somebody last committed it."""

import hashlib
import json
from collections.abc import Mapping

import msgspec

from generators.engine.plan.unit_plan import CollectionPlan, UnitPlan


def lock_document(plan: CollectionPlan, schemas: Mapping[str, bytes]) -> dict[str, object]:
    """Return the lock of `plan` as plain data: what was read, and what makes each file.

    Args:
        plan: the plan.
        schemas: normalised schema of each agent by its id.
    """
    return {
        "collection": plan.collection,
        "version": plan.version,
        "plan": f"sha256:{plan.digest}",
        "units": {unit.unit_id: _unit(unit, schemas.get(unit.unit_id, b"")) for unit in plan.units},
    }


def lock_bytes(document: Mapping[str, object]) -> bytes:
    """Return a lock as a text that is easy to compare line by line."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def parse_lock(content: bytes | None) -> Mapping[str, object]:
    """Return the lock in a file; an empty one if there is none or it cannot be read."""
    try:
        data = json.loads(content) if content is not None else {}
    except ValueError:
        data = {}
    return data if isinstance(data, dict) else {}


def lock_difference(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, ...]:
    """Return how a plan differs from its lock, one line a file or unit; nothing if it does not."""
    if old == new:
        return ()
    before, after = _units(old), _units(new)
    lines = [f"- unit {name}" for name in before if name not in after]
    for name, unit in after.items():
        if name not in before:
            lines.append(f"+ unit {name}")
        elif before[name] != unit:
            lines += _unit_difference(name, before[name], unit)
    return tuple(lines) or ("the order or the version of the collection changed",)


def _unit(unit: UnitPlan, schema: bytes) -> dict[str, object]:
    decided = msgspec.to_builtins(unit)
    decided.pop("line_counts")
    content = json.dumps(decided, sort_keys=True).encode()
    state = "deferred" if unit.deferred else "built" if unit.buildable else "stopped"
    return {
        "schema": f"sha256:{hashlib.sha256(schema).hexdigest()}",
        "decisions": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "state": state,
        "files": {file.path: file.pattern for file in unit.files},
    }


def _units(lock: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    units = lock.get("units")
    found = units.items() if isinstance(units, dict) else ()
    return {str(name): unit for name, unit in found if isinstance(unit, dict)}


def _unit_difference(name: str, old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    lines = []
    if old.get("state") != new.get("state"):
        lines.append(f"~ {name}: {old.get('state')} -> {new.get('state')}")
    before, after = _files(old), _files(new)
    lines += [f"- {name} {path}" for path in before if path not in after]
    lines += [f"+ {name} {path}" for path in after if path not in before]
    lines += [
        f"~ {name} {path}  {before[path]} -> {pattern}"
        for path, pattern in after.items()
        if path in before and before[path] != pattern
    ]
    if old.get("schema") != new.get("schema"):
        lines.append(f"~ {name}: values in its schema")
    return lines or [f"~ {name}: purposes, imports, questions or dependencies"]


def _files(unit: Mapping[str, object]) -> dict[str, str]:
    files = unit.get("files")
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}
