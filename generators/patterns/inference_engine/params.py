"""Parameters of an inference engine: the time-out of each endpoint, and how much waits at once."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups

_METHODS: Final = {"score": "score_call", "embed": "embed_call", "detect": "detect_call"}
_USUAL_TIMEOUT_MS: Final = 1000
_USUAL_TASKS: Final = 64
_LARGEST_BATCH: Final = 32


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return time-outs and limits of the engine with the modules it works with."""
    siblings = context.siblings
    scorer, embedder = siblings["link_scorer"], siblings["embedding_generator"]
    detector, bridge = siblings["anomaly_detector"], siblings["governance_bridge"]
    loader = siblings["model_loader"]
    tasks = context.agent.autonomy.task_limit or _USUAL_TASKS
    timeouts = {kind: _timeout(context, method) for kind, method in _METHODS.items()}
    own = [(s.module, [s.class_name]) for s in (scorer, embedder, detector)]
    names = ["BATCH", "MOST_AT_ONCE", "TIMEOUTS_MS", context.class_name]
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "scorer_class": scorer.class_name,
        "embedder_class": embedder.class_name,
        "detector_class": detector.class_name,
        "governance_class": bridge.class_name,
        "loader_class": loader.class_name,
        "own_imports": import_groups(context.namespace, own)[0],
        "test_own_imports": import_groups(
            context.namespace,
            [
                *own,
                (bridge.module, ["POLICY", "RULES", "SIGNALS", bridge.class_name]),
                (loader.module, [loader.class_name]),
                (context.module, names),
            ],
        )[0],
        "timeouts": [
            {"kind": kind, "ms": ms, "source": source} for kind, (ms, source) in timeouts.items()
        ],
        "score_ms": timeouts["score"][0],
        "embed_ms": timeouts["embed"][0],
        "detect_ms": timeouts["detect"][0],
        "tasks": tasks,
        "tasks_source": (
            "learningsystem.autonomyprofile.tasklimit"
            if context.agent.autonomy.task_limit
            else "not limited by the schema"
        ),
        "batch": min(_LARGEST_BATCH, tasks),
    }


def _timeout(context: PatternContext, method: str) -> tuple[int, str]:
    """Return the time-out of the endpoint that `method` answers, and where it is declared."""
    for use in context.operations:
        if use.sibling.stem == context.stem and use.method == method:
            return use.endpoint.timeout_ms, f"deployment.endpoints, {use.endpoint.name}"
    declared = context.agent.autonomy.decision_latency_max_ms
    if declared:
        return declared, "learningsystem.autonomyprofile.decisionlatencymaxms"
    return _USUAL_TIMEOUT_MS, "no endpoint"
