"""Cleaned, scaled and split outcomes: a dataset that the same records always give again."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

import numpy as np

from agent_runtime.datasets.records import OutcomeRecord, record_digest
from agent_runtime.errors import InputBoundsError, ModelStoreError
from agent_runtime.jsontext import canonical_json
from agent_runtime.kernels.datasets import Triple, TripleDataset, split_triples
from agent_runtime.values import JsonObject

LAYOUT: Final = 1
_QUARTILES: Final = (25.0, 75.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaling:
    """How a measure is scaled: (x - centre) / spread, by its median and interquartile range."""

    centre: float
    spread: float

    def apply(self, figure: float) -> float:
        """Return `figure` scaled."""
        return (figure - self.centre) / self.spread


@dataclass(frozen=True, kw_only=True, slots=True)
class Lineage:
    """Where a dataset comes from.

    Attributes:
        records_digest: SHA-256 over all records.
        records: number of records.
        sources: number of records by the agent that reported them.
        earliest: when the first outcome occurred, seconds since the epoch.
        latest: when the last one did.
        superseded: outcomes left out because a later one speaks of the same link.
        seed: seed of the split.
    """

    records_digest: str
    records: int
    sources: Mapping[str, int]
    earliest: float
    latest: float
    superseded: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class PreparedDataset:
    """What a model is trained and measured on.

    Attributes:
        links: links that came about, split for training, validation and test.
        rejected: links that did not come about, between names of the training part.
        scaling: how each measure is scaled, fitted on records of the training part only.
        lineage: where it comes from.
    """

    links: TripleDataset
    rejected: tuple[Triple, ...]
    scaling: Mapping[str, Scaling]
    lineage: Lineage

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def scaled(self, record: OutcomeRecord) -> dict[str, float]:
        """Return the measures of `record` that were scaled for training, scaled alike."""
        return {
            name: self.scaling[name].apply(figure)
            for name, figure in record.measures.items()
            if name in self.scaling
        }

    def to_bytes(self) -> bytes:
        """Return the dataset as canonical JSON."""
        content: JsonObject = {
            "layout": LAYOUT,
            "train": sorted(self.links.train),
            "valid": sorted(self.links.valid),
            "test": sorted(self.links.test),
            "rejected": sorted(self.rejected),
            "scaling": {name: asdict(scaling) for name, scaling in self.scaling.items()},
            "lineage": asdict(self.lineage),
        }
        return canonical_json(content).encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> "PreparedDataset":
        """Read what `to_bytes` wrote.

        Raises:
            ModelStoreError: it is no dataset, or one of another layout.
        """
        try:
            content = json.loads(data)
            if content["layout"] != LAYOUT:
                raise ModelStoreError(f"dataset layout {content['layout']} cannot be read here")
            return cls(
                links=TripleDataset(
                    train=_triples(content["train"]),
                    valid=_triples(content["valid"]),
                    test=_triples(content["test"]),
                ),
                rejected=_triples(content["rejected"]),
                scaling={name: Scaling(**each) for name, each in content["scaling"].items()},
                lineage=Lineage(**content["lineage"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelStoreError("the archived dataset is damaged") from error


def prepare_dataset(
    records: Sequence[OutcomeRecord], *, valid: float = 0.1, test: float = 0.1, seed: int = 0
) -> PreparedDataset:
    """Clean, scale and split `records`; the same records give the same bytes in any order.

    Names are brought to one spelling (Unicode NFC, single blanks). Of several outcomes of one link
    the last counts. Scaling is fitted on records of the training part, so that nothing held out
    shapes it.

    Args:
        records: the outcomes.
        valid: expected share of the validation part.
        test: expected share of the test part.
        seed: another seed is another split.

    Raises:
        InputBoundsError: no link came about, or the shares are out of bounds.
    """
    cleaned = sorted(map(clean, records), key=lambda each: (each.source, each.record_id))
    last: dict[Triple, OutcomeRecord] = {}
    for record in sorted(cleaned, key=lambda each: each.occurred_at):
        last[record.link] = record
    standing = {link for link, record in last.items() if record.succeeded}
    if not standing:
        raise InputBoundsError("no link came about: there is nothing to learn")
    links = split_triples(standing, valid=valid, test=test, seed=seed)
    names = set(links.vocabulary.entities)
    relations = set(links.vocabulary.relations)
    rejected = sorted(
        link
        for link in set(last) - standing
        if link[1] in relations and names.issuperset((link[0], link[2]))
    )
    trained = frozenset(links.train)
    return PreparedDataset(
        links=links,
        rejected=tuple(rejected),
        scaling=_scaling(record for record in cleaned if record.link in trained),
        lineage=Lineage(
            records_digest=record_digest(cleaned),
            records=len(cleaned),
            sources=dict(sorted(Counter(record.source for record in cleaned).items())),
            earliest=min(record.occurred_at for record in cleaned),
            latest=max(record.occurred_at for record in cleaned),
            superseded=len(cleaned) - len(last),
            seed=seed,
        ),
    )


def clean(record: OutcomeRecord) -> OutcomeRecord:
    """Return `record` with its names in one spelling: Unicode NFC, single blanks."""
    return replace(
        record,
        subject=_one_spelling(record.subject),
        relation=_one_spelling(record.relation),
        object=_one_spelling(record.object),
    )


def _one_spelling(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _scaling(records: Iterable[OutcomeRecord]) -> dict[str, Scaling]:
    """Fit a scaling for each measure that varies."""
    figures: dict[str, list[float]] = {}
    for record in records:
        for name, figure in record.measures.items():
            figures.setdefault(name, []).append(figure)
    found: dict[str, Scaling] = {}
    for name, values in sorted(figures.items()):
        low, high = np.percentile(values, _QUARTILES).tolist()
        spread = high - low or float(np.std(values))
        if spread > 0.0:
            found[name] = Scaling(centre=float(np.median(values)), spread=spread)
    return found


def _triples(rows: list[list[str]]) -> tuple[Triple, ...]:
    return tuple((subject, relation, object_) for subject, relation, object_ in rows)
