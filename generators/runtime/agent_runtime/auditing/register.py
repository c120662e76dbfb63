"""The register of policies: the compiled rules of every agent, each with its digest."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from agent_runtime.errors import ConfigError
from agent_runtime.jsontext import canonical_json
from agent_runtime.rules import Rule, RuleKind, RuleSet
from agent_runtime.settings import AgentSettings
from agent_runtime.signals import Signal
from agent_runtime.values import JsonObject, JsonValue

SETTING: Final = "auditing.policies"
"""Path of the register."""


def load_register(settings: AgentSettings) -> "PolicyRegister":
    """Return the register that the setting `auditing.policies` names; empty if none does.

    Raises:
        ConfigError: it cannot be read, or a rule in it does not compile.
    """
    if not settings.declares(SETTING) or not settings.is_set(SETTING):
        return PolicyRegister()
    return PolicyRegister.load(settings.path(SETTING))


def policies_digest(entry: JsonObject) -> str:
    """Return the SHA-256 of an agent's entry without its own digest, in canonical JSON."""
    signed = {name: value for name, value in entry.items() if name != "digest"}
    return hashlib.sha256(canonical_json(signed).encode("ascii")).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentPolicies:
    """The policies of one agent.

    Attributes:
        agent: its id.
        rules: its compiled rules.
        declared: digest that the register states.
        digest: digest of what the register holds; differs if somebody changed it.
    """

    agent: str
    rules: RuleSet
    declared: str
    digest: str

    @property
    def intact(self) -> bool:
        """Whether the entry is what was compiled."""
        return self.declared == self.digest


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyRegister:
    """The policies of all agents by id."""

    agents: Mapping[str, AgentPolicies] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "PolicyRegister":
        """Read the register; one that is not there is empty.

        Raises:
            ConfigError: it cannot be read, or a rule in it does not compile.
        """
        if not path.is_file():
            return cls()
        try:
            document = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path.name}: {error}") from error
        return cls.of(document)

    @classmethod
    def of(cls, document: object) -> "PolicyRegister":
        """Read a register from its JSON document, `{"agents": {id: entry}}`.

        Raises:
            ConfigError: it is none, or a rule in it does not compile.
        """
        agents = document.get("agents") if isinstance(document, Mapping) else None
        if not isinstance(agents, Mapping):
            raise ConfigError("a register of policies has its agents by id")
        return cls(
            agents={str(name): _policies(str(name), entry) for name, entry in agents.items()}
        )


def _policies(agent: str, entry: object) -> AgentPolicies:
    if not isinstance(entry, Mapping):
        raise ConfigError(f"policies of {agent}: no JSON object")
    try:
        signals = [_signal(item) for item in _objects(entry, "signals")]
        rules = [_rule(item) for item in _objects(entry, "rules")]
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"policies of {agent}: {error!r} is missing or malformed") from error
    return AgentPolicies(
        agent=agent,
        rules=RuleSet(signals, rules),
        declared=str(entry.get("digest", "")),
        digest=policies_digest(entry),
    )


def _objects(entry: JsonObject, name: str) -> list[JsonObject]:
    items = entry[name]
    if not isinstance(items, Sequence) or not all(isinstance(item, Mapping) for item in items):
        raise TypeError(name)
    return [cast("JsonObject", item) for item in items]


def _signal(item: JsonObject) -> Signal:
    return Signal(
        str(item["name"]),
        unit=str(item["unit"]),
        low=_number(item.get("low")),
        high=_number(item.get("high")),
    )


def _number(value: JsonValue) -> float | None:
    return None if value is None else float(cast("float", value))


def _rule(item: JsonObject) -> Rule:
    target = item.get("target")
    return Rule(
        rule_id=str(item["rule_id"]),
        expression=str(item["expression"]),
        kind=cast("RuleKind", str(item["kind"])),
        severity=str(item["severity"]),
        signals=tuple(str(name) for name in cast("Sequence[str]", item["signals"])),
        source=str(item["source"]),
        text=str(item["text"]),
        target=None if target is None else str(target),
    )
