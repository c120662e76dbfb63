"""Where a text stands in its file: from places in the text to places in the file."""

from dataclasses import dataclass

from generators.engine.findings import Finding, Place
from generators.engine.sources.edits import Edit
from generators.engine.sources.lines import Diagnosis


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The file of a text, and how many lines and columns of the file come before it."""

    file: str
    line_offset: int = 0
    column_offset: int = 0

    def place(self, line: int, column: int) -> Place:
        """Return the place in the file of a zero-based position in the text."""
        return Place(
            file=self.file,
            line=line + 1 + self.line_offset,
            column=column + 1 + self.column_offset,
        )

    def position(self, place: Place) -> tuple[int, int]:
        """Return the zero-based position in the text of a place in the file."""
        return place.line - 1 - self.line_offset, place.column - 1 - self.column_offset

    def explain(self, diagnosis: Diagnosis) -> Finding:
        """Return a diagnosis as a finding at its place in the file."""
        return Finding(
            code=diagnosis.code,
            place=self.place(diagnosis.line, diagnosis.column),
            message=diagnosis.message,
            repair=diagnosis.repair,
        )

    def edits(self, diagnosis: Diagnosis, lines: list[str]) -> tuple[Edit, ...]:
        """Return the changes of a diagnosis as edits of the file; `lines` are those of the text."""
        return tuple(
            Edit(
                file=self.file,
                line=change.line + 1 + self.line_offset,
                before=lines[change.line],
                after=change.after,
                reason=f"{diagnosis.code} {diagnosis.repair}",
                column=self.column_offset + 1,
            )
            for change in diagnosis.changes
        )
