"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by tensor_utils@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from agent_runtime.guards import FloatMatrix, Rows, finite_matrix
from agent_runtime.kernels import embeddings

__all__ = [
    "FeatureMatrix",
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
