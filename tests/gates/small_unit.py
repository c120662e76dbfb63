"""A small agent that passes every gate, and the ways to break it, for the tests of gates."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from generators.engine.gates.facts import DocFigure, Promise, UnitFacts
from generators.engine.gates.gate import GateInput, read_unit
from generators.engine.model.agent import Endpoint, MemoryLayer
from generators.engine.model.ruling import RuleSpec
from generators.engine.names import Identifier
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan

ROOT = "L9/core/watch"
PACKAGE = "L9.core.watch"
BRIDGE = f"{ROOT}/governancebridge.py"
MEMORY = f"{ROOT}/memorybridge.py"
PUBLISHER = f"{ROOT}/eventpublisher.py"
DETECTOR = f"{ROOT}/detector.py"
SERVER = f"{ROOT}/apiserver.py"
INIT = f"{ROOT}/__init__.py"
SPEC = f"{ROOT}/API_SPEC.md"
TESTS = "L9/tests/core/watch/test_detector.py"

_FILES = {
    INIT: '"""Watches sensors for readings unlike the recent past."""\n',
    BRIDGE: '''
        """Applies the rules of the schema and audits what it asks to audit."""

        from agent_runtime.governance import Governance
        from agent_runtime.policy import Anchor, Policy
        from agent_runtime.rules import Rule
        from L9.core.governance import Escalation

        RULES = (
            Rule(rule_id="R-watch-01", expression="anomaly_score > 0.95", kind="policy"),
            Rule(rule_id="R-watch-02", expression="sensor_lost", kind="trigger"),
        )
        POLICY = Policy(
            anchors=(Anchor(name="Igor"),),
            audit_scope=("anomaly_flagging",),
            compliance_auditor="L9/governance/audit_watch.py",
        )


        class GovernanceBridge:
            """What the agent's modules call to be governed."""

            def __init__(self, governance: Governance) -> None:
                self._governance = governance

            def observe(self, values: dict[str, float], trace_id: str) -> tuple[Escalation, ...]:
                """Escalate what lies beyond a rule."""
                return self._governance.observe(values, subject="watch", trace_id=trace_id)

            def audit(self, action: str, trace_id: str) -> None:
                """Record an action of the audit scope."""
                self._governance.audit(action, subject="watch", detail={}, trace_id=trace_id)
        ''',
    MEMORY: '''
        """Gives the agent's modules one method a memory layer."""

        from agent_runtime.memory.layers import MemoryLayers

        KEYSPACE = "watch:working:"
        TTL_SECONDS = 3600.0
        RETENTION_DAYS = 90.0
        INDEX = ("station",)


        class MemoryBridge:
            """What the agent remembers."""

            def __init__(self, layers: MemoryLayers) -> None:
                self._cache = layers.working
                self._layers = layers

            def cache(self, key: str, value: float) -> None:
                """Keep a value for an hour."""
                self._cache.put(key, value)

            def log_episode(self, sensor: str, score: float) -> None:
                """Log what was decided."""
                self._write(sensor, score)

            def _write(self, sensor: str, score: float) -> None:
                self._layers.episodic.write(sensor, score)
        ''',
    PUBLISHER: '''
        """Publishes what the agent decides."""

        from agent_runtime.bus import EventBus


        class EventPublisher:
            """Publishes on the agent's topic."""

            def __init__(self, bus: EventBus) -> None:
                self._bus = bus

            def publish(self, event_type: str) -> str:
                """Publish one event."""
                return self._bus.publish("watch", {"event_type": event_type}, key="watch")
        ''',
    DETECTOR: '''
        """Ranks readings by how unlike the recent past they are."""

        from typing import Protocol

        import numpy as np

        from agent_runtime.errors import InputBoundsError
        from agent_runtime.flags import Flags
        from agent_runtime.guards import checked_output, finite_vector
        from L9.core.watch.eventpublisher import EventPublisher
        from L9.core.watch.governancebridge import GovernanceBridge
        from L9.core.watch.memorybridge import MemoryBridge

        READINGS_TOTAL = "watch_readings_total"


        class Forest(Protocol):
            """Scores readings."""

            def score(self, values: list[float]) -> list[float]:
                """Return a score for each value."""
                ...


        class Detector:
            """Escalates readings beyond the declared threshold."""

            def __init__(
                self,
                forest: Forest,
                governance: GovernanceBridge,
                memory: MemoryBridge,
                publisher: EventPublisher,
                flags: Flags,
            ) -> None:
                self._forest = forest
                self._governance = governance
                self._memory = memory
                self._publisher = publisher
                self._flags = flags

            def detect(self, readings: list[float], trace_id: str) -> list[float]:
                """Score each reading; 1.0 is most unlike.

                Raises:
                    InputBoundsError: a reading is not finite.
                """
                checked = finite_vector(readings, name="readings")
                try:
                    scores = self._forest.score(np.asarray(checked).tolist())
                except ValueError as error:
                    raise InputBoundsError(str(error)) from error
                if self._flags.enabled("L9_ENABLE_GOVERNANCE_ENFORCEMENT"):
                    self._governance.observe({"anomaly_score": max(scores)}, trace_id)
                self._governance.audit("anomaly_flagging", trace_id)
                self._memory.cache("last", max(scores))
                self._memory.log_episode("sensor", max(scores))
                self._publisher.publish("anomaly")
                return checked_output(scores, low=0.0, high=1.0, name="scores")
        ''',
    SERVER: '''
        """Serves the agent's endpoints."""

        from agent_runtime.service import Endpoint

        DETECT = Endpoint(name="detect", path="/watch/v6/detect", method="POST", timeout_ms=250)
        ''',
    SPEC: """
        # Endpoints of Watch

        Requests and answers are JSON. An error is a problem document with a title, a status and
        the trace id of the request, so that the audit log and the answer can be brought together.

        | endpoint | method | path | time-out |
        |---|---|---|---|
        | detect | POST | /watch/v6/detect | 250 ms |

        ## Detect

        Ranks readings. The rules escalate a score above 0.95 to the anchors.

        ```
        # POST /watch/v6/detect
        ```
        """,
    TESTS: '''
        """What the detector promises."""

        import pytest

        from agent_runtime.testing import AgentBench
        from L9.core.watch.detector import Detector

        RULE_CASES = {"R-watch-01": 0.96, "R-watch-02": 1.0}


        def bench_of(score: float) -> AgentBench:
            """Return a bench whose forest always answers `score`."""
            return AgentBench(score)


        def assert_escalates(score: float) -> None:
            """Check that a score reaches the anchors."""
            assert bench_of(score).escalations.pending()


        @pytest.mark.positive
        def test_detect_escalates_what_a_rule_names() -> None:
            for score in RULE_CASES.values():
                assert_escalates(score)


        @pytest.mark.negative
        def test_detect_escalates_nothing_below_the_rules() -> None:
            for rule in RULE_CASES:
                assert not bench_of(0.5).escalations.pending(), rule


        @pytest.mark.positive
        def test_readings_are_cached_logged_and_counted() -> None:
            bench = bench_of(0.5)
            Detector(bench).detect([1.0], "t")
            assert bench.layers.working.get("last") == 0.5
            assert len(bench.layers.episodic.all()) == 1
            assert bench.metric("watch_readings_total") == 1


        @pytest.mark.negative
        def test_refused_readings_leave_no_trace() -> None:
            bench = bench_of(0.5)
            with pytest.raises(ValueError):
                Detector(bench).detect([float("nan")], "t")
            assert bench.layers.working.get("last") is None
            assert not bench.layers.episodic.all()
        ''',
}

FILES: Mapping[str, str] = {
    path: textwrap.dedent(text).removeprefix("\n") for path, text in _FILES.items()
}

_ALLOWED = ("agent_runtime", PACKAGE, "L9.core.governance")
_GUARDED = ("guarded_input", "guarded_output")
_PLANNED = {
    INIT: ("module", "package_init", (), ()),
    BRIDGE: ("module", "governance_bridge", ("governed", "audited"), ()),
    MEMORY: ("module", "memory_bridge", ("remembers",), ()),
    PUBLISHER: ("module", "event_publisher", ("publishes",), ()),
    DETECTOR: (
        "module",
        "anomaly_detector",
        ("governed", "audited", "remembers", "publishes", "flagged", *_GUARDED),
        ("numpy",),
    ),
    SERVER: ("module", "api_server", (), ()),
    SPEC: ("doc", "api_spec", (), ()),
    TESTS: ("test", "anomaly_detector", (), ("pytest",)),
}


def planned(path: str) -> PlannedFile:
    """Return what the plan says of one file of the small unit."""
    role, pattern, traits, extra = _PLANNED[path]
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return PlannedFile(
        path=path,
        role=role,
        template="module.py.j2",
        pattern=f"{pattern}@1.0",
        stem=path.rsplit("/", 1)[-1].rsplit(".", 1)[0],
        purpose="",
        pointer=f"Watch#/cursorinstructions/generatefiles/{list(_PLANNED).index(path)}",
        origin="generatefiles",
        module=module if role == "module" else "",
        imports=(*_ALLOWED, *extra) if path.endswith(".py") else (),
        traits=traits,
    )


def _rule(rule_id: str, expression: str, signal: str, kind: str = "policy") -> RuleSpec:
    return RuleSpec(
        rule_id=rule_id,
        kind=kind,
        severity="high",
        expression=expression,
        signals=(signal,),
        pointer="/governance/escalationpolicy",
        text=expression,
        target=None,
        fires={signal: True},
        holds=({signal: False},),
    )


def _layer(name: str, **values: object) -> MemoryLayer:
    layer = MemoryLayer(
        name=name,
        storage_type="redis_cluster",
        purpose="",
        keyspace=None,
        ttl_seconds=None,
        retention_days=None,
        index_by=(),
        pointer="",
    )
    return replace(layer, **values)


_BOTH = ("positive", "negative")
FACTS = UnitFacts(
    anchors=("Igor",),
    compliance_auditor="L9/governance/audit_watch.py",
    audit_scope=("anomaly_flagging",),
    policy={"mode": "hybrid", "audit_scope": ("anomaly_flagging",)},
    rules=(
        _rule("R-watch-01", "anomaly_score > 0.95", "anomaly_score"),
        _rule("R-watch-02", "sensor_lost", "sensor_lost", "trigger"),
    ),
    endpoints=(
        Endpoint(
            name=Identifier("detect"),
            path="/watch/v6/detect",
            method="POST",
            timeout_ms=250,
            auth=None,
            pointer="/deployment/endpoints/0",
        ),
    ),
    memory=(
        _layer("workingmemory", keyspace="watch:working:*", ttl_seconds=3600.0),
        _layer("episodicmemory", retention_days=90.0, index_by=("station",)),
    ),
    metrics=("watch_readings_total",),
    links=("L9.core.governance",),
    promises=(
        Promise(kind="endpoint", name="detect", words=("detect", "/watch"), needs=_BOTH),
        Promise(kind="rule", name="R-watch-01", words=("R-watch-01",), needs=_BOTH),
        Promise(kind="memory layer", name="episodic", words=("episodic",), needs=_BOTH),
        Promise(kind="metric", name="x", words=("watch_readings_total",), needs=("positive",)),
    ),
    figures=(
        DocFigure(stem="API_SPEC", label="path of detect", texts=("/watch/v6/detect",)),
        DocFigure(stem="API_SPEC", label="time-out of detect", texts=("250",)),
        DocFigure(stem="CONFIG", label="what no listed document shows", texts=("?",)),
    ),
)

FLAGS = {
    f"L9_ENABLE_{name}": True
    for name in (
        "CODEGEN_STRICT_MODE",
        "GOVERNANCE_ENFORCEMENT",
        "MEMORY_SUBSTRATE_VALIDATION",
        "DEPENDENCY_VALIDATION",
        "TEST_GENERATION",
        "EXTRACTION_PHASES",
        "EVIDENCE_REPORTING",
    )
}


@dataclass(frozen=True, kw_only=True)
class SmallUnit:
    """The small unit, changed in some way before the gates look at it."""

    files: Mapping[str, str] = field(default_factory=lambda: dict(FILES))
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: UnitFacts = FACTS
    flags: Mapping[str, bool] = field(default_factory=lambda: dict(FLAGS))
    floors: Mapping[str, float] = field(default_factory=dict)
    lines: Mapping[str, int | None] = field(default_factory=dict)
    plan_paths: tuple[str, ...] = tuple(_PLANNED)
    rootpath: str = ROOT

    def with_text(self, path: str, old: str, new: str) -> "SmallUnit":
        """Return the unit with the one occurrence of `old` in a file replaced."""
        text = self.files[path]
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {path}"
        return replace(self, files={**self.files, path: text.replace(old, new)})

    def with_more(self, path: str, text: str) -> "SmallUnit":
        """Return the unit with `text` added at the end of a file."""
        old = self.files.get(path, "")
        return replace(self, files={**self.files, path: old + textwrap.dedent(text)})

    def with_facts(self, **facts: object) -> "SmallUnit":
        """Return the unit with other facts of the schema."""
        return replace(self, facts=replace(self.facts, **facts))

    def without(self, path: str) -> "SmallUnit":
        """Return the unit without one of its files."""
        return replace(self, files={p: t for p, t in self.files.items() if p != path})

    def read(self) -> GateInput:
        """Return it as gates get it; line counts are those of the files unless given."""
        counts = {path: len(text.splitlines()) for path, text in self.files.items()}
        counts.update({path: n for path, n in self.lines.items() if n is not None})
        files = tuple(
            replace(planned(path), traits=self.traits.get(path, planned(path).traits))
            for path in self.plan_paths
        )
        plan = UnitPlan(
            unit_id="watch",
            kind="agent",
            label="Watch",
            rootpath=self.rootpath,
            sequence=1,
            hard=(),
            soft=(),
            files=files,
            questions=(),
            blocked_by=(),
            deferred=None,
            manifest=None,
            line_counts={p: n for p, n in counts.items() if self.lines.get(p, n) is not None},
        )
        return read_unit(plan, self.files, facts=self.facts, flags=self.flags, floors=self.floors)
