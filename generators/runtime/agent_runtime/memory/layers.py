"""The memory of one agent: the layers its schema declares, opened on embedded stores."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from agent_runtime.clock import Clock
from agent_runtime.errors import ConfigError
from agent_runtime.memory.archive import Archive, open_local_archive
from agent_runtime.memory.causal import CausalMemory, SqliteCausalMemory
from agent_runtime.memory.episodic import EpisodicMemory, SqliteEpisodicMemory
from agent_runtime.memory.semantic import SemanticMemory, SqliteSemanticMemory
from agent_runtime.memory.topology import MemoryTopology
from agent_runtime.memory.working import SqliteWorkingMemory, WorkingMemory
from agent_runtime.personal import PersonalFields, open_document, seal_document
from agent_runtime.values import JsonObject
from agent_runtime.vault import SubjectVault, open_vault

LayerT = TypeVar("LayerT")

_PROBE: Final = "probe"
"""A key that nothing is stored under."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryLayers:
    """The layers of one agent; one that the schema does not declare is None.

    `vault` holds the keys of the persons whose data `personal` names; None if nothing is personal.
    """

    working: WorkingMemory | None = None
    episodic: EpisodicMemory | None = None
    semantic: SemanticMemory | None = None
    causal: CausalMemory | None = None
    archive: Archive | None = None
    personal: tuple[PersonalFields, ...] = ()
    vault: SubjectVault | None = None

    def sealed(self, document: JsonObject) -> JsonObject:
        """Return `document` with its personal fields sealed, each for its person.

        Raises:
            InputBoundsError: a person was erased; nothing about them is taken in again.
            MemoryLayerError: the vault failed.
        """
        if self.vault is None:
            return document
        return seal_document(document, self.personal, self.vault)

    def opened(self, document: JsonObject) -> JsonObject:
        """Return `document` with its personal fields in the clear, except those of the erased.

        Raises:
            MemoryLayerError: the vault failed, or something sealed was damaged.
        """
        return document if self.vault is None else open_document(document, self.vault)

    def require_working(self) -> WorkingMemory:
        """Return working memory.

        Raises:
            ConfigError: it was not opened.
        """
        return _opened(self.working, "working")

    def require_episodic(self) -> EpisodicMemory:
        """Return episodic memory.

        Raises:
            ConfigError: it was not opened.
        """
        return _opened(self.episodic, "episodic")

    def require_semantic(self) -> SemanticMemory:
        """Return semantic memory.

        Raises:
            ConfigError: it was not opened.
        """
        return _opened(self.semantic, "semantic")

    def require_causal(self) -> CausalMemory:
        """Return causal memory.

        Raises:
            ConfigError: it was not opened.
        """
        return _opened(self.causal, "causal")

    def require_archive(self) -> Archive:
        """Return the archive.

        Raises:
            ConfigError: it was not opened.
        """
        return _opened(self.archive, "archive")

    def validate(self, topology: MemoryTopology) -> None:
        """Check that every layer of `topology` was opened and answers a question.

        Raises:
            ConfigError: a declared layer was not opened.
            MemoryLayerError: a layer does not answer.
        """
        if topology.working is not None:
            self.require_working().get(_PROBE)
        if topology.episodic is not None:
            self.require_episodic().get(_PROBE)
        if topology.semantic is not None:
            self.require_semantic().node(_PROBE)
        if topology.causal is not None:
            self.require_causal().ancestors(_PROBE, depth=1)
        if topology.archive is not None:
            self.require_archive().versions(_PROBE)

    def purge(self) -> int:
        """Apply times to live and retention in every layer; return how much was removed.

        Raises:
            MemoryLayerError: a store failed.
        """
        aging = (self.working, self.episodic, self.archive)
        return sum(layer.purge() for layer in aging if layer is not None)

    def close(self) -> None:
        """Close every layer."""
        layers = (self.working, self.episodic, self.semantic, self.causal, self.archive)
        for layer in layers:
            if layer is not None:
                layer.close()
        if self.vault is not None:
            self.vault.close()


def _opened(layer: LayerT | None, name: str) -> LayerT:
    if layer is None:
        raise ConfigError(f"the {name} layer of memory is needed and was not opened")
    return layer


def open_embedded(root: Path, topology: MemoryTopology, clock: Clock) -> MemoryLayers:
    """Open the declared layers in the folder `root`, one file a layer, no server.

    If something is personal, the vault opens beside them under the master key `personal.key`, which
    is made if it is not there; keep that file apart from backups of the folder.

    Raises:
        ConfigError: the master key of personal data cannot be used.
        MemoryLayerError: a store cannot be opened.
    """
    working, episodic, semantic = topology.working, topology.episodic, topology.semantic
    causal, archive = topology.causal, topology.archive
    return MemoryLayers(
        working=(
            None if working is None else SqliteWorkingMemory(root / "working.db", working, clock)
        ),
        episodic=(
            None
            if episodic is None
            else SqliteEpisodicMemory(root / "episodic.db", episodic, clock)
        ),
        semantic=(
            None
            if semantic is None
            else SqliteSemanticMemory(root / "semantic.db", semantic, clock)
        ),
        causal=None if causal is None else SqliteCausalMemory(root / "causal.db", causal),
        archive=None if archive is None else open_local_archive(root / "archive", archive, clock),
        personal=topology.personal,
        vault=(
            open_vault(root / "vault.db", root / "personal.key", clock)
            if topology.personal
            else None
        ),
    )
