"""The checklist: each item is answered from its record; without one it is open, never passed."""

import json
from collections.abc import Callable

import pytest

from generators.engine.evidence.checklist import ChecklistError, ChecklistItem
from generators.engine.evidence.phases import PhaseError

AGENT = "sensor_watch"
STAGE = f".stage/{AGENT}"
GATE, TEST = f"{STAGE}/records/gate.json", f"{STAGE}/records/test.json"
MASTER = ".stage/meta/meta.codegen.schema.json"
CHECKLIST = ".stage/meta/meta.validation.checklist.json"
INTEGRATE = ".stage/records/integrate.json"
BASELINE = ".stage/records/baseline.json"
INSTALLED = f"{STAGE}/installed.json"
SCHEMA = f"{STAGE}/schema.json"
README = "L9/agents/sensor_watch/README.md"


def _item(case, item_id: str) -> ChecklistItem:
    return next(item for item in case.composed().matter.items if item.item_id == item_id)


def test_every_item_of_the_template_is_answered_with_yes(case) -> None:
    items = case.composed().matter.items
    template = json.loads(case.files[CHECKLIST])
    asked = [item["id"] for phase in template["phases"] for item in phase["items"]]
    assert [item.item_id for item in items] == asked
    assert len(asked) > 50
    assert {item.holds for item in items} == {True}
    assert all(item.proof for item in items)


def test_every_agent_is_asked_every_item(five) -> None:
    items = five.composed().matter.items
    assert len(items) % 5 == 0
    assert {item.unit for item in items} == {
        "tensoraios",
        "main_agent",
        "plastos_adapter",
        "tensor_trainer",
        "tensor_auditor",
    }


def test_deferred_agents_are_not_asked(five) -> None:
    five.edit(".stage/tensor_auditor/plan.json", lambda d: d.update(deferred="later"))
    assert "tensor_auditor" not in {item.unit for item in five.composed().matter.items}


def _pop_test(word: str) -> Callable[[dict], None]:
    def change(document: dict) -> None:
        document["tests"] = [t for t in document["tests"] if word not in t["name"]]

    return change


def _fail_test(word: str) -> Callable[[dict], None]:
    def change(document: dict) -> None:
        next(t for t in document["tests"] if word in t["name"])["outcome"] = "failed"

    return change


NO = [
    ("target_writable", BASELINE, lambda d: d.update(writable={"a": True, "b": False}), "b"),
    (
        "hard_dependencies_built",
        f"{STAGE}/plan.json",
        lambda d: d.update(hard=["nobody"]),
        "1 of 1 hard dependency not: nobody",
    ),
    (
        "soft_dependencies_known",
        ".stage/findings.json",
        None,
        "1 of 3 soft dependencies not: unknown soft dependency",
    ),
    (
        "memory_configured",
        MASTER,
        lambda d: d["memory"].pop("working"),
        "1 of 2 memory layers not: workingmemory (no store)",
    ),
    (
        "anchors_configured",
        MASTER,
        lambda d: d["governance"]["anchors"].pop(0),
        "1 of 1 anchor not: Igor (no channel)",
    ),
    ("flags_known", MASTER, lambda d: d.update(feature_flags={}), "0 flags: "),
    (
        "imports_resolve",
        INTEGRATE,
        lambda d: d["imports"][0].update(passed=False, message="boom"),
        "L9.agents.sensor_watch.anomaly_detector (boom)",
    ),
    ("type_hints", f"{STAGE}/records/typecheck.json", lambda d: d.update(passed=False), "mypy"),
    (
        "error_handling",
        f"{STAGE}/records/lint.json",
        lambda d: d.update(
            violations=[{"path": "a.py", "line": 3, "column": 1, "code": "BLE001", "message": "m"}]
        ),
        "a.py:3 BLE001",
    ),
    (
        "escalation_wired",
        SCHEMA,
        lambda d: d["schema"]["governance"].update(escalationpolicy="- deal_value > threshold\n"),
        "1 of 4 rules not: deal_value > threshold (no value for deal_value)",
    ),
    (
        "generatefiles_match",
        INSTALLED,
        lambda d: d["files"].pop("repo/L9/agents/sensor_watch/api_server.py"),
        "L9/agents/sensor_watch/api_server.py is missing",
    ),
    (
        "generatedocs_match",
        INSTALLED,
        lambda d: d["files"].pop(f"repo/{README}"),
        f"{README} is missing",
    ),
    (
        "links_match",
        INTEGRATE,
        lambda d: d["links"][0].update(passed=False, message="no name x"),
        "(no name x)",
    ),
    ("links_match", INTEGRATE, lambda d: d["links"].pop(0), "(not probed)"),
    (
        "anchors_match",
        SCHEMA,
        lambda d: d["schema"]["governance"].update(anchors=["Igor", "Nobody"]),
        "1 of 2 anchors not: Nobody is not in the code",
    ),
    (
        "audit_scope_match",
        SCHEMA,
        lambda d: d["schema"]["governance"].update(auditscope=["unheard_of"]),
        "unheard_of is not in the code",
    ),
    (
        "escalation_policy_match",
        SCHEMA,
        lambda d: d["schema"]["governance"].update(
            escalationpolicy="".join(f"- inference_latency > {n}ms\n" for n in range(1, 10))
        ),
        "R-sensor_watch-06 is not in the code",
    ),
    (
        "integration_dependencies",
        INTEGRATE,
        lambda d: d["services"][0].update(passed=False, status=503),
        "GET /sensor_watch/v6/status: 503",
    ),
    (
        "report_sections",
        CHECKLIST,
        lambda d: d["phases"][5]["items"][0].update(minimum=11),
        "10 sections of at least 11",
    ),
    (
        "notifications",
        MASTER,
        lambda d: d["governance"]["anchors"][0].update(channels=[]),
        "1 of 1 anchor not: Igor",
    ),
    (
        "manifest",
        f"manifests/{AGENT}_manifest.json",
        lambda d: d["files"].pop(0),
        "is not listed as installed",
    ),
    (
        "manifest",
        f"manifests/{AGENT}_manifest.json",
        lambda d: d["files"].append({"path": "x.py", "sha256": "0"}),
        "x.py is listed but not installed",
    ),
    (
        "manifest",
        f"manifests/{AGENT}_manifest.json",
        lambda d: d["files"][0].update(sha256="0"),
        "is not listed as installed",
    ),
    *(
        (item_id, TEST, _fail_test(word), "did not pass, for example test_")
        for item_id, word in (
            ("input_validation", "refused"),
            ("rate_limits", "rate_limit"),
            ("output_bounds", "within"),
            ("no_nan_or_infinity", "nan"),
            ("output_consistency", "equal_output"),
            ("audit_everywhere", "audit"),
            ("immutable_trail", "chain"),
            ("integration_memory", "semantic_memory"),
            ("integration_escalation", "anchors"),
            ("episodic_logging", "episode"),
            ("regression", "replays"),
        )
    ),
]


@pytest.mark.parametrize(("item_id", "path", "change", "proof"), NO)
def test_answered_with_no(case, item_id: str, path: str, change, proof: str) -> None:
    if change is None:
        found = {"code": "MD1", "severity": "warning", "message": "unknown soft dependency"}
        place = {"file": "f", "line": 1, "column": 1, "repair": "r"}
        where = {"agent": AGENT, "pointer": "/depends_on/soft/0"}
        case.edit_list(path, [{**found, **place, **where}])
    else:
        case.edit(path, change)
    item = _item(case, item_id)
    assert item.holds is False
    assert proof in item.proof


OPEN = [
    ("target_writable", BASELINE),
    ("files_generated", INSTALLED),
    ("generatefiles_match", INSTALLED),
    ("no_unplanned_file", INSTALLED),
    ("imports_resolve", INTEGRATE),
    ("links_match", INTEGRATE),
    ("integration_dependencies", INTEGRATE),
    ("type_hints", f"{STAGE}/records/typecheck.json"),
    ("error_handling", f"{STAGE}/records/lint.json"),
    ("coverage", TEST),
    ("input_validation", TEST),
    ("no_todo", GATE),
    ("governance_bridge", GATE),
    ("manifest", f"manifests/{AGENT}_manifest.json"),
]


@pytest.mark.parametrize(("item_id", "path"), OPEN)
def test_missing_record_leaves_the_item_open(case, item_id: str, path: str) -> None:
    del case.files[path]
    assert _item(case, item_id).holds is None


@pytest.mark.parametrize(
    ("item_id", "word"),
    [("rate_limits", "rate_limit"), ("no_nan_or_infinity", "nan"), ("regression", "replays")],
)
def test_item_without_any_test_is_open(case, item_id: str, word: str) -> None:
    case.edit(TEST, _pop_test(word))
    item = _item(case, item_id)
    assert item.holds is None
    assert item.proof.endswith(")")
    assert "no test shows it" in item.proof


def test_positive_tests_do_not_prove_a_refusal(case) -> None:
    case.edit(TEST, lambda d: [t.update(kinds=["positive"]) for t in d["tests"]])
    assert _item(case, "rate_limits").holds is None


def test_nothing_probed_of_the_agent_is_open(case) -> None:
    case.edit(INTEGRATE, lambda d: d.update(imports=[], services=[]))
    assert _item(case, "imports_resolve").holds is None
    assert _item(case, "integration_dependencies").holds is None


def test_nothing_known_to_be_writable_is_open(case) -> None:
    case.edit(BASELINE, lambda d: d.update(writable={}))
    assert _item(case, "target_writable").holds is None


def test_memory_layers_that_are_not_declared_do_not_apply(case) -> None:
    item = _item(case, "causal_tracing")
    assert item.holds is True
    assert "not applicable: no causalmemory is declared" in item.proof


def test_links_that_are_folders_are_run_time_peers(case) -> None:
    case.edit(SCHEMA, lambda d: d["schema"]["cursorinstructions"].update(linkexisting=["L9/core"]))
    assert _item(case, "links_match").proof.startswith("not applicable") or (
        "not applicable: no Python file is linked" in _item(case, "links_match").proof
    )


def test_no_anchor_no_scope_no_rule_do_not_apply(case) -> None:
    def change(document: dict) -> None:
        document["schema"]["governance"].update(auditscope=[], escalationpolicy="")
        document["schema"]["deployment"].pop("alerting", None)
        document["schema"].get("learningsystem", {}).pop("autonomyprofile", None)

    case.edit(SCHEMA, change)
    assert "declares no kind of event" in _item(case, "audit_scope_match").proof
    policy = _item(case, "escalation_policy_match")
    assert policy.holds is True
    assert "the schema declares no condition" in policy.proof


def test_failed_gate_beats_a_yes_from_elsewhere(case) -> None:
    def change(document: dict) -> None:
        for result in document["results"]:
            if "imports_resolve" in result["items"]:
                result["passed"] = False

    case.edit(GATE, change)
    item = _item(case, "imports_resolve")
    assert item.holds is False
    assert "failed (checked 21); 9 imports" in item.proof


def test_changed_and_unplanned_files_are_no(case) -> None:
    case.files[f"code/{AGENT}/extra.py"] = b""
    case.files[f"repo/{README}"] = b"changed\n"
    proof = _item(case, "no_unplanned_file").proof
    assert "code/sensor_watch/extra.py is not planned" in proof
    assert f"repo/{README} was changed by hand" in proof


def test_hard_dependencies_must_come_before(five) -> None:
    five.edit(".stage/plan.json", lambda d: d["units"].reverse())
    items = five.composed().matter.items
    answers = {i.unit: i.holds for i in items if i.item_id == "hard_dependencies_built"}
    assert answers["tensoraios"] is True
    assert answers["plastos_adapter"] is False
    assert answers["tensor_auditor"] is False


def test_item_that_nothing_answers_is_a_fault_of_the_template(case) -> None:
    added = {"id": "moon_phase", "asks": "?", "evidence": "sky"}
    case.edit(CHECKLIST, lambda d: d["phases"][0]["items"].append(added))
    with pytest.raises(ChecklistError, match="nothing answers the item moon_phase"):
        case.composed()


def test_step_that_nothing_answers_is_a_fault_of_the_template(case) -> None:
    case.edit(MASTER, lambda d: d["phases"][0]["steps"].append("read_tea_leaves"))
    with pytest.raises(PhaseError, match="nothing answers the step read_tea_leaves"):
        case.composed()


def test_wording_and_phase_of_an_item_come_from_the_template(case) -> None:
    case.edit(CHECKLIST, lambda d: d["phases"][0]["items"][0].update(asks="May we write?"))
    assert _item(case, "target_writable").asks == "May we write?"
    assert "May we write?" in case.report()


def test_steps_and_outputs_come_from_the_template(case) -> None:
    case.edit(MASTER, lambda d: d["phases"][3].update(steps=["audit"], outputs=["x.txt"]))
    said = case.sentences()
    assert "1 of 1 step of phase 3 done." in said
    assert "0 of 1 output of phase 3 are there." in said
    assert "phase 3: the output x.txt is incomplete: missing" in case.reasons()


def test_coverage_minimum_of_the_template_decides(case) -> None:
    def change(document: dict) -> None:
        for gate in document["gates"]["tests"]:
            if gate["id"] == "coverage":
                gate["minimum"] = 0.981

    assert _item(case, "coverage").holds is True
    case.edit(MASTER, change)
    item = _item(case, "coverage")
    assert item.holds is False
    assert item.proof == "lines 97.5 %, branches 100.0 %; at least 98.1 %"


def test_hardened_code_needs_the_gates_of_phase_3(case) -> None:
    def change(document: dict) -> None:
        next(r for r in document["results"] if r["phase"] == 3)["passed"] = False

    case.edit(GATE, change)
    outputs = {
        output.output: output for phase in case.composed().matter.phases for output in phase.outputs
    }
    assert outputs["code"].present is True
    assert outputs["hardened_code"].present is False
    assert outputs["hardened_code"].detail == "0 modules of 0 agents"


@pytest.mark.parametrize(
    ("path", "change", "step", "proof"),
    [
        (
            ".stage/findings.json",
            [
                {
                    "code": "SR1",
                    "severity": "error",
                    "message": "m",
                    "file": "f",
                    "line": 1,
                    "column": 1,
                    "repair": "r",
                }
            ],
            "verify files",
            "6 input files read, 1 error",
        ),
        (".stage/findings.json", [], "verify files", None),
    ],
)
def test_reading_errors_undo_the_step(case, path, change, step, proof) -> None:
    case.edit_list(path, change)
    results = {s.step: s for p in case.composed().matter.phases for s in p.steps}
    answer = results[step.replace(" ", "_")]
    assert answer.holds is (proof is None)
    assert proof is None or answer.proof == proof


def test_order_step_names_what_comes_too_late(five) -> None:
    five.edit(".stage/plan.json", lambda d: d["units"].reverse())
    results = {s.step: s for p in five.composed().matter.phases for s in p.steps}
    assert results["order_agents"].holds is False
    assert "main_agent before tensoraios" in results["order_agents"].proof
    assert any("order agents" in reason for reason in five.reasons())


def test_unit_without_line_counts_cannot_be_estimated(case) -> None:
    del case.files[f"{STAGE}/formatted.json"]
    results = {s.step: s for p in case.composed().matter.phases for s in p.steps}
    assert results["estimate"].holds is False
    assert results["estimate"].proof == "no line counts of sensor_watch"
