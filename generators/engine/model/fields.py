"""Typed reading of canonical data: a getter returns a value of its kind, or notes a finding."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from generators.engine.findings import Finding, Place
from generators.engine.names import InvalidNameError, RepoPath
from generators.engine.sources.canonical import Plain, escape

Locate = Callable[[str], Place]
"""Gives the place of a JSON pointer in the source."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping of canonical data with its pointer; all views of one agent share `findings`."""

    data: Mapping[str, Plain]
    pointer: str
    locate: Locate
    findings: list[Finding] = field(default_factory=list)

    def section(self, *keys: str) -> "Fields":
        """Return the mapping below `keys`; an empty one where there is none."""
        data = self.data
        pointer = self.pointer
        for key in keys:
            below = data.get(key)
            data = below if isinstance(below, dict) else {}
            pointer = f"{pointer}/{escape(key)}"
        return Fields(data, pointer, self.locate, self.findings)

    def at(self, key: str) -> str:
        """Return the pointer of `key`."""
        return f"{self.pointer}/{escape(key)}"

    def text(self, key: str, default: str = "") -> str:
        """Return a text, white space folded."""
        value = self.data.get(key)
        return _folded(value) if value is not None else default

    def prose(self, key: str) -> str:
        """Return a text with its line breaks, in which bullet lists show."""
        value = self.data.get(key)
        return value.strip() if isinstance(value, str) else ""

    def optional(self, key: str) -> str | None:
        """Return a text, or None where it is absent, empty or null."""
        return self.text(key) or None

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a boolean."""
        value = self.data.get(key)
        return value if isinstance(value, bool) else default

    def integer(self, key: str) -> int | None:
        """Return a whole number or None."""
        value = self.data.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def number(self, key: str) -> float | None:
        """Return a number or None."""
        value = self.data.get(key)
        return (
            float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        )

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a single text counts as a list of one."""
        value = self.data.get(key)
        if isinstance(value, list):
            return tuple(_folded(item) for item in value if not isinstance(item, dict))
        return (_folded(value),) if isinstance(value, str) and value else ()

    def sections(self, key: str) -> tuple["Fields", ...]:
        """Return the mappings of a list of mappings."""
        value = self.data.get(key)
        items = value if isinstance(value, list) else []
        return tuple(
            Fields(item, f"{self.at(key)}/{index}", self.locate, self.findings)
            for index, item in enumerate(items)
            if isinstance(item, dict)
        )

    def paths(self, key: str) -> tuple[tuple[str, RepoPath], ...]:
        """Return (pointer, path) for each entry of a list; bad paths become findings."""
        found = []
        above = self.at(key)
        for index, text in enumerate(self.texts(key)):
            pointer = f"{above}/{index}"
            path = self.path(text, pointer)
            if path is not None:
                found.append((pointer, path))
        return tuple(found)

    def path(self, text: str, pointer: str) -> RepoPath | None:
        """Return `text` as a path, or note why it cannot be one."""
        try:
            return RepoPath(text)
        except InvalidNameError as error:
            self.complain("MD003", pointer, str(error), "use a relative path of plain names")
            return None

    def complain(self, code: str, pointer: str, message: str, repair: str) -> None:
        """Note an error at `pointer`."""
        place = self.locate(pointer)
        self.findings.append(
            Finding(code=code, place=place, pointer=pointer, message=message, repair=repair)
        )


def _folded(value: Plain) -> str:
    """Return a value as text with its white space folded."""
    return " ".join(str(value).split())
