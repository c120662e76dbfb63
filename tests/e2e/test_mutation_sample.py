"""The tests that the compiler writes notice when the modules it writes change behaviour."""

from collections import defaultdict
from collections.abc import Iterable

from tests.bench.mutation.built import agent_targets
from tests.bench.mutation.killing import Outcome, sample_each, sample_mutants, try_mutants
from tests.e2e.workspace import COLLECTION, Workspace

SEED = 20261123
LEAST = 0.8


def noticed(outcomes: Iterable[Outcome]) -> float:
    """Return the share of mutants that were noticed."""
    killed = [outcome.killed for outcome in outcomes]
    return sum(killed) / len(killed)


def survivors(outcomes: Iterable[Outcome]) -> str:
    """List what nobody noticed."""
    return "\n".join(
        f"{outcome.target.path.name}:{outcome.mutant.line} {outcome.mutant.change}"
        for outcome in outcomes
        if not outcome.killed
    )


def test_four_of_five_mutants_of_a_built_agent_are_noticed(built: Workspace) -> None:
    targets, import_path = agent_targets(built.out, COLLECTION)
    chosen = sample_mutants(targets, count=40, seed=SEED)
    outcomes = list(try_mutants(chosen, import_path))
    assert len(outcomes) == 40
    assert noticed(outcomes) >= LEAST, survivors(outcomes)


def test_no_module_of_a_built_agent_goes_unwatched(built: Workspace) -> None:
    targets, import_path = agent_targets(built.out, COLLECTION)
    outcomes = list(try_mutants(sample_each(targets, count=2, seed=SEED), import_path))
    assert noticed(outcomes) >= LEAST, survivors(outcomes)
    by_module: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_module[outcome.target.module].append(outcome)
    assert set(by_module) == {target.module for target in targets}
    for module, own in by_module.items():
        assert any(outcome.killed for outcome in own), f"{module}\n{survivors(own)}"
