"""Cases of any domain as vectors of one length, so that they can be compared.

Named numbers are hashed into `DIMENSION` places with a sign that the name decides, so that names
which meet in one place cancel out on average. Source: Weinberger et al., "Feature hashing for
large scale multitask learning", ICML 2009. Sizes are squashed by the signed logarithm: a sum of
money must not drown a ratio.
"""

import hashlib
import math
from collections.abc import Mapping
from typing import Final

from agent_runtime.reasoning.case import Case, Enrichment, TensorResults, values_of

DIMENSION: Final = 128
_ALWAYS: Final = "bias"


def case_vector(
    case: Case, candidate: int, enrichment: Enrichment, tensors: TensorResults
) -> tuple[float, ...]:
    """Return (`DIMENSION`,) what is known of one candidate of a case, without names of entities.

    What is read: its numbers, the world's factors, the kind of relation, and, where the tensor
    layer gave both embeddings, their product by dimension.
    """
    named: dict[str, float] = {_ALWAYS: 0.1}
    named.update({f"value:{name}": squashed(v) for name, v in values_of(case, candidate).items()})
    named.update({f"factor:{name}": value for name, value in enrichment.factors.items()})
    if candidate < len(case.candidates):
        pair = case.candidates[candidate]
        named[f"relation:{pair.relation}"] = 0.1
        left, right = tensors.embeddings.get(pair.subject), tensors.embeddings.get(pair.object)
        if left is not None and right is not None and len(left) == len(right):
            products = zip(left, right, strict=True)
            named.update({f"embedding:{place}": a * b for place, (a, b) in enumerate(products)})
    return hashed(named)


def hashed(named: Mapping[str, float]) -> tuple[float, ...]:
    """Return the named numbers as a vector (`DIMENSION`,); the order of names does not matter."""
    vector = [0.0] * DIMENSION
    for name in sorted(named):
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        sign = 1.0 if digest[0] & 1 else -1.0
        vector[int.from_bytes(digest[1:5], "big") % DIMENSION] += sign * named[name]
    return tuple(vector)


def squashed(value: float) -> float:
    """Return sign(v) ln(1 + |v|)."""
    return math.copysign(math.log1p(abs(value)), value)
