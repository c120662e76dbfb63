"""What the rule compiler could not read, as a value that nobody can overlook."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncompiled:
    """A piece of schema prose without a typed meaning; it becomes a question to the user.

    Attributes:
        text: The prose exactly as the schema has it.
        reason: Why it could not be read, in plain words.
        position: Offset in characters of the place, counted from the start of `text`.
    """

    text: str
    reason: str
    position: int = 0

    def within(self, text: str, offset: int) -> "Uncompiled":
        """Return the same refusal, placed inside a longer `text` at `offset` characters."""
        return replace(self, text=text, position=self.position + offset)


class RuleSyntaxError(ValueError):
    """A position in the prose where reading had to stop; turned into `Uncompiled` at the border."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position
