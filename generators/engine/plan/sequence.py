"""The extraction sequence: in which order agents are built, and which may be built together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class CycleError(ValueError):
    """The edges have a cycle, so that no order exists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractionSequence:
    """`order` lists the nodes; `groups` lists sets of nodes that do not need each other."""

    order: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]


def plan_sequence(edges: Mapping[str, Sequence[str]], *, max_parallel: int) -> ExtractionSequence:
    """Order nodes so that each follows what it depends on.

    Kahn's algorithm (A. B. Kahn, CACM 5(11), 1962). Of the nodes that are ready the one given
    first goes first, so that the result depends on nothing but the input.

    Args:
        edges: for each node, the nodes it depends on; others than the keys are ignored.
        max_parallel: the largest size of a group.

    Raises:
        CycleError: no order exists.
        ValueError: `max_parallel` is not positive.
    """
    if max_parallel < 1:
        raise ValueError(f"max_parallel must be positive, not {max_parallel}")
    needs = {node: set(needed) & set(edges) for node, needed in edges.items()}
    order: list[str] = []
    while len(order) < len(needs):
        ready = next((n for n in needs if n not in order and needs[n] <= set(order)), None)
        if ready is None:
            raise CycleError(f"a cycle among {', '.join(n for n in needs if n not in order)}")
        order.append(ready)
    depth: dict[str, int] = {}
    for node in order:
        depth[node] = 1 + max((depth[other] for other in needs[node]), default=-1)
    groups = []
    for level in range(max(depth.values(), default=-1) + 1):
        nodes = [node for node in order if depth[node] == level]
        groups += [tuple(nodes[i : i + max_parallel]) for i in range(0, len(nodes), max_parallel)]
    return ExtractionSequence(order=tuple(order), groups=tuple(groups))


def start_order(
    hard: Mapping[str, Sequence[str]], soft: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Order nodes as they start: after what they need, and after what they would like if possible.

    A soft wish that would close a circle is left out; of the nodes that are ready the one given
    first goes first.

    Args:
        hard: for each node, the nodes it needs; others than the keys are ignored.
        soft: for each node, the nodes that should be there before it.

    Raises:
        CycleError: the hard edges have a cycle.
    """
    needs = {node: set(needed) & set(hard) for node, needed in hard.items()}
    wishes = {node: set(soft.get(node, ())) & set(hard) for node in hard}
    order: list[str] = []
    while len(order) < len(needs):
        ready = [n for n in needs if n not in order and needs[n] <= set(order)]
        if not ready:
            raise CycleError(f"a cycle among {', '.join(n for n in needs if n not in order)}")
        order.append(next((n for n in ready if wishes[n] <= set(order)), ready[0]))
    return tuple(order)
