"""The register of policies: what every agent's rules compile to, as the auditor reads them."""

import json
from pathlib import Path

import pytest
import yaml
from agent_runtime.auditing.register import PolicyRegister, load_register
from agent_runtime.config import Setting, load_settings

from generators.engine.build.preview import preview

SOURCE = "input_schemas/tensoraios_ecosystem_v6.0.md"
CONFIG = "L9/tensoraios_ecosystem_config.yaml"
POLICIES = "L9/tensoraios_ecosystem_policies.json"
AGENTS = ["tensoraios", "main_agent", "plastos_adapter", "tensor_trainer", "tensor_auditor"]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return dict(preview(SOURCE, "system"))


def test_the_policies_of_all_agents_compile_and_are_intact(made):
    register = PolicyRegister.of(json.loads(made[POLICIES]))
    assert sorted(register.agents) == sorted(AGENTS)
    assert all(each.intact for each in register.agents.values())
    assert len({each.digest for each in register.agents.values()}) == len(AGENTS)


def test_the_rules_are_those_of_the_schema(made):
    register = PolicyRegister.of(json.loads(made[POLICIES]))
    rules = register.agents["tensor_auditor"].rules.rules
    assert {rule.expression for rule in rules} >= {"bias_detected", "drift > 0.1"}
    sources = {rule.source for rule in rules}
    assert "TensorAuditor#/governance/escalationpolicy" in sources


def test_the_auditor_finds_the_register_beside_the_configuration(made, tmp_path: Path):
    folder = tmp_path / "deployed"
    folder.mkdir()
    (folder / Path(CONFIG).name).write_text(f"auditing: {section(made)}")
    (folder / Path(POLICIES).name).write_text(made[POLICIES])
    environ = {"L9_CONFIG_FILE": str(folder / Path(CONFIG).name)}
    declared = (Setting(key="auditing.policies", kind="path"),)
    register = load_register(load_settings("tensor_auditor", declared, environ))
    assert sorted(register.agents) == sorted(AGENTS)


def test_a_rule_that_somebody_loosened_is_not_intact(made):
    document = json.loads(made[POLICIES])
    rule = document["agents"]["tensor_auditor"]["rules"][0]
    rule["severity"] = "low" if rule["severity"] != "low" else "high"
    register = PolicyRegister.of(document)
    assert [name for name, each in register.agents.items() if not each.intact] == ["tensor_auditor"]


def section(made: dict[str, str]) -> str:
    """Return what the configuration says of auditing, as JSON, which is YAML."""
    return json.dumps(yaml.safe_load(made[CONFIG])["auditing"])
