"""Every way of breaking a compiled agent is refused, by the gate meant for it and by no other.

The agent is broken before any digest is taken, so that no signature and no comparison with an
earlier build can help. Forgery after the fact is in `tests/unit/engine/test_evidence_forgery.py`.
"""

from collections import Counter

import pytest

from generators.engine.gates.run import GATE_IDS
from tests.gates.mutations.edits import Mutation
from tests.gates.mutations.of_code import CODE
from tests.gates.mutations.of_files import FILES
from tests.gates.mutations.of_wiring import WIRING
from tests.gates.mutations.subject import Judge, compile_subject

MUTATIONS = (*CODE, *FILES, *WIRING)
LEAST = 60


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(compile_subject())


def test_the_sound_agent_is_refused_by_no_gate(judge: Judge) -> None:
    assert judge.refusing(judge.sound) == {}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_is_refused_by_its_gate_alone(judge: Judge, mutation: Mutation) -> None:
    broken = mutation.broken(judge.sound)
    assert broken != judge.sound
    refusing = judge.refusing(broken)
    assert list(refusing) == [mutation.gate], refusing


def test_every_gate_has_mutations_and_every_mutation_its_name() -> None:
    gates = Counter(mutation.gate for mutation in MUTATIONS)
    assert set(gates) == set(GATE_IDS)
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= LEAST
