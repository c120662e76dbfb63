"""What a model came from and what it replaced, as relations in the semantic graph."""

from typing import Final, Protocol

from agent_runtime.trainingjobs.ledger import TrainingRecord
from agent_runtime.values import JsonObject

INFLUENCES: Final = "INFLUENCES"


class Lineage(Protocol):
    """A graph of entities; a generated memory bridge with a semantic layer is one."""

    def link_entities(
        self, source: str, target: str, *, relation: str, properties: JsonObject | None
    ) -> object:
        """Relate two entities, merging with what is known."""


def note_training(graph: Lineage, record: TrainingRecord) -> None:
    """Note that a dataset led to a run, and the run to a model.

    Raises:
        MemoryLayerError: the graph failed.
    """
    run, trace = f"training:{record.job_id}", record.trace_id
    graph.link_entities(
        f"dataset:{record.dataset}",
        run,
        relation=INFLUENCES,
        properties={"as": "training_data", "trace_id": trace},
    )
    graph.link_entities(
        run,
        model_uid(record.model),
        relation=INFLUENCES,
        properties={"as": "trained", "trace_id": trace, **record.metrics},
    )


def note_succession(
    graph: Lineage, before: str | None, after: str, *, why: str, trace_id: str
) -> None:
    """Note that the model `after` took the place of `before`; the digests of their bundles.

    Args:
        graph: where to note it.
        before: the model that served until now, if any.
        after: the model that serves from now on.
        why: "promoted" or "rolled_back".
        trace_id: trace to note it under.

    Raises:
        MemoryLayerError: the graph failed.
    """
    if before is not None and before != after:
        graph.link_entities(
            model_uid(before),
            model_uid(after),
            relation=INFLUENCES,
            properties={"as": why, "trace_id": trace_id},
        )


def model_uid(digest: str) -> str:
    """Return the name of a model in the graph."""
    return f"model:{digest}"
