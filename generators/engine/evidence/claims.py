"""Claims: the sentences of the report, each with the record it was computed from."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from generators.engine.evidence.folder import EvidenceFolder


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A file that a claim is about, as it was when the claim was made."""

    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One statement of the report.

    Attributes:
        claim_id: for example `5.004`; the number before the point is the section.
        text: the sentence; what stands between backquotes is a name.
        source: path of the record it was computed from, then `#` and a JSON pointer into it.
        subjects: what it is about; the record itself is always among them.
        holds: True or False for a statement that can fail; None for one that only informs.
    """

    claim_id: str
    text: str
    source: str
    subjects: tuple[Subject, ...]
    holds: bool | None


class Ledger:
    """Numbers the claims of one report, section by section.

    Args:
        folder: where subjects are looked up.
    """

    def __init__(self, folder: EvidenceFolder) -> None:
        self._folder = folder
        self._claims: list[Claim] = []
        self._section = 0

    def open_section(self, number: int) -> None:
        """Begin a section; its claims count from 1."""
        self._section = number

    def say(
        self,
        text: str,
        *,
        source: str,
        about: Iterable[str] = (),
        holds: bool | None = None,
    ) -> Claim:
        """Make a claim.

        Args:
            text: the sentence.
            source: `path#pointer` of what it was computed from.
            about: further paths it is about; those that do not exist are left out.
            holds: whether it holds, if it is one that can fail.
        """
        paths = dict.fromkeys((source.split("#", maxsplit=1)[0], *about))
        digests = ((path, self._folder.sha256(path)) for path in paths)
        number = sum(c.claim_id.startswith(f"{self._section}.") for c in self._claims) + 1
        claim = Claim(
            claim_id=f"{self._section}.{number:03d}",
            text=text,
            source=source,
            subjects=tuple(Subject(path=p, sha256=sha) for p, sha in digests if sha is not None),
            holds=holds,
        )
        self._claims.append(claim)
        return claim

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Return all claims in the order in which they were made."""
        return tuple(self._claims)


def quote(value: object) -> str:
    """Return a value as a name inside a sentence: between backquotes, on one line."""
    kept = (c if c.isprintable() and unicodedata.category(c) != "Cf" else " " for c in str(value))
    return f"`{' '.join(''.join(kept).replace('`', chr(0x2019)).split())}`"


def quoted(values: Iterable[object]) -> str:
    """Return values as a list of names; `none` if there are none."""
    return ", ".join(quote(value) for value in values) or "none"


def plural(count: int, one: str) -> str:
    """Return a count with its noun, for example `1 file`, `3 files` or `2 copies`."""
    many = f"{one[:-1]}ies" if one[-1:] == "y" and one[-2:-1] not in "aeiou" else f"{one}s"
    return f"{count} {one if count == 1 else many}"


def short(sha: str | None) -> str:
    """Return the first twelve digits of a digest; a dash for none."""
    return "-" if sha is None else sha[:12]
