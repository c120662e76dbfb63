"""Ways to bring goods from one place to another, and which of them may carry what."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from agent_runtime.errors import ConfigError

ANY: Final = "any"
SAME: Final = "same"


@dataclass(frozen=True, kw_only=True, slots=True)
class Corridor:
    """One way.

    Attributes:
        name: of the corridor.
        origin: place where it starts, `any`, or `same` (with `same` as end: within a place).
        destination: place where it ends.
        cost: a unit of quantity, in the unit of prices.
        days: time that it takes.
        capacity: largest quantity of one consignment.
        limits: highest value, included, by field of what is carried.

    Raises:
        ConfigError: a number is not finite or negative, or nothing can be carried.
    """

    name: str
    origin: str
    destination: str
    cost: float
    days: float
    capacity: float
    limits: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = (self.cost, self.days, self.capacity, *self.limits.values())
        if not all(math.isfinite(number) and number >= 0 for number in numbers):
            raise ConfigError(f"corridor {self.name}: a number is negative or not finite")
        if not self.capacity > 0:
            raise ConfigError(f"corridor {self.name} carries nothing")
        if (self.origin == SAME) != (self.destination == SAME):
            raise ConfigError(f"corridor {self.name}: same place needs both ends")

    def leads(self, origin: str, destination: str) -> bool:
        """Whether it leads from `origin` to `destination`."""
        if self.origin == SAME:
            return origin == destination
        return self.origin in (ANY, origin) and self.destination in (ANY, destination)


@dataclass(frozen=True, kw_only=True, slots=True)
class Consignment:
    """What is to be carried: from where, to where, how much, and what is measured of it."""

    origin: str
    destination: str
    quantity: float
    measures: Mapping[str, float] = field(default_factory=dict)


def obstacle(corridor: Corridor, load: Consignment, *, longest_days: float) -> str | None:
    """Say why `corridor` cannot carry `load`, None if it can.

    A measure that the corridor limits and the load does not state is an obstacle.
    """
    if not corridor.leads(load.origin, load.destination):
        return f"does not lead from {load.origin} to {load.destination}"
    if load.quantity > corridor.capacity:
        return f"carries {corridor.capacity:g}, not {load.quantity:g}"
    if corridor.days > longest_days:
        return f"takes {corridor.days:g} days, more than {longest_days:g}"
    for name, limit in corridor.limits.items():
        value = load.measures.get(name)
        if value is None or not value <= limit:
            stated = "not stated" if value is None else f"{value:g}"
            return f"{name} is {stated}, at most {limit:g} is carried"
    return None


def usable_corridors(
    corridors: Iterable[Corridor], load: Consignment, *, longest_days: float
) -> tuple[Corridor, ...]:
    """Return the corridors that may carry `load`, cheapest first, then fastest, then by name."""
    found = [each for each in corridors if obstacle(each, load, longest_days=longest_days) is None]
    return tuple(sorted(found, key=lambda each: (each.cost, each.days, each.name)))
