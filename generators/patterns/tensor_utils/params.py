"""Parameters of the tensor utilities: whether the agent also speaks of links between entities."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups

_LINKING: Final = ("link_scorer", "training_pipeline", "domain_adapter")
_MATRIX: Final = ("FeatureMatrix", "feature_matrix", "unit_rows")
_PAIRS: Final = ("CandidatePair", "candidate_pairs")


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the imports, and whether candidate pairs are needed: if a module deals in links."""
    links = any(role in context.siblings for role in _LINKING)
    imports: list[tuple[str, tuple[str, ...]]] = [
        ("agent_runtime.guards", ("FloatMatrix", "Rows", "finite_matrix")),
        ("agent_runtime.kernels", ("embeddings",)),
    ]
    test: list[tuple[str, tuple[str, ...]]] = [
        ("math", ()),
        ("agent_runtime.errors", ("InputBoundsError",)),
        (context.module, (*_MATRIX, *(_PAIRS if links else ()))),
    ]
    if links:
        imports += [
            ("collections.abc", ("Iterable",)),
            ("agent_runtime", ("observations",)),
            ("agent_runtime.observations", ("CandidatePair",)),
        ]
    return {
        "links": links,
        "exports": sorted((*_MATRIX, *(_PAIRS if links else ()))),
        "imports": import_groups(context.namespace, imports),
        "test_imports": import_groups(context.namespace, test),
    }
