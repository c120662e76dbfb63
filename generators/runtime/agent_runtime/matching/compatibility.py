"""Whether what is offered meets a specification, rule by rule, and by how wide a margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent_runtime.errors import ConfigError
from agent_runtime.translation.fields import Scalar
from agent_runtime.translation.records import CanonicalRecord

EQUALS: Final = "equals"
AT_MOST: Final = "at_most"
AT_LEAST: Final = "at_least"
WITHIN: Final = "within"
RELATIONS: Final = (EQUALS, AT_MOST, AT_LEAST, WITHIN)
_ENDS: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecificationRule:
    """One rule of a specification.

    Attributes:
        name: of the rule.
        supply: field of what is offered.
        relation: how it must stand to the demand, one of `RELATIONS`.
        demand: field of the demand; two for `within`, lowest first.
        unless: value of the demand that accepts anything; empty for none.

    Raises:
        ConfigError: the relation is unknown, or has too many or too few fields.
    """

    name: str
    supply: str
    relation: str
    demand: tuple[str, ...]
    unless: str = ""

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise ConfigError(f"rule {self.name}: {self.relation!r} is none of {RELATIONS}")
        wanted = _ENDS if self.relation == WITHIN else 1
        if len(self.demand) != wanted:
            raise ConfigError(f"rule {self.name}: {self.relation} compares {wanted} field(s)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one rule says: whether it holds, by how much of its room (0 to 1), and why."""

    rule: str
    holds: bool
    room: float
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Compatibility:
    """What all rules say of one offer and one demand."""

    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether every rule holds."""
        return all(finding.holds for finding in self.findings)

    @property
    def score(self) -> float:
        """Mean room of the rules, 0 to 1; 0 if one does not hold."""
        if not self.holds:
            return 0.0
        return sum(finding.room for finding in self.findings) / len(self.findings)

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The rules that do not hold."""
        return tuple(finding for finding in self.findings if not finding.holds)


def check_compatibility(
    rules: Sequence[SpecificationRule], supply: CanonicalRecord, demand: CanonicalRecord
) -> Compatibility:
    """Judge `supply` by the specification of `demand`.

    A number or text that either side does not state breaks the rule: what is unknown is not met.

    Raises:
        ConfigError: there is no rule.
    """
    if not rules:
        raise ConfigError("a specification needs at least one rule")
    return Compatibility(findings=tuple(_finding(rule, supply, demand) for rule in rules))


def _finding(rule: SpecificationRule, supply: CanonicalRecord, demand: CanonicalRecord) -> Finding:
    offered = supply.attributes.get(rule.supply)
    wanted = [demand.attributes.get(name) for name in rule.demand]
    if rule.unless and wanted[0] == rule.unless:
        return Finding(rule=rule.name, holds=True, room=1.0, reason=f"any {rule.supply} will do")
    if offered is None or any(value is None for value in wanted):
        return Finding(rule=rule.name, holds=False, room=0.0, reason=f"{rule.supply} is not stated")
    if rule.relation == EQUALS:
        holds = offered == wanted[0]
        words = "as wanted" if holds else f"not {wanted[0]}"
        reason = f"{rule.supply} is {offered}, {words}"
        return Finding(rule=rule.name, holds=holds, room=float(holds), reason=reason)
    return _measured(rule, offered, wanted)


def _measured(rule: SpecificationRule, offered: Scalar, wanted: Sequence[Scalar | None]) -> Finding:
    numbers = [_number(value) for value in (offered, *wanted)]
    if any(number is None for number in numbers):
        return Finding(rule=rule.name, holds=False, room=0.0, reason=f"{rule.supply} is no number")
    value, *limits = (number for number in numbers if number is not None)
    if rule.relation == AT_MOST:
        room, words = _room(limits[0] - value, abs(limits[0])), f"at most {limits[0]:g}"
    elif rule.relation == AT_LEAST:
        room, words = _room(value - limits[0], abs(limits[0])), f"at least {limits[0]:g}"
    else:
        low, high = limits
        room = _room(min(value - low, high - value), (high - low) / 2)
        words = f"from {low:g} to {high:g}"
    reason = f"{rule.supply} is {value:g}, {words} is wanted"
    return Finding(rule=rule.name, holds=room is not None, room=room or 0.0, reason=reason)


def _room(distance: float, scale: float) -> float | None:
    """Return how much of `scale` lies between a value and its limit, None if it is beyond."""
    if distance < 0:
        return None
    return min(1.0, distance / scale) if scale > 0 else 1.0


def _number(value: Scalar | None) -> float | None:
    measured = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if measured and value is not None else None
