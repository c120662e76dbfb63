"""What a section of the report is made of; renderers turn these into Markdown and HTML."""

from dataclasses import dataclass, field

from generators.engine.evidence.claims import Claim


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True, kw_only=True, slots=True)
class Statements:
    """A list of claims, one a line."""

    claims: tuple[Claim, ...]
    kind: str = "statements"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of a table; `state` is yes, no or not decided, `claim_id` what it belongs to."""

    cells: tuple[str, ...]
    state: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table under a claim.

    Attributes:
        caption: what it shows.
        headers: one a column.
        rows: each with as many cells.
        claim: the claim that its figures belong to.
        stated: whether rows have a state that is shown in a first column.
        folded: whether a page may fold it away.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    claim: Claim
    stated: bool = False
    folded: bool = False
    kind: str = "table"


@dataclass(frozen=True, kw_only=True, slots=True)
class Snippet:
    """Lines of a file, looked up when the report is made."""

    path: str
    line: int
    text: str
    claim: Claim
    kind: str = "snippet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command that reproduces the figures above it."""

    text: str
    shows: str
    kind: str = "command"


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """The final statement; `text` is empty if it is withheld."""

    text: str
    reasons: tuple[str, ...]
    kind: str = "declaration"


Block = Heading | Statements | Table | Snippet | Command | Declaration


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One of the ten sections."""

    number: int
    title: str
    blocks: tuple[Block, ...] = field(default_factory=tuple)
