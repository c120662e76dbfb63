"""All patterns together: which of them answers a file, and which come near."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generators.engine.names import normal_stem
from generators.engine.patterns.fault import PatternError
from generators.engine.patterns.pattern import Pattern
from generators.engine.sources.canonical import Plain

_LACKING, _OTHERWISE, _GIVEN = range(3)
"""How far a pattern that answers a stem may be chosen for it, the last first."""


@dataclass(frozen=True, slots=True)
class Library:
    """The patterns, sorted by id."""

    patterns: tuple[Pattern, ...]

    @classmethod
    def of(cls, patterns: Iterable[Pattern]) -> "Library":
        """Collect patterns.

        Raises:
            PatternError: two have one id, or claim one stem by name.
        """
        ordered = tuple(sorted(patterns, key=lambda pattern: pattern.pattern_id))
        claimed: dict[tuple[str, str], str] = {}
        for pattern in ordered:
            for stem in pattern.stems:
                key = (pattern.kind, normal_stem(stem))
                other = claimed.setdefault(key, pattern.pattern_id)
                if other != pattern.pattern_id:
                    raise PatternError(f"{other} and {pattern.pattern_id} both answer {stem!r}")
        return cls(ordered)

    def find(
        self,
        stem: str,
        kind: str,
        *,
        targeted: bool = False,
        schema: Mapping[str, Plain] | None = None,
    ) -> Pattern | None:
        """Return the pattern that answers `stem` best, or None.

        Args:
            stem: stem of the file.
            kind: kind of pattern.
            targeted: whether the stem names another agent, for patterns that make clients.
            schema: the agent's schema, for patterns that are made from fields of it.
        """
        ranked = [
            (*_fitness(p, stem, schema or {}), p)
            for p in self.patterns
            if p.kind == kind and (targeted or not p.targeted)
        ]
        ranked = [entry for entry in ranked if entry[1]]
        return max(ranked, key=lambda entry: entry[:3])[3] if ranked else None

    @property
    def target_suffixes(self) -> tuple[str, ...]:
        """Return the suffixes of files that name another agent before them, longest first."""
        stems = {s for p in self.patterns if p.targeted for s in p.stems}
        return tuple(sorted((normal_stem(s[1:]) for s in stems), key=lambda s: (-len(s), s)))

    def get(self, pattern_id: str) -> Pattern | None:
        """Return the pattern of this id, or None."""
        return next((p for p in self.patterns if p.pattern_id == pattern_id), None)

    def nearest(self, stem: str, kind: str, count: int = 3) -> tuple[str, ...]:
        """Return the ids of the patterns whose stems look most like `stem`."""
        stems = {
            normal_stem(s): p.pattern_id for p in self.patterns if p.kind == kind for s in p.stems
        }
        close = difflib.get_close_matches(normal_stem(stem), sorted(stems), n=count, cutoff=0.4)
        return tuple(dict.fromkeys(stems[match] for match in close))


def _fitness(pattern: Pattern, stem: str, schema: Mapping[str, Plain]) -> tuple[int, int, int]:
    """Return how far `pattern` may be chosen, how well it answers, and the longest suffix."""
    by_name = pattern.answers(stem)
    if by_name:
        rank = _GIVEN if pattern.is_given(schema) else _LACKING
        return rank, by_name, _longest(pattern.stems, stem)
    return _OTHERWISE, pattern.helps_out(stem), _longest(pattern.otherwise, stem)


def _longest(stems: tuple[str, ...], stem: str) -> int:
    wanted = normal_stem(stem)
    suffixes = (normal_stem(s[1:]) for s in stems if s.startswith("*"))
    return max((len(s) for s in suffixes if wanted.endswith(s)), default=0)
