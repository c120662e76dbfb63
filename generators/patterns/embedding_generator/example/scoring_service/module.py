"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by embedding_generator@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from collections.abc import Sequence
from typing import Final

from agent_runtime.guards import checked_output
from agent_runtime.kernels.embeddings import Neighbour
from agent_runtime.linkserving import (
    EmbeddedBatch,
    embed_requests,
    embedding_request,
    embedding_response,
)
from agent_runtime.shapes.base import Call
from agent_runtime.shapes.embeddings import EmbeddingRequest, EmbeddingResponse

from L9.core.tensoraios.governancebridge import GovernanceBridge
from L9.core.tensoraios.model_loader import ModelLoader
from L9.core.tensoraios.tensorutils import FeatureMatrix

AUDIT_EVENT: Final = "embedding_generation"  # governance.auditscope


class EmbeddingGenerator:
    """Looks entities up in the latent space of the model in service."""

    def __init__(self, loader: ModelLoader, governance: GovernanceBridge) -> None:
        self._loader = loader
        self._governance = governance

    def embed(self, entities: Sequence[str], *, trace_id: str) -> FeatureMatrix:
        """Return the vectors of different `entities`, in their order, shape (n, d).

        Raises:
            InputBoundsError: there is no entity, one comes twice, or one is unknown.
            NoModelError: no model was promoted yet.
        """
        request = embedding_request(entities)
        batch = self.embed_all([request])[0]
        self.report(batch, request, Call(trace_id=trace_id))
        return batch.vectors

    def nearest(self, entity: str, k: int) -> tuple[Neighbour, ...]:
        """Return the `k` entities most like `entity` by cosine, itself excluded, nearest first.

        Raises:
            InputBoundsError: the entity is unknown or `k` is below 1.
            NoModelError: no model was promoted yet.
        """
        return self._loader.current().model.embeddings.nearest(entity, k)

    def embed_all(self, requests: Sequence[EmbeddingRequest]) -> list[EmbeddedBatch]:
        """Embed the entities of several requests with one model, without recording it.

        Raises:
            InputBoundsError: an entity is unknown or comes twice in a request.
            NoModelError: no model was promoted yet.
        """
        return embed_requests(self._loader.current(), requests)

    def report(
        self, batch: EmbeddedBatch, request: EmbeddingRequest, call: Call
    ) -> EmbeddingResponse:
        """Record that embeddings were handed out, and answer them.

        Raises:
            OutputBoundsError: a component is not finite; nothing is answered.
        """
        checked_output(batch.vectors, low=None, high=None, name="embedding")
        self._governance.audit(
            AUDIT_EVENT,
            subject=batch.batch_id,
            detail={"entities": len(request.entities), "model_version": batch.model_version},
            trace_id=call.trace_id,
        )
        return embedding_response(batch, request, call)

    def embed_call(self, request: EmbeddingRequest, call: Call) -> EmbeddingResponse:
        """Embed the entities of `request` under the trace of `call`.

        Raises:
            InputBoundsError: an entity is unknown or comes twice.
            NoModelError: no model was promoted yet.
        """
        return self.report(self.embed_all([request])[0], request, call)
