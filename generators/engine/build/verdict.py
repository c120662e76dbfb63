"""Judge a unit by its records. This is the whole rule: nothing else makes a unit pass or fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Floors:
    """What a unit must reach at least.

    Attributes:
        coverage: share of lines and branches of the unit that its tests run, from 0 to 1.
    """

    coverage: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether a unit passed; `reasons` say why not, `checks` how each check went."""

    unit: str
    passed: bool
    checks: Mapping[str, bool]
    reasons: tuple[str, ...]


def judge(
    unit: str,
    records: Mapping[str, Mapping[str, object]],
    needed: Mapping[str, Mapping[str, object]],
    floors: Floors,
    *,
    broken: Mapping[str, str],
) -> Verdict:
    """Judge a unit.

    Rules:
        1. Every file could be formatted.
        2. Every record exists and says `passed`.
        3. Every test ran: no failure, no error, no skip.
        4. Coverage of lines and branches reaches the floor.
        5. Every unit that it is built on passed.

    Args:
        unit: its id.
        records: the records by check (`lint`, `gate`, `typecheck`, `test`).
        needed: the verdicts of the units it is built on, by id.
        floors: what must be reached.
        broken: why files could not be formatted, by path.
    """
    reasons = [f"{path} is not Python: {why}" for path, why in sorted(broken.items())]
    checks = {check: record.get("passed") is True for check, record in records.items()}
    for check, record in records.items():
        if not checks[check]:
            reasons += explain(check, record)
    reasons += _below_floor(records.get("test", {}), floors)
    for name, verdict in sorted(needed.items()):
        if verdict.get("passed") is not True:
            reasons.append(f"blocked by {name}, which did not pass")
    return Verdict(unit=unit, passed=not reasons, checks=checks, reasons=tuple(reasons))


def explain(check: str, record: Mapping[str, object]) -> list[str]:
    """Return why a record does not say `passed`, one line a complaint."""
    if not record:
        return [f"{check}: there is no record"]
    lines = [_complaint(check, item) for item in _mappings(record.get("violations"))]
    lines += [_complaint(check, item) for item in _mappings(record.get("findings"))]
    lines += [f"test: {item['path']}: {_last(item)}" for item in _mappings(record.get("errors"))]
    for test in _mappings(record.get("tests")):
        if test.get("outcome") != "passed":
            lines.append(f"test: {test['path']}::{test['name']} {test['outcome']}: {_last(test)}")
    return lines or [f"{check}: its record does not say that it passed"]


def _complaint(check: str, item: Mapping[str, object]) -> str:
    place = item.get("path") or item.get("file")
    return f"{check}: {place}:{item.get('line', 1)} {item.get('code', '')} {item.get('message')}"


def _last(item: Mapping[str, object]) -> str:
    """Return the line of a test's message that says most: pytest marks it with `E`."""
    lines = str(item.get("message", "")).strip().splitlines()
    marked = [line[1:].strip() for line in lines if line.startswith("E  ")]
    return next(iter([*marked[:1], *lines[-1:]]), "no message")


def _below_floor(record: Mapping[str, object], floors: Floors) -> list[str]:
    totals = record.get("totals")
    share = totals.get("coverage") if isinstance(totals, Mapping) else None
    if not isinstance(share, int | float):
        return []
    if share < floors.coverage:
        return [f"test: coverage {share:.2%} is below the floor of {floors.coverage:.2%}"]
    return []


def _mappings(value: object) -> Sequence[Mapping[str, object]]:
    items = value if isinstance(value, list | tuple) else ()
    return [item for item in items if isinstance(item, Mapping)]
