"""Which wirings integration tests walk, where their files go, and how results are counted."""

import json
from pathlib import Path

import msgspec
import pytest

from generators.engine.build.failure import SaidNoError
from generators.engine.build.integration_edges import probe_of
from generators.engine.build.steps_integrate import judge_integration
from generators.engine.evidence.edge_matrix import pass_ratio
from generators.engine.evidence.records import EdgeProbe, IntegrateRecord
from generators.engine.patterns.context import Target
from generators.engine.patterns.library import Library
from generators.engine.patterns.pattern import Pattern, parse_pattern
from generators.engine.plan.edges import edge_at, served_agents, server_role, wired_edges
from generators.engine.plan.plan_system import plan_system
from generators.engine.plan.unit_plan import PlannedFile, UnitPlan
from generators.engine.shell.environment import read_settings

POINTER = "glue#/wirings/0"
CALL = {"from_agent": "desk", "to_agent": "floor", "connection_type": "api_call"}
GLUE = {"wirings": [{**CALL, "method_names": ["look", "ask"]}]}


def system_pattern(pattern_id: str, **fields: str) -> Pattern:
    data = {"id": pattern_id, "version": "1.0", "kind": "system", "title": "tests", **fields}
    return parse_pattern(data, templates={}, params_schema={}, compute=lambda _context: {})


def file(pattern_id: str, **fields: str) -> PlannedFile:
    given = {
        "path": f"L9/{pattern_id}.py",
        "role": "module",
        "template": "module.py.j2",
        "pattern": f"{pattern_id}@1.0",
        "stem": pattern_id,
        "purpose": "tests",
        "pointer": POINTER,
        "origin": "meta",
        "module": "",
        **fields,
    }
    return PlannedFile(imports=(), traits=(), **given)


def unit(name: str, *pattern_ids: str, speaks_to: str = "", **fields: object) -> UnitPlan:
    target = Target(name=speaks_to, label=speaks_to, agents=(speaks_to,), shared=False)
    given = {
        "unit_id": name,
        "kind": "agent",
        "label": name,
        "rootpath": f"L9/{name}",
        "sequence": 1,
        "hard": (),
        "soft": (),
        "files": tuple(file(each) for each in pattern_ids),
        "questions": (),
        "blocked_by": (),
        "deferred": None,
        "manifest": None,
        "line_counts": {},
        "targets": {"client": target} if speaks_to else {},
        **fields,
    }
    return UnitPlan(**given)


DESK = unit("desk", "api_server", speaks_to="floor")
FLOOR = unit("floor", "api_server")


def probe(steps: int, steps_passed: int, failures: int = 0, failures_passed: int = 0) -> EdgeProbe:
    return EdgeProbe(
        path="L9/tests/codegen_integration/test_a_calls_b.py",
        caller="a",
        callee="b",
        connection="api_call",
        steps=steps,
        steps_passed=steps_passed,
        failures=failures,
        failures_passed=failures_passed,
        messages=("test_x: boom",) if steps + failures > steps_passed + failures_passed else (),
    )


def record(*edges: EdgeProbe) -> IntegrateRecord:
    return IntegrateRecord(imports=(), edges=edges)


def test_an_edge_is_a_wiring_whose_agents_are_served_and_whose_caller_has_a_client() -> None:
    (edge,) = wired_edges(GLUE, [DESK, FLOOR])
    assert (edge.caller, edge.callee, edge.connection) == ("desk", "floor", "api_call")
    assert edge.names == ("look", "ask")
    assert edge_at(GLUE, edge.pointer) == edge


@pytest.mark.parametrize(
    "units",
    [
        [DESK],
        [DESK, unit("floor")],
        [DESK, unit("floor", "api_server", deferred="later")],
        [DESK, unit("floor", "api_server", blocked_by=("broken",))],
        [unit("desk", "api_server"), FLOOR],
    ],
    ids=["no callee", "not served", "deferred", "blocked", "no client"],
)
def test_other_wirings_are_no_edges(units: list[UnitPlan]) -> None:
    assert wired_edges(GLUE, units) == ()


def test_an_observed_agent_needs_no_client_and_an_unknown_connection_is_no_edge() -> None:
    desk = unit("desk", "api_server")
    events = {**CALL, "connection_type": "event_observe", "event_subscriptions": ["looked"]}
    (edge,) = wired_edges({"wirings": [events]}, [desk, FLOOR])
    assert edge.names == ("looked",)
    assert wired_edges({"wirings": [{**CALL, "connection_type": "x"}, 1]}, [DESK, FLOOR]) == ()
    assert served_agents([desk, FLOOR, unit("other")]) == ("desk", "floor")


@pytest.mark.parametrize(
    ("patterns", "role"),
    [
        (["controller", "config_manager"], "controller"),
        (["controller", "api_server", "config_manager"], "api_server"),
        (["controller"], ""),
        (["link_scorer"], ""),
    ],
)
def test_a_controller_serves_where_no_api_server_does_and_there_are_settings(
    patterns: list[str], role: str
) -> None:
    assert server_role(patterns) == role
    assert served_agents([unit("desk", *patterns)]) == (("desk",) if role else ())


@pytest.mark.parametrize(("served", "made"), [(("desk", "floor"), 1), (("desk",), 0)])
def test_a_test_of_all_agents_is_made_where_there_are_two(
    served: tuple[str, ...], made: int
) -> None:
    library = Library.of([system_pattern("all", path="L9/all.py", each="system")])
    unit_plan = plan_system("house", served, library, "L9", served=served)
    assert len(unit_plan.files if unit_plan else ()) == made


@pytest.mark.parametrize("pointer", ["meta#system_config", "Probe#/wirings/0"])
def test_a_pointer_elsewhere_is_no_edge(pointer: str) -> None:
    assert edge_at(GLUE, pointer) is None


def test_a_pattern_for_each_edge_makes_a_test_an_edge_of_its_connection_type() -> None:
    path = "{namespace}/tests/codegen_integration/test_{caller}_calls_{callee}.py"
    library = Library.of(
        [
            system_pattern("calls", path=path, each="api_call"),
            system_pattern("packets", path="{namespace}/p.py", each="packet_send"),
            system_pattern("config", path="{namespace}/{collection}.yaml"),
        ]
    )
    edges = wired_edges(GLUE, [DESK, FLOOR])
    made = plan_system("house", ("desk", "floor"), library, "L9", edges=edges)
    assert made is not None
    assert [(f.path, f.role, f.pointer, f.imports) for f in made.files] == [
        (
            "L9/tests/codegen_integration/test_desk_calls_floor.py",
            "integration",
            POINTER,
            ("agent_runtime", "pytest"),
        ),
        ("L9/house.yaml", "config", "meta#config", ()),
    ]


def test_results_are_counted_by_edge_with_the_reason_of_what_did_not_pass() -> None:
    path = "L9/calls.py"
    raw = {
        "tests": [
            {"path": path, "name": "a", "kinds": ["positive"], "outcome": "passed"},
            {"path": path, "name": "b", "kinds": ["positive"], "outcome": "failed",
             "message": "x\nE  boom"},
            {"path": path, "name": "c", "kinds": ["negative"], "outcome": "passed"},
            {"path": "L9/other.py", "name": "d", "kinds": ["negative"], "outcome": "failed"},
        ],
        "errors": [],
    }  # fmt: skip
    found = probe_of(file("calls"), raw, GLUE)
    assert (found.caller, found.callee, found.connection) == ("desk", "floor", "api_call")
    assert (found.steps, found.steps_passed, found.failures, found.failures_passed) == (2, 1, 1, 1)
    assert found.messages == ("b: E  boom",)
    assert not found.passed


def test_a_file_that_cannot_be_collected_did_not_pass() -> None:
    raw = {"tests": [], "errors": [{"path": "L9/calls.py", "message": "no module x"}]}
    found = probe_of(file("calls", pointer="meta#flows"), raw, GLUE)
    assert (found.caller, found.connection, found.passed) == ("", "tests", False)
    assert found.messages == ("L9/calls.py: no module x",)
    assert pass_ratio(record(found)) == 0.0


def test_the_ratio_is_that_of_all_tests() -> None:
    assert pass_ratio(record(probe(4, 4, 6, 5), probe(10, 10))) == 0.95
    assert pass_ratio(record()) == 1.0


@pytest.mark.parametrize(("passed", "fails"), [(89, True), (90, False)])
def test_below_nine_tenths_the_verdict_is_no(tmp_path: Path, passed: int, fails: bool) -> None:
    stage = tmp_path / "house/.stage/records"
    stage.mkdir(parents=True)
    content = msgspec.json.encode(record(probe(100, passed)))
    (stage / "integrate.json").write_bytes(content)
    assert json.loads(content)["edges"]
    settings = read_settings({"CODEGEN_OUT": str(tmp_path)})
    if fails:
        with pytest.raises(SaidNoError, match=r"89\.0% of the integration tests of house passed"):
            judge_integration(settings, "house", "house")
    else:
        assert judge_integration(settings, "house", "house") == {}
