"""A process that writes into every memory layer of a folder: `python writing.py FOLDER NAME`.

It says that it is ready, and begins when it is told to, so that several write at the same time.
"""

import sys
from pathlib import Path

from agent_runtime.clock import ManualClock
from agent_runtime.memory.episodic import Episode
from agent_runtime.memory.layers import open_embedded
from agent_runtime.memory.topology import (
    ArchiveSpec,
    CausalSpec,
    EpisodicSpec,
    MemoryTopology,
    SemanticSpec,
    WorkingSpec,
)

WRITES = 25
"""How often each process writes into each layer."""

TOPOLOGY = MemoryTopology(
    agent="scorer",
    working=WorkingSpec(keyspace="scorer:working:*", ttl_seconds=3600),
    episodic=EpisodicSpec(index_by=("writer",), retention_days=90),
    semantic=SemanticSpec(node_types=("material",), edge_types=("TRUSTS",)),
    causal=CausalSpec(),
    archive=ArchiveSpec(prefix="scorer"),
)


def write(folder: Path, name: str) -> int:
    """Write into every layer; return how often this process was the first with a shared key."""
    layers = open_embedded(folder, TOPOLOGY, ManualClock())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    first = 0
    for number in range(WRITES):
        layers.require_working().put(f"{name}:{number}", number)
        first += layers.require_working().add(f"shared:{number}", name)
        episode = Episode(
            decision_id=f"{name}-{number}",
            agent_id="scorer",
            decision_data={"writer": name},
            confidence_score=0.5,
            trace_id="t",
            governance_status="approved",
        )
        layers.require_episodic().log(episode)
        layers.require_semantic().merge_node("material", "pet", {f"{name}{number}": number})
        layers.require_semantic().merge_node("material", name)
        layers.require_semantic().merge_edge("TRUSTS", name, "pet", {"n": number})
        layers.require_causal().record_factors(
            f"{name}-{number}", {"price": 0.5, name: 0.5}, trace_id="t"
        )
        layers.require_archive().put("shared", f"{name}-{number}".encode())
    layers.close()
    return first


if __name__ == "__main__":
    sys.stdout.write(f"{write(Path(sys.argv[1]), sys.argv[2])}\n")
