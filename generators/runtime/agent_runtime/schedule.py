"""When a job is due: every so many seconds, or by a cron expression."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from croniter import CroniterError, croniter

from agent_runtime.errors import ConfigError

_NAMES: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat"
_FIELD: Final = rf"(?:[0-9*,/-]|{_NAMES})+"
_CRON: Final = re.compile(rf"{_FIELD}(?: {_FIELD}){{4}}")
_LONGEST_INTERVAL: Final = 10 * 366 * 86_400.0
_MOST_MISSED: Final = 1_000  # where counting ends: one run makes up for all of them anyway


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """Due every `seconds`, counted from the moment the job was first registered."""

    seconds: float

    def __post_init__(self) -> None:
        """Refuse an interval that is not positive, or longer than ten years.

        Raises:
            ConfigError: as said.
        """
        if not (math.isfinite(self.seconds) and 0.0 < self.seconds <= _LONGEST_INTERVAL):
            raise ConfigError(f"an interval of {self.seconds} s is not between 0 and ten years")

    @property
    def text(self) -> str:
        """Return the schedule as text; equal schedules have equal texts."""
        return f"every {self.seconds:g} s"

    def next_after(self, moment: float, planned: float) -> float:
        """Return the first due time after `moment` on the grid that `planned` lies on."""
        if moment < planned:
            return planned
        steps = math.floor((moment - planned) / self.seconds) + 1
        return planned + steps * self.seconds

    def first_after(self, moment: float) -> float:
        """Return when a job that is registered at `moment` is due first."""
        return moment + self.seconds

    def missed(self, planned: float, moment: float) -> int:
        """Return how many due times after `planned` have passed by `moment` as well."""
        return max(0, math.floor((moment - planned) / self.seconds))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cron:
    """Due when the clock in UTC matches: minute, hour, day of the month, month, weekday."""

    expression: str

    def __post_init__(self) -> None:
        """Refuse anything but five valid fields that match some day.

        Raises:
            ConfigError: as said.
        """
        if not _CRON.fullmatch(self.expression):
            raise ConfigError(f"{self.expression!r} does not have the five fields of cron")
        try:
            self.first_after(0.0)
        except (CroniterError, ValueError) as error:
            raise ConfigError(f"{self.expression!r} is no cron expression: {error}") from error

    @property
    def text(self) -> str:
        """Return the schedule as text; equal schedules have equal texts."""
        return f"cron {self.expression}"

    def next_after(self, moment: float, planned: float) -> float:
        """Return the first due time after both `moment` and `planned`."""
        return planned if moment < planned else self.first_after(moment)

    def first_after(self, moment: float) -> float:
        """Return the first due time after `moment`."""
        start = datetime.fromtimestamp(moment, UTC)
        return float(croniter(self.expression, start).get_next(datetime).timestamp())

    def missed(self, planned: float, moment: float) -> int:
        """Return how many due times after `planned` have passed by `moment` as well."""
        count, due = 0, self.first_after(planned)
        while due <= moment and count < _MOST_MISSED:
            count, due = count + 1, self.first_after(due)
        return count


Schedule = Interval | Cron
