"""Parameters of a data normaliser: who keeps its datasets, and where that is declared."""

from collections.abc import Mapping
from typing import Final

from generators.engine.patterns.context import PatternContext
from generators.engine.patterns.refusal import RefusalError
from generators.engine.sources.canonical import Plain
from generators.patterns.imports import import_groups

_LAYER: Final = "longtermpersistence"


def params(context: PatternContext) -> Mapping[str, Plain]:
    """Return the classes, the declared checks and the imports.

    Raises:
        RefusalError: the schema declares no archive, so that no dataset could be kept.
    """
    if context.agent.layer(_LAYER) is None:
        raise RefusalError(
            f"memorytopology.{_LAYER} is missing: datasets could not be kept",
            f"declare memorytopology.{_LAYER} with storagetype, purpose and retention",
        )
    memory = context.siblings["memory_bridge"]
    names = ("SEED", "TEST_SHARE", "VALID_SHARE", context.class_name)
    return {
        "class_name": context.class_name,
        "agent": context.agent.agent_id,
        "memory_class": memory.class_name,
        "imports": import_groups(
            context.namespace,
            [
                ("collections.abc", ("Sequence",)),
                ("typing", ("Final",)),
                ("agent_runtime.datasets.archiving", ("archive_dataset", "archived_dataset")),
                ("agent_runtime.datasets.prepared", ("PreparedDataset", "prepare_dataset")),
                ("agent_runtime.datasets.records", ("OutcomeRecord",)),
                (memory.module, (memory.class_name,)),
            ],
        ),
        "test_imports": import_groups(
            context.namespace,
            [(memory.module, ("TOPOLOGY", memory.class_name)), (context.module, names)],
        ),
    }
