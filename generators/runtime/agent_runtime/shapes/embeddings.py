"""What embedding operations take and answer."""

from pydantic import Field

from agent_runtime.shapes.base import Shape

MOST_ENTITIES = 1_000
MOST_NEIGHBOURS = 100


class EmbeddingRequest(Shape):
    """Entities to embed."""

    entities: tuple[str, ...] = Field(
        min_length=1, max_length=MOST_ENTITIES, description="Names of entities, none twice"
    )
    neighbours: int = Field(
        default=0, ge=0, le=MOST_NEIGHBOURS, description="Nearest neighbours to name for each"
    )


class NeighbourShape(Shape):
    """An entity that lies near another one."""

    entity: str = Field(description="Its name")
    similarity: float = Field(ge=-1.0, le=1.0, description="Cosine of the two vectors")


class EntityEmbedding(Shape):
    """One entity in the latent space."""

    entity: str = Field(description="Its name")
    vector: tuple[float, ...] = Field(description="Real parts of its factors, then imaginary ones")
    neighbours: tuple[NeighbourShape, ...] = Field(description="Nearest first")


class EmbeddingResponse(Shape):
    """The embeddings, in the order of the request."""

    trace_id: str = Field(description="Trace of the call")
    model_version: str = Field(description="Version of the model that embedded")
    dimension: int = Field(ge=1, description="Components of a vector")
    embeddings: tuple[EntityEmbedding, ...] = Field(description="One an entity")
