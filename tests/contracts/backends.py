"""Every back end of each memory layer, by name: a new one is entered here and held to the contract.

Each entry opens the store at `path`; opening one path twice gives two handles on one store.
"""

from agent_runtime.memory.archive import open_local_archive
from agent_runtime.memory.causal import SqliteCausalMemory
from agent_runtime.memory.episodic import SqliteEpisodicMemory
from agent_runtime.memory.semantic import SqliteSemanticMemory
from agent_runtime.memory.working import SqliteWorkingMemory

WORKING = {"sqlite": SqliteWorkingMemory}
EPISODIC = {"sqlite": SqliteEpisodicMemory}
SEMANTIC = {"sqlite": SqliteSemanticMemory}
CAUSAL = {"sqlite": SqliteCausalMemory}
ARCHIVE = {"files": open_local_archive}
