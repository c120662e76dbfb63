"""Triples (subject, relation, object) as training data: reading, checking, splitting, corrupting.

Names are data from outside, so they are checked once here; behind this module triples are rows of
int64 indices into a `Vocabulary`.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from agent_runtime.errors import InputBoundsError

Triple = tuple[str, str, str]
"""Subject, relation, object."""

IndexRows = npt.NDArray[np.int64]
"""Triples as indices, shape (n, 3): subject, relation, object."""

MAX_NAME = 256
TRIPLE_WIDTH = 3
_HASH_SPAN = float(2**64)
_MAX_ATTEMPTS = 64


def check_triples(rows: Iterable[Sequence[object]]) -> tuple[Triple, ...]:
    """Check `rows` and return them as distinct triples, in order of first appearance.

    Raises:
        InputBoundsError: a row has not three names, or a name is empty, longer than 256 characters,
            padded with blanks or holds a control character.
    """
    triples: dict[Triple, None] = {}
    for number, row in enumerate(rows, start=1):
        if isinstance(row, str) or len(row) != TRIPLE_WIDTH:
            raise InputBoundsError(f"triple {number}: expected subject, relation, object")
        subject, relation, object_ = (_checked_name(name, number) for name in row)
        triples[subject, relation, object_] = None
    return tuple(triples)


def parse_triples(text: str) -> tuple[Triple, ...]:
    """Parse tab-separated triples, one a line; empty lines are skipped.

    Raises:
        InputBoundsError: see `check_triples`; the message counts non-empty lines.
    """
    return check_triples(line.split("\t") for line in text.splitlines() if line)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """The sorted names of entities and relations; an index is a position in these tuples."""

    entities: tuple[str, ...]
    relations: tuple[str, ...]

    @classmethod
    def of(cls, triples: Iterable[Triple]) -> "Vocabulary":
        """Collect the names in `triples`, sorted, so that order of input does not matter."""
        entities: set[str] = set()
        relations: set[str] = set()
        for subject, relation, object_ in triples:
            entities.update((subject, object_))
            relations.add(relation)
        return cls(entities=tuple(sorted(entities)), relations=tuple(sorted(relations)))


class TripleEncoder:
    """Turns names into indices of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._entity = {name: index for index, name in enumerate(vocabulary.entities)}
        self._relation = {name: index for index, name in enumerate(vocabulary.relations)}

    def knows(self, triple: Triple) -> bool:
        """Tell whether all three names are in the vocabulary."""
        subject, relation, object_ = triple
        return subject in self._entity and relation in self._relation and object_ in self._entity

    def entity(self, name: str) -> int:
        """Return the index of the entity `name`.

        Raises:
            InputBoundsError: the vocabulary lacks it.
        """
        index = self._entity.get(name)
        if index is None:
            raise InputBoundsError(f"unknown entity {name!r}: it was not in the training data")
        return index

    def relation(self, name: str) -> int:
        """Return the index of the relation `name`.

        Raises:
            InputBoundsError: the vocabulary lacks it.
        """
        index = self._relation.get(name)
        if index is None:
            raise InputBoundsError(f"unknown relation {name!r}: it was not in the training data")
        return index

    def rows(self, triples: Iterable[Triple]) -> IndexRows:
        """Return `triples` as index rows, shape (n, 3).

        Raises:
            InputBoundsError: a name is not in the vocabulary.
        """
        encoded = [(self.entity(s), self.relation(r), self.entity(o)) for s, r, o in triples]
        return np.array(encoded, dtype=np.int64).reshape(-1, TRIPLE_WIDTH)


@dataclass(frozen=True, kw_only=True)
class TripleDataset:
    """Distinct triples in three disjoint parts; every name of valid and test also is in train."""

    train: tuple[Triple, ...]
    valid: tuple[Triple, ...]
    test: tuple[Triple, ...]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The names that occur in the training part."""
        return Vocabulary.of(self.train)

    @cached_property
    def all_triples(self) -> tuple[Triple, ...]:
        """Every triple of the three parts."""
        return self.train + self.valid + self.test

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the parts; independent of the order of triples within a part."""
        total = hashlib.sha256()
        for name, part in (("train", self.train), ("valid", self.valid), ("test", self.test)):
            total.update(f"{name}\n".encode())
            for triple in sorted(part):
                total.update(("\t".join(triple) + "\n").encode())
        return total.hexdigest()


def split_triples(
    triples: Iterable[Triple], *, valid: float = 0.1, test: float = 0.1, seed: int = 0
) -> TripleDataset:
    """Split by a keyed hash of each triple, so that a triple keeps its part when the data grows.

    A later model is thus never tested on what an earlier one was trained on, save for triples that
    were in train only because a name occurred nowhere else; these favour the earlier model.

    Args:
        triples: checked triples; duplicates count once.
        valid: expected share of the validation part, in [0, 1).
        test: expected share of the test part, in [0, 1); valid + test < 1.
        seed: another seed is another split.

    Raises:
        InputBoundsError: the shares are out of bounds, or there is no triple.
    """
    if not (valid >= 0 and test >= 0 and valid + test < 1):
        raise InputBoundsError(f"shares valid={valid}, test={test} must be >= 0 with a sum below 1")
    distinct = sorted(set(triples))
    if not distinct:
        raise InputBoundsError("no triples to split")
    parts: dict[str, list[Triple]] = {"train": [], "valid": [], "test": []}
    for triple in distinct:
        position = _position(triple, seed)
        part = "test" if position < test else "valid" if position < test + valid else "train"
        parts[part].append(triple)
    _cover_names(parts)
    return TripleDataset(
        train=tuple(parts["train"]), valid=tuple(parts["valid"]), test=tuple(parts["test"])
    )


def corrupted(
    rows: IndexRows, *, known: frozenset[tuple[int, int, int]], entities: int, seed: int
) -> IndexRows:
    """Replace the subject or the object of each row so that no result is a known triple.

    A row for which 64 random draws hit known triples only is left out, so there may be fewer.

    Args:
        rows: true triples, shape (n, 3).
        known: all triples known to be true.
        entities: number of entities to draw from.
        seed: same seed, same corruptions.
    """
    generator = np.random.default_rng([seed, 0xC0])
    false_rows: list[tuple[int, int, int]] = []
    for subject, relation, object_ in rows.tolist():
        for _ in range(_MAX_ATTEMPTS):
            stranger = int(generator.integers(entities))
            at_subject = bool(generator.integers(2))
            candidate = (
                (stranger, relation, object_) if at_subject else (subject, relation, stranger)
            )
            if candidate not in known:
                false_rows.append(candidate)
                break
    return np.array(false_rows, dtype=np.int64).reshape(-1, TRIPLE_WIDTH)


def _checked_name(name: object, number: int) -> str:
    if not isinstance(name, str) or not name.strip():
        raise InputBoundsError(f"triple {number}: a name is empty or not text")
    if len(name) > MAX_NAME:
        raise InputBoundsError(f"triple {number}: a name is longer than {MAX_NAME} characters")
    if name != name.strip() or not name.isprintable():
        raise InputBoundsError(
            f"triple {number}: {name[:40]!r} has outer blanks or control characters"
        )
    return name


def _position(triple: Triple, seed: int) -> float:
    """Map a triple to [0, 1), uniformly and independent of all others."""
    digest = hashlib.sha256("\t".join((str(seed), *triple)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / _HASH_SPAN


def _cover_names(parts: dict[str, list[Triple]]) -> None:
    """Move triples from test and valid to train while they hold a name that train lacks."""
    entities = {name for s, _, o in parts["train"] for name in (s, o)}
    relations = {relation for _, relation, _ in parts["train"]}
    for part in ("valid", "test"):
        kept: list[Triple] = []
        for triple in parts[part]:
            subject, relation, object_ = triple
            if subject in entities and object_ in entities and relation in relations:
                kept.append(triple)
                continue
            entities.update((subject, object_))
            relations.add(relation)
            parts["train"].append(triple)
        parts[part] = kept
    parts["train"].sort()
