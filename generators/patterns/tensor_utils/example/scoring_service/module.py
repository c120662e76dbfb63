"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by tensor_utils@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Iterable

from agent_runtime import observations
from agent_runtime.guards import FloatMatrix, Rows, finite_matrix
from agent_runtime.kernels import embeddings
from agent_runtime.observations import CandidatePair

__all__ = [
    "CandidatePair",
    "FeatureMatrix",
    "candidate_pairs",
    "feature_matrix",
    "unit_rows",
]

FeatureMatrix = FloatMatrix  # finite numbers, one row an observation, shape (n, d)


def feature_matrix(rows: Rows, *, columns: int | None = None) -> FeatureMatrix:
    """Return `rows` as a matrix (n, d), n and d at least 1.

    Args:
        rows: equally long rows of numbers, or a numeric array.
        columns: the d that is demanded; None accepts any.

    Raises:
        InputBoundsError: it is empty, ragged, of another width, or holds what is no finite number.
    """
    return finite_matrix(rows, columns=columns, name="features")


def unit_rows(rows: Rows) -> FeatureMatrix:
    """Return `rows` (n, d) scaled to length 1, so that their products are cosines.

    Raises:
        InputBoundsError: see `feature_matrix`; or a row is zero and thus has no direction.
    """
    return embeddings.unit_rows(feature_matrix(rows))


def candidate_pairs(rows: Iterable[tuple[str, str, str]]) -> tuple[CandidatePair, ...]:
    """Return rows of subject, relation, object as pairs to score, each once, in their order.

    Raises:
        InputBoundsError: there is no row, or a name is empty, too long or not printable.
    """
    return observations.candidate_pairs(rows)
