"""Parameters of an embedding generator: what is audited of it, and the modules it works with."""

from collections.abc import Mapping

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.declared import audit_event
from generators.patterns.imports import import_groups


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the audit event and the imports.

    Raises:
        RefusalError: the audit scope has no event for embeddings.
    """
    event = audit_event(context, "embed") or audit_event(context, "inference")
    if not event:
        raise RefusalError(
            "governance.auditscope names no event for embeddings",
            "add for example `embedding_generation` to governance.auditscope",
        )
    bridge, loader = context.siblings["governance_bridge"], context.siblings["model_loader"]
    tensors = context.siblings["tensor_utils"]
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "governance_class": bridge.class_name,
        "loader_class": loader.class_name,
        "audit_event": event,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Sequence",)),
                ("typing", ("Final",)),
                ("agent_runtime.guards", ("checked_output",)),
                ("agent_runtime.kernels.embeddings", ("Neighbour",)),
                (
                    "agent_runtime.linkserving",
                    (
                        "EmbeddedBatch",
                        "embed_requests",
                        "embedding_request",
                        "embedding_response",
                    ),
                ),
                ("agent_runtime.shapes.base", ("Call",)),
                ("agent_runtime.shapes.embeddings", ("EmbeddingRequest", "EmbeddingResponse")),
                (bridge.module, (bridge.class_name,)),
                (loader.module, (loader.class_name,)),
                (tensors.module, ("FeatureMatrix",)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [
                (bridge.module, ("POLICY", "RULES", "SIGNALS", bridge.class_name)),
                (loader.module, (loader.class_name,)),
                (tensors.module, ("unit_rows",)),
                (context.module, ("AUDIT_EVENT", context.class_name)),
            ],
        ),
    }
