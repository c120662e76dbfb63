"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by embedding_processor@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Mapping, Sequence

from agent_runtime.routing.embeddings import EmbeddingDesk, Vector, VectorMemory, groups, similarity
from agent_runtime.routing.tensors import TensorLayer
from agent_runtime.shapes.base import Call


class EmbeddingProcessor:
    """Fetches embeddings once for as long as working memory keeps them, and relates them."""

    def __init__(self, layer: TensorLayer, memory: VectorMemory | None = None) -> None:
        self._desk = EmbeddingDesk(layer.generate_embeddings, memory)

    def vectors(self, entities: Sequence[str], call: Call) -> Mapping[str, Vector]:
        """Return the vector of each entity, all of one model version.

        Raises:
            AgentError: the tensor layer refused or could not be reached.
        """
        return self._desk.vectors(entities, call)

    def similarity(self, left: Vector, right: Vector) -> float:
        """Return the cosine of two vectors, -1 to 1.

        Raises:
            InputBoundsError: they differ in length, or one is not finite or has no direction.
        """
        return similarity(left, right)

    def groups(self, vectors: Mapping[str, Vector], least: float) -> tuple[tuple[str, ...], ...]:
        """Return groups of entities chained by cosines of at least `least`, largest first.

        Raises:
            InputBoundsError: `least` is not within -1 to 1, or vectors cannot be compared.
        """
        return groups(vectors, least=least)
