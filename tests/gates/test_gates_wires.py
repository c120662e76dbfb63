"""How gates follow objects through the syntax tree, and which forms of a wire they accept."""

import textwrap
from dataclasses import replace

import pytest

from generators.engine.gates.gate import GateResult
from generators.engine.gates.literals import number_constants
from generators.engine.gates.run import GATES
from generators.engine.gates.secrets import entropy
from generators.engine.gates.wiring import calls_on
from tests.gates.small_unit import BRIDGE, DETECTOR, FILES, INIT, MEMORY, SERVER, SmallUnit

GOVERNANCE = frozenset({"GovernanceBridge"})


def result_of(unit: SmallUnit, gate_id: str) -> GateResult:
    (gate,) = (gate for gate in GATES if gate.gate_id == gate_id)
    return gate.check(unit.read())


def methods_called(code: str) -> list[str]:
    """Return the methods that a module holding `code` calls on a governance bridge."""
    head = "from L9.core.watch.governancebridge import GovernanceBridge\n"
    unit = SmallUnit(files={**FILES, SERVER: head + textwrap.dedent(code)}).read()
    return [call.method for call in calls_on(unit, GOVERNANCE, (unit.sources[SERVER],))]


@pytest.mark.parametrize(
    "code",
    [
        "def f(bridge: GovernanceBridge) -> None:\n    bridge.observe({})",
        "def f(bridge: GovernanceBridge | None) -> None:\n    bridge.observe({})",
        "def f(bridge: 'GovernanceBridge') -> None:\n    bridge.observe({})",
        "GovernanceBridge(1).observe({})",
        "GovernanceBridge.open(1).observe({})",
        "bridge = GovernanceBridge(1)\nbridge.observe({})",
        "bridge: GovernanceBridge\nbridge.observe({})",
        "bridge: object = GovernanceBridge(1)\nbridge.observe({})",
        "first = GovernanceBridge(1)\nsecond = first\nthird = second\nthird.observe({})",
        "def make() -> GovernanceBridge:\n    return x\n\nmake().observe({})",
        "class A:\n    def m(self) -> GovernanceBridge:\n        return x\n\nA().m().observe({})",
        "class A:\n    bridge: GovernanceBridge\n\nA().bridge.observe({})",
        "def f(self):\n    self.b: GovernanceBridge = x\n    self.b.observe({})",
        "def f(b: GovernanceBridge):\n    (b or None).observe({})",
        "def f(b: GovernanceBridge):\n    (None or b).observe({})",
        "def f(b: GovernanceBridge):\n    (b if 1 else None).observe({})",
        "def f(b: GovernanceBridge):\n    (None if 1 else b).observe({})",
        "def f(b: GovernanceBridge):\n    (c := b).observe({})",
        "def f(x):\n    x._governance.observe({})",
        "from L9.core.watch.governancebridge import GovernanceBridge as G\nG(1).observe({})",
    ],
)
def test_an_object_is_followed(code: str) -> None:
    assert methods_called(code) == ["observe"]


@pytest.mark.parametrize(
    "code",
    [
        "def f(bridge: object) -> None:\n    bridge.observe({})",
        "def f(bridge) -> None:\n    bridge.observe({})",
        "Other(1).observe({})",
        "Other.open(1).observe({})",
        "bridge = Other(1)\nbridge.observe({})",
        "(lambda: 1)().observe({})",
        "(a or b).observe({})",
        "'GovernanceBridge'.observe({})",
        "def f(x):\n    x.other.observe({})",
        "observe({})",
        "x, y = GovernanceBridge(1)\nx.observe({})",
        "class A:\n    bridge: Other\n\nA().bridge.observe({})",
        "x = [GovernanceBridge(1)]\nx[0].observe({})",
    ],
)
def test_another_object_is_not(code: str) -> None:
    assert methods_called(code) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            'self._governance.audit("anomaly_flagging", trace_id)',
            "AuditLog(1, clock=2).append('x')",
        ),
        ('self._governance.audit("anomaly_flagging", trace_id)', "record_decision(1)"),
    ],
)
def test_an_audit_record_may_be_written_to_the_log_or_with_a_decision(old: str, new: str) -> None:
    head = "from agent_runtime.audit import AuditLog\nfrom agent_runtime.decisions import "
    unit = SmallUnit().with_text(DETECTOR, old, new)
    unit = replace(
        unit, files={**unit.files, DETECTOR: f"{head}record_decision\n{unit.files[DETECTOR]}"}
    )
    assert result_of(unit, "audit_logging").passed


GIVEN = "from agent_runtime.audit import AuditLog\nfrom agent_runtime.parts import AgentParts\n"
HANDED = "from agent_runtime.routing.deciding import Deciding\n"


@pytest.mark.parametrize(
    ("handed", "passes"),
    [
        ("Deciding(audit=AuditLog(1))", True),
        ("Deciding(AuditLog(1))", True),
        ("Deciding(audit=AgentParts(1).audit)", True),
        ("Deciding(audit=AgentParts(1))", False),
        ("Deciding(audit=AgentParts(1).logs)", False),
        ("Deciding(audit=audit)", False),
        ("other(AuditLog(1))", False),
    ],
)
def test_an_audit_log_may_be_handed_to_what_writes_it(handed: str, passes: bool) -> None:
    unit = SmallUnit().with_text(
        DETECTOR, 'self._governance.audit("anomaly_flagging", trace_id)', handed
    )
    files = {**unit.files, DETECTOR: GIVEN + HANDED + unit.files[DETECTOR]}
    assert result_of(replace(unit, files=files), "audit_logging").passed is passes


@pytest.mark.parametrize(
    ("handed", "passes"),
    [
        ("Deciding(governance=bridge)", True),
        ("Deciding(bridge)", True),
        ("Deciding(governance=None)", False),
        ("Other(bridge)", False),
    ],
)
def test_a_bridge_may_be_handed_to_what_calls_it(handed: str, passes: bool) -> None:
    head = "from L9.core.watch.governancebridge import GovernanceBridge\n"
    code = f"{HANDED}{head}\n\ndef f(bridge: GovernanceBridge) -> None:\n    {handed}\n"
    unit = SmallUnit(files={**FILES, DETECTOR: code})
    assert result_of(unit, "governance_bridge").passed is passes


def test_a_log_that_is_only_read_is_no_audit_record() -> None:
    unit = SmallUnit().with_text(
        DETECTOR, 'self._governance.audit("anomaly_flagging", trace_id)', "AuditLog(1).verify()"
    )
    unit = replace(
        unit,
        files={
            **unit.files,
            DETECTOR: "from agent_runtime.audit import AuditLog\n" + unit.files[DETECTOR],
        },
    )
    assert not result_of(unit, "audit_logging").passed


def test_a_recorded_decision_reaches_every_layer() -> None:
    unit = SmallUnit().with_text(
        MEMORY, "self._layers.episodic.write(sensor, score)", "record_decision(self._layers)"
    )
    assert result_of(unit, "memory_bridge_per_layer").passed


def test_a_layer_may_be_demanded() -> None:
    unit = SmallUnit().with_text(MEMORY, "_layers.episodic.write", "_layers.require_episodic().put")
    assert result_of(unit, "memory_bridge_per_layer").passed


def test_methods_of_the_bridge_may_call_each_other_in_a_circle() -> None:
    unit = SmallUnit().with_text(
        MEMORY,
        "self._layers.episodic.write(sensor, score)",
        "self._layers.episodic.write(sensor, score)\n        self.log_episode(sensor, score)",
    )
    assert result_of(unit, "memory_bridge_per_layer").passed


@pytest.mark.parametrize("path", [SERVER, DETECTOR])
def test_a_module_remembers_by_recording_a_decision(path: str) -> None:
    traits = {SERVER: ("remembers",)}
    unit = replace(SmallUnit(), traits=traits).with_more(
        SERVER, "\nfrom agent_runtime.decisions import record_decision\n\nrecord_decision(1)\n"
    )
    assert result_of(unit, "memory_bridge_per_layer").passed


def test_an_idle_bridge_remembers_nothing() -> None:
    unit = SmallUnit(files={**FILES, MEMORY: '"""Remembers nothing at all."""\n'})
    findings = result_of(unit, "memory_bridge_per_layer").findings
    assert MEMORY in [finding.place.file for finding in findings]


def test_events_may_be_published_with_a_decision() -> None:
    unit = SmallUnit().with_text(
        DETECTOR, 'self._publisher.publish("anomaly")', "record_decision()"
    )
    head = "from agent_runtime.decisions import record_decision\n"
    unit = replace(unit, files={**unit.files, DETECTOR: head + unit.files[DETECTOR]})
    assert result_of(unit, "events_published").passed


@pytest.mark.parametrize(
    "ask",
    [
        "(self._flags or Flags()).enabled('X')",
        "Flags.from_environ({})",
        "self._flags.require('X')",
    ],
)
def test_forms_of_asking_a_flag(ask: str) -> None:
    unit = SmallUnit().with_text(
        DETECTOR, 'self._flags.enabled("L9_ENABLE_GOVERNANCE_ENFORCEMENT")', ask
    )
    result = result_of(unit, "flags_applied")
    assert result.passed
    assert result.evidence["asked"] == 1


GUARD = 'finite_vector(readings, name="readings")'
DELEGATED = """

from agent_runtime.domains import Domain


class Scope:
    \"\"\"Delegates the check to the runtime.\"\"\"

    def __init__(self) -> None:
        self._domain = Domain()

    def pairs(self, name: str) -> int:
        \"\"\"Return pairs.

        Raises:
            InputBoundsError: the name cannot be used.
        \"\"\"
        return self._domain.pairs(name)
"""


def test_an_input_may_be_checked_by_a_shape() -> None:
    unit = (
        SmallUnit()
        .with_text(DETECTOR, GUARD, "readings")
        .with_more(
            DETECTOR,
            "\nfrom agent_runtime.shapes.anomaly import Ask\n\n"
            "def f(ask: Ask) -> int:\n    return 1\n",
        )
    )
    assert result_of(unit, "guards_present").passed


def test_an_input_may_be_parsed_as_a_packet() -> None:
    unit = (
        SmallUnit()
        .with_text(DETECTOR, GUARD, "parse_packet(readings)")
        .with_more(DETECTOR, "\nfrom agent_runtime.packets import parse_packet\n")
    )
    assert result_of(unit, "guards_present").passed


def test_an_input_may_be_checked_by_a_guarded_sibling() -> None:
    traits = {INIT: ("guarded_input",), DETECTOR: ("guarded_input",)}
    unit = replace(SmallUnit(), traits=traits).with_text(DETECTOR, GUARD, "rows_of(readings)")
    unit = unit.with_more(DETECTOR, "\nfrom L9.core.watch import rows_of\n").with_more(
        INIT,
        "\nfrom agent_runtime.guards import within\n\n\ndef rows_of(x: int) -> float:\n"
        "    return within(x, 0, 1, 'x')\n",
    )
    assert result_of(unit, "guards_present").passed


@pytest.mark.parametrize("refusal", ["InputBoundsError", "PacketError"])
def test_an_input_may_be_checked_by_a_runtime_object_that_refuses_it(refusal: str) -> None:
    refusing = DELEGATED.replace("InputBoundsError", refusal)
    unit = SmallUnit().with_text(DETECTOR, GUARD, "readings").with_more(DETECTOR, refusing)
    assert result_of(unit, "guards_present").passed


def test_a_runtime_object_in_a_function_that_refuses_nothing_is_no_check() -> None:
    harmless = DELEGATED.replace("InputBoundsError: the name", "KeyError: the name")
    unit = SmallUnit().with_text(DETECTOR, GUARD, "readings").with_more(DETECTOR, harmless)
    assert not result_of(unit, "guards_present").passed


def test_a_unit_without_a_bridge_is_governed_by_governance_itself() -> None:
    unit = replace(
        SmallUnit(plan_paths=(DETECTOR,), facts=type(SmallUnit().facts)()),
        traits={DETECTOR: ("governed",)},
        files={
            DETECTOR: "from agent_runtime.governance import Governance\n\n"
            "def f(g: Governance) -> None:\n    g.escalate(1)\n"
        },
    )
    result = result_of(unit, "governance_bridge")
    assert result.passed
    assert result.places == (f"{DETECTOR}:4",)


def test_keyspaces_may_carry_the_prefix_of_the_collection() -> None:
    unit = SmallUnit().with_text(MEMORY, '"watch:working:"', '"l9_x:watch:working:*"')
    assert result_of(unit, "memory_declared").passed
    other = SmallUnit().with_text(MEMORY, '"watch:working:"', '"xwatch:working:*"')
    assert not result_of(other, "memory_declared").passed


def test_time_outs_may_stand_in_seconds_and_retention_too() -> None:
    unit = SmallUnit().with_text(SERVER, "timeout_ms=250", "timeout_s=0.25")
    assert result_of(unit, "endpoints_declared").passed
    unit = SmallUnit().with_text(MEMORY, "90.0", "7_776_000")
    assert result_of(unit, "memory_declared").passed


def test_a_truth_value_is_no_number() -> None:
    source = SmallUnit().with_text(SERVER, "=250", "=True, size=2").read().sources[SERVER]
    assert number_constants([source]) == {2.0: f"{SERVER}:5"}


def test_a_rule_in_a_docstring_is_no_rule() -> None:
    unit = (
        SmallUnit()
        .with_text(BRIDGE, '"R-watch-01"', '"R"')
        .with_text(BRIDGE, "Record an action of the audit scope.", "R-watch-01")
    )
    assert not result_of(unit, "escalation").passed


@pytest.mark.parametrize(("text", "bits"), [("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0)])
def test_entropy_counts_bits_a_character(text: str, bits: float) -> None:
    assert entropy(text) == bits


@pytest.mark.parametrize(
    "address",
    [
        "x://a:b@host",
        "x://a:b@host/path",
        "x://a:b@db.example",
        "x://a:b@example.com",
        "x://a:b@db.example.com",
        "x://a:b@one.test",
        "x://a:b@one.invalid",
        "x://${USER}:${PW}@db.internal",
    ],
)
def test_addresses_of_examples_are_no_secrets(address: str) -> None:
    assert result_of(SmallUnit().with_more(DETECTOR, f"X = '{address}'\n"), "no_secret").passed


@pytest.mark.parametrize(
    "address", ["x://a:b@host:80", "x://a:b@host.internal", "x://a:b@hosts", "x://a:b@example.org"]
)
def test_other_addresses_with_a_password_are(address: str) -> None:
    assert not result_of(SmallUnit().with_more(DETECTOR, f"X = '{address}'\n"), "no_secret").passed
