"""Policies are analysed exactly, and a change is seen by digest whoever makes it."""

from pathlib import Path

import pytest
from agent_runtime.auditing.consistency import analyse_register, analyse_rules
from agent_runtime.auditing.pins import (
    ACCEPT,
    ACCEPTED,
    PolicyPins,
    accept_policies,
    flaw_findings,
    validate_policies,
)
from agent_runtime.auditing.register import (
    SETTING,
    PolicyRegister,
    load_register,
    policies_digest,
)
from agent_runtime.config import Setting, load_settings
from agent_runtime.errors import (
    AgentError,
    ConfigError,
    InputBoundsError,
    NotAuthenticatedError,
    NotAuthorisedError,
)
from agent_runtime.rules import Rule, RuleSet
from agent_runtime.signals import Signal
from agent_runtime.testing import TRACE, AgentBench
from agent_runtime.tokens import GOVERNANCE_ROLE

SIGNALS = (
    Signal("score", low=0.0, high=1.0),
    Signal("value", unit="eur", low=0.0),
    Signal("event", unit="bool"),
    *(Signal(f"many_{n}", low=0.0, high=1.0) for n in range(8)),
)


def rule(rule_id: str, expression: str, *, severity: str = "high", kind: str = "policy") -> Rule:
    read = tuple(signal.name for signal in SIGNALS if signal.name in expression)
    return Rule(
        rule_id=rule_id, expression=expression, kind=kind, severity=severity, signals=read,
        source="/", text=expression,
    )  # fmt: skip


def flaws(*rules: Rule) -> list[tuple[str, tuple[str, ...]]]:
    return [(flaw.flaw, flaw.rules) for flaw in analyse_rules("a", RuleSet(SIGNALS, rules))]


def test_sound_rules_have_no_flaw():
    assert flaws(rule("1", "score < 0.5"), rule("2", "event || value > 100.0")) == []


@pytest.mark.parametrize(
    "expression", ["score > 1.0", "score < 0.0", "score < 0.2 && score > 0.3", "event && !event"]
)
def test_a_rule_that_no_value_satisfies_is_found(expression: str):
    assert flaws(rule("1", expression)) == [("never_fires", ("1",))]


@pytest.mark.parametrize("expression", ["score >= 0.0", "score < 0.6 || score > 0.5"])
def test_a_rule_that_every_value_satisfies_is_found(expression: str):
    assert flaws(rule("1", expression)) == [("always_fires", ("1",))]


@pytest.mark.parametrize("expression", ["score > 0.999", "value > 1e9", "score == 1.0"])
def test_a_rule_that_few_values_satisfy_is_sound(expression: str):
    assert flaws(rule("1", expression)) == []


def test_a_narrower_rule_that_is_less_severe_is_found():
    wide = rule("1", "score < 0.6", severity="high")
    narrow = rule("2", "score < 0.3", severity="low")
    assert flaws(wide, narrow) == [("inverted_severity", ("2", "1"))]
    assert flaws(rule("1", "score < 0.6", severity="low"), rule("2", "score < 0.3")) == []
    assert flaws(wide, rule("2", "score < 0.3", severity="low", kind="alert")) == []
    assert flaws(wide, rule("2", "score > 0.6", severity="low")) == []


def test_a_rule_with_too_many_cases_is_reported_and_not_guessed():
    many = " && ".join(f"many_{n} > 0.5" for n in range(8))
    assert flaws(rule("1", many)) == [("too_complex", ("1",))]


def entry(expression: str = "score < 0.5", unit: str = "ratio") -> dict[str, object]:
    body: dict[str, object] = {
        "signals": [{"name": "score", "unit": unit, "low": 0.0, "high": None}],
        "rules": [
            {
                "rule_id": "R-1", "expression": expression, "kind": "policy", "severity": "high",
                "signals": ["score"], "source": "/", "text": expression,
            }
        ],
    }  # fmt: skip
    return {**body, "digest": policies_digest(body)}


def test_agents_that_disagree_about_a_unit_are_found():
    register = PolicyRegister.of({"agents": {"a": entry(), "b": entry(unit="ms")}})
    (flaw,) = analyse_register(register)
    assert (flaw.flaw, flaw.agent, flaw.rules) == ("unit_conflict", "b", ("score",))
    assert flaw.reason == "score is in ms here and in ratio at a"


def test_an_entry_that_is_not_what_was_compiled_is_found():
    register = PolicyRegister.of({"agents": {"a": {**entry(), "digest": "0" * 64}}})
    assert [(flaw.flaw, flaw.agent) for flaw in analyse_register(register)] == [("tampered", "a")]
    bare = PolicyRegister.of({"agents": {"a": {**entry(), "digest": ""}}})
    assert "not any as declared" in analyse_register(bare)[0].reason


def test_a_change_is_found_until_it_is_accepted(tmp_path: Path):
    pins = PolicyPins(tmp_path / "pins.db")
    before = PolicyRegister.of({"agents": {"a": entry()}})
    after = PolicyRegister.of({"agents": {"a": entry("score < 0.4")}})
    assert validate_policies(before, pins, ["a"]) == ()
    pins.close()
    pins = PolicyPins(tmp_path / "pins.db")
    (flaw,) = validate_policies(after, pins, ["a"])
    assert flaw.flaw == "changed"
    assert flaw.rules == (after.agents["a"].digest[:12],)
    pins.accept("a", after.agents["a"].digest)
    assert validate_policies(after, pins, ["a"]) == ()
    assert [each.flaw for each in validate_policies(before, pins, [])] == ["changed"]
    pins.close()


def test_an_agent_whose_policies_nobody_knows_is_found(tmp_path: Path):
    pins = PolicyPins(tmp_path / "pins.db")
    flaw_a, flaw_b = validate_policies(PolicyRegister(), pins, ["b", "a"])
    assert (flaw_a.flaw, flaw_a.agent, flaw_b.agent) == ("unknown_agent", "a", "b")
    pins.close()


def test_a_flaw_is_the_same_finding_as_long_as_it_is_there():
    flaws = analyse_register(
        PolicyRegister.of({"agents": {"a": entry("score > 2.0 && score < 1.0")}})
    )
    (finding,) = flaw_findings("policy_violation", flaws, "trace")
    assert finding.subject == "policies:never_fires:R-1"
    assert (finding.agent, finding.evidence["rules"]) == ("a", ["R-1"])


def test_the_settings_name_the_register(tmp_path: Path):
    path = tmp_path / "policies.json"
    path.write_text('{"agents": {}}')
    declared = (Setting(key=SETTING, kind="path", default=str(path)),)
    assert load_register(load_settings("auditor", declared, {})) == PolicyRegister()
    path.write_text("[]")
    with pytest.raises(ConfigError):
        load_register(load_settings("auditor", declared, {}))
    for others in ((), (Setting(key=SETTING, kind="path"),)):
        assert load_register(load_settings("auditor", others, {})) == PolicyRegister()


def test_a_change_is_accepted_by_a_governance_token_only(tmp_path: Path):
    bench = AgentBench(tmp_path, agent="auditor")
    pins = PolicyPins(tmp_path / "pins.db")
    pins.pinned("a", "before")
    register = PolicyRegister.of({"agents": {"a": entry("score > 1.0")}})

    def accept(agent: str, token: str | None) -> None:
        accept_policies(
            register, pins, agent, token=token, verifier=bench.verifier, audit=bench.audit,
            trace_id=TRACE,
        )  # fmt: skip

    refused: list[tuple[str, str | None, type[AgentError]]] = [
        ("a", None, NotAuthenticatedError),
        ("a", bench.token("reader"), NotAuthorisedError),
        ("a", bench.token(GOVERNANCE_ROLE, action="promote_model"), NotAuthorisedError),
        ("b", bench.token(GOVERNANCE_ROLE), InputBoundsError),
    ]
    for agent, token, error in refused:
        with pytest.raises(error):
            accept(agent, token)
    digest = register.agents["a"].digest
    assert (pins.pinned("a", digest), bench.actions()) == ("before", [])
    accept("a", bench.token(GOVERNANCE_ROLE, subject="Igor", action=ACCEPT))
    assert pins.pinned("a", "x") == digest
    (record,) = bench.audit.records()
    assert (record.action, record.actor, record.subject) == (ACCEPTED, "Igor", "a")
    pins.close()
