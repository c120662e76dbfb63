"""Reads the typed fields of a message from outside and collects all that is wrong with them."""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime

from agent_runtime.errors import PacketError
from agent_runtime.values import JsonObject, JsonValue

_AGENT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")


class FieldReader:
    """Typed look-ups in one JSON object; a bad field adds a problem and reads as an empty value.

    Ask for every field, then call `refuse_problems`: the sender learns all faults at once.
    """

    def __init__(
        self, document: JsonObject, *, prefix: str = "", problems: list[str] | None = None
    ) -> None:
        """Read from `document`.

        Args:
            document: the object to read.
            prefix: put before names in messages, e.g. ``metadata.``.
            problems: the list to add to, shared with the reader of the enclosing object.
        """
        self._document = document
        self._prefix = prefix
        self.problems: list[str] = [] if problems is None else problems

    def refuse_problems(self) -> None:
        """Raise what was collected.

        Raises:
            PacketError: there is at least one problem; all are in the message.
        """
        if self.problems:
            raise PacketError("; ".join(self.problems))

    def has(self, name: str) -> bool:
        """Tell whether the field is there at all."""
        return name in self._document

    def value(self, name: str) -> JsonValue:
        """Read any JSON value, null included."""
        if name not in self._document:
            self._report(name, "a JSON value")
        return self._document.get(name)

    def object(self, name: str) -> JsonObject:
        """Read a JSON object."""
        value = self._document.get(name)
        if isinstance(value, Mapping):
            return value
        self._report(name, "a JSON object")
        return {}

    def uuid(self, name: str) -> str:
        """Read a UUID in its canonical text form (any letter case; lower case is returned)."""
        value = self._document.get(name)
        if isinstance(value, str) and _is_uuid(value):
            return value.lower()
        self._report(name, "a UUID")
        return ""

    def agent(self, name: str) -> str:
        """Read an agent's name: a letter, then letters, digits and underscores, at most 64."""
        return self._matching(name, _AGENT, "an agent's name")

    def name(self, name: str, *, missing: str | None = None) -> str:
        """Read a name of letters, digits and ``_.:-``, at most 128; `missing` stands for none."""
        if missing is not None and self._document.get(name, "") == "":
            return missing
        return self._matching(name, _NAME, "a name")

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Read one of `choices`."""
        value = self._document.get(name)
        if isinstance(value, str) and value in choices:
            return value
        self._report(name, f"one of {', '.join(choices)}")
        return ""

    def names(self, name: str) -> tuple[str, ...]:
        """Read a list of names; repeats are dropped, the order kept."""
        value = self._document.get(name)
        if isinstance(value, list | tuple) and all(
            isinstance(item, str) and _NAME.fullmatch(item) for item in value
        ):
            return tuple(dict.fromkeys(str(item) for item in value))
        self._report(name, "a list of names")
        return ()

    def ratio(self, name: str) -> float:
        """Read a number from 0 to 1, both included."""
        value = self._document.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        self._report(name, "a number from 0 to 1")
        return 0.0

    def timestamp(self, name: str) -> str:
        """Read an ISO 8601 time that states its offset from UTC."""
        value = self._document.get(name)
        if isinstance(value, str) and _is_zoned_time(value):
            return value
        self._report(name, "an ISO 8601 time with its offset from UTC")
        return ""

    def version(self, name: str, ours: str, *, missing: str) -> str:
        """Read a ``major.minor`` version with the major of `ours`; `missing` stands for none."""
        value = self._document.get(name, missing)
        match = _VERSION.fullmatch(value) if isinstance(value, str) else None
        if match and match[1] == ours.partition(".")[0]:
            return match[0]
        self._report(name, f"compatible with {ours}")
        return ""

    def others(self, known: frozenset[str]) -> JsonObject:
        """Return the fields that are not in `known`."""
        return {name: value for name, value in self._document.items() if name not in known}

    def _matching(self, name: str, pattern: re.Pattern[str], expected: str) -> str:
        value = self._document.get(name)
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        self._report(name, expected)
        return ""

    def _report(self, name: str, expected: str) -> None:
        state = "must be" if name in self._document else "is missing: it must be"
        self.problems.append(f"{self._prefix}{name} {state} {expected}")


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_zoned_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
