"""What `L9.example.module` promises.

Expected by the schema and by policy_validator@1.0.
Generated from Example#/cursorinstructions/generatefiles/0.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest
from agent_runtime.auditing.pins import ACCEPT, ACCEPTED
from agent_runtime.errors import ConfigError, InputBoundsError, NotAuthenticatedError
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.testing_auditing import ObservedBench, confidence_policy, register_settings
from agent_runtime.tokens import GOVERNANCE_ROLE
from agent_runtime.values import JsonObject

from L9.governance.tensor_auditor.policy_validator import KIND, WATCHED, PolicyValidator

FIRST = "main_agent"


class Office:
    """The surroundings of the validator; each opening reads the register anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bench = AgentBench(folder, agent="tensor_auditor")

    def opened(
        self, change: JsonObject | None = None, *, known: Iterable[str] = WATCHED
    ) -> PolicyValidator:
        """Return a validator; `change` replaces the policies of the first agent."""
        agents = {agent: confidence_policy(0.5) for agent in known}
        if change is not None:
            agents[FIRST] = change
        return PolicyValidator.open(
            register_settings(self.folder, agents),
            self.folder,
            verifier=self.bench.verifier,
            audit=self.bench.audit,
        )

    def flaws(self, change: JsonObject | None = None) -> list[tuple[str, str]]:
        validator = self.opened(change)
        found = [(flaw.flaw, flaw.agent) for flaw in validator.flaws()]
        validator.close()
        return found

    def token(self) -> str:
        return self.bench.token(GOVERNANCE_ROLE, action=ACCEPT)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.mark.positive
def test_the_policies_of_each_observed_agent_must_be_known(office: Office) -> None:
    assert WATCHED == ("main_agent", "plastos_adapter", "tensor_trainer", "tensoraios")
    validator = office.opened(known=())
    assert [(flaw.flaw, flaw.agent) for flaw in validator.flaws()] == [
        ("unknown_agent", agent) for agent in WATCHED
    ]
    validator.close()


@pytest.mark.positive
def test_sound_and_unchanged_policies_have_no_flaw(office: Office) -> None:
    assert office.flaws() == []
    assert office.flaws() == []


@pytest.mark.positive
def test_a_change_is_seen_after_a_restart(office: Office) -> None:
    assert office.flaws() == []
    assert office.flaws(confidence_policy(0.25)) == [("changed", FIRST)]


@pytest.mark.positive
def test_an_announced_change_is_no_flaw_any_more(office: Office) -> None:
    office.flaws()
    validator = office.opened(confidence_policy(0.25))
    assert len(validator.flaws()) == 1
    validator.accept(FIRST, token=office.token(), trace_id=TRACE)
    assert validator.flaws() == ()
    assert office.bench.actions() == [ACCEPTED]
    validator.close()


@pytest.mark.positive
def test_a_flaw_is_the_same_finding_as_long_as_it_is_there(office: Office, tmp_path: Path) -> None:
    office.flaws()
    observed = ObservedBench(tmp_path)
    validator = office.opened(confidence_policy(0.25))
    (finding,) = validator.examine(observed.batch())
    assert (finding.kind, finding.agent) == (KIND, FIRST)
    assert finding.evidence["flaw"] == "changed"
    assert validator.examine(observed.batch()) == (finding,)
    validator.close()
    observed.close()


@pytest.mark.negative
def test_policies_that_were_tampered_with_are_found(office: Office) -> None:
    forged = {**confidence_policy(0.25), "digest": confidence_policy(0.5)["digest"]}
    assert office.flaws(forged) == [("tampered", FIRST)]


@pytest.mark.negative
@pytest.mark.parametrize(("below", "flaw"), [(0.0, "never_fires"), (1.5, "always_fires")])
def test_a_rule_that_decides_nothing_is_found(office: Office, below: float, flaw: str) -> None:
    assert office.flaws(confidence_policy(below)) == [(flaw, FIRST)]


@pytest.mark.negative
def test_a_register_that_cannot_be_read_is_a_clear_error(office: Office) -> None:
    with pytest.raises(ConfigError, match=FIRST):
        office.opened({"digest": ""})


@pytest.mark.negative
def test_policies_that_nobody_knows_cannot_be_accepted(office: Office) -> None:
    validator = office.opened()
    with pytest.raises(InputBoundsError, match="no policies of stranger"):
        validator.accept("stranger", token=office.token(), trace_id=TRACE)
    validator.close()


@pytest.mark.negative
def test_without_a_token_no_change_is_accepted(office: Office) -> None:
    office.flaws()
    validator = office.opened(confidence_policy(0.25))
    with pytest.raises(NotAuthenticatedError):
        validator.accept(FIRST, token=None, trace_id=TRACE)
    assert len(validator.flaws()) == 1
    validator.close()
