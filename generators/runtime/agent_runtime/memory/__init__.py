"""Five layers of memory behind interfaces that embedded stores and real servers share."""

from agent_runtime.memory.archive import Archive, ArchiveVersion
from agent_runtime.memory.causal import Ancestor, CausalMemory, Explanation, FactorShare
from agent_runtime.memory.episodic import Episode, EpisodicMemory
from agent_runtime.memory.layers import MemoryLayers, open_embedded
from agent_runtime.memory.semantic import Edge, Node, PathSearch, SemanticMemory
from agent_runtime.memory.topology import (
    ArchiveSpec,
    CausalSpec,
    EpisodicSpec,
    MemoryTopology,
    SemanticSpec,
    WorkingSpec,
)
from agent_runtime.memory.working import WorkingMemory

__all__ = [
    "Ancestor",
    "Archive",
    "ArchiveSpec",
    "ArchiveVersion",
    "CausalMemory",
    "CausalSpec",
    "Edge",
    "Episode",
    "EpisodicMemory",
    "EpisodicSpec",
    "Explanation",
    "FactorShare",
    "MemoryLayers",
    "MemoryTopology",
    "Node",
    "PathSearch",
    "SemanticMemory",
    "SemanticSpec",
    "WorkingMemory",
    "WorkingSpec",
    "open_embedded",
]
