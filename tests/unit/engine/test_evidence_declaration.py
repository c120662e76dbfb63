"""The final declaration: made only if everything holds; each thing that withholds it is named."""

from collections.abc import Callable

import pytest

SENTENCE = "All phases (0-6) complete. No assumptions. No drift."
AGENT = "sensor_watch"
STAGE = f".stage/{AGENT}"
DECLARATION = "evidence/declaration.dsse.json"


def test_everything_passed_makes_and_signs_the_declaration(case) -> None:
    made = case.build()

    lines = made["evidence_report.md"].decode().splitlines()
    assert lines.count(SENTENCE) == 1
    assert lines.index("## SECTION 10: Final Declaration") < lines.index(SENTENCE)
    assert DECLARATION in made
    assert "| Declaration | made and signed |" in lines
    assert case.reasons() == []


def test_five_agents_that_passed_are_declared_too(five) -> None:
    assert five.reasons() == []


def _set(key: str, value: object) -> Callable[[dict], None]:
    def change(document: dict) -> None:
        document[key] = value

    return change


def _first_test(**values: object) -> Callable[[dict], None]:
    def change(document: dict) -> None:
        document["tests"][0].update(values)

    return change


def _gate(**values: object) -> Callable[[dict], None]:
    def change(document: dict) -> None:
        for result in document["results"]:
            if result["gate_id"] == "no_unfinished_work" or "no_todo" in result["items"]:
                result.update(values)

    return change


def _minimum(gate_id: str, value: float) -> Callable[[dict], None]:
    def change(document: dict) -> None:
        for family in document["gates"].values():
            for gate in family:
                if gate["id"] == gate_id:
                    gate["minimum"] = value

    return change


QUESTION = {
    "number": 3,
    "agent_id": AGENT,
    "pointer": "/governance",
    "text": "which threshold?",
    "why": "it is not given",
    "choices": [],
    "answer_in": "the schema",
}
FINDING = {
    "code": "SR012",
    "severity": "error",
    "message": "a plain value cannot contain a colon",
    "file": "input_schemas/a.md",
    "line": 416,
    "column": 31,
    "repair": "quote it",
}
EDGE = {
    "path": "L9/tests/codegen_integration/test_a_calls_b.py",
    "caller": "a",
    "callee": "b",
    "connection": "api_call",
    "steps": 1,
    "steps_passed": 0,
    "failures": 0,
    "failures_passed": 0,
    "messages": ["test_x: boom"],
}
PROBE = {"unit": AGENT, "module": "L9.x", "passed": False, "message": "No module named y"}

WITHHOLDING = [
    pytest.param(
        f"{STAGE}/verdict.json",
        lambda d: d.update(passed=False, reasons=["lint: x.py:1 E501 too long"]),
        "sensor_watch did not pass: lint: x.py:1 E501 too long",
        id="a failed verdict",
    ),
    pytest.param(
        f"{STAGE}/verdict.json",
        lambda d: d.update(passed=False, reasons=[]),
        "sensor_watch did not pass: its verdict gives no reason",
        id="a failed verdict without a reason",
    ),
    pytest.param(
        f"{STAGE}/plan.json",
        _set("questions", [QUESTION]),
        "sensor_watch Q3: which threshold?",
        id="an open question",
    ),
    pytest.param(
        f"{STAGE}/plan.json",
        _set("deferred", "later"),
        "sensor_watch is deferred: later",
        id="a deferred agent",
    ),
    pytest.param(
        f"{STAGE}/plan.json",
        _set("blocked_by", ["needs another"]),
        "sensor_watch is blocked: needs another",
        id="a blocked agent",
    ),
    pytest.param(
        f"{STAGE}/records/test.json",
        _first_test(outcome="skipped"),
        "sensor_watch skipped 1 test",
        id="a skipped test",
    ),
    pytest.param(
        f"{STAGE}/records/gate.json",
        _set("skipped", ["secrets"]),
        "gates of sensor_watch were skipped: secrets",
        id="a skipped gate",
    ),
    pytest.param(
        f"{STAGE}/installed.json",
        _set("overrides", ["code/sensor_watch/api_server.py"]),
        "1 override of sensor_watch: code/sensor_watch/api_server.py",
        id="an override",
    ),
    pytest.param(
        ".stage/records/baseline.json",
        _set("flags", {"L9_ENABLE_TEST_GENERATION": False}),
        "L9_ENABLE_TEST_GENERATION is off",
        id="a flag off in the environment",
    ),
    pytest.param(
        ".stage/meta/meta.codegen.schema.json",
        lambda d: d["feature_flags"].update(L9_ENABLE_CODEGEN_STRICT_MODE=False),
        "L9_ENABLE_CODEGEN_STRICT_MODE is off",
        id="a flag off in the template",
    ),
    pytest.param(
        ".stage/meta/meta.codegen.schema.json",
        _set("feature_flags", {}),
        "no feature flag is known",
        id="no flags at all",
    ),
    pytest.param(
        ".stage/records/integrate.json",
        lambda d: d["imports"].append(PROBE),
        "integration of L9.x: No module named y",
        id="a failed import",
    ),
    pytest.param(
        ".stage/records/integrate.json",
        lambda d: d["links"].append(
            {"unit": AGENT, "path": "L9/core/z.py", "passed": False, "message": "no name q"}
        ),
        "integration of L9/core/z.py: no name q",
        id="a broken link",
    ),
    pytest.param(
        ".stage/records/integrate.json",
        lambda d: d["services"][0].update(passed=False, status=500, message="boom"),
        "integration of GET /sensor_watch/v6/status: 500 boom",
        id="a service that does not answer",
    ),
    pytest.param(
        ".stage/records/integrate.json",
        lambda d: d.update(edges=[EDGE]),
        "integration of L9/tests/codegen_integration/test_a_calls_b.py: test_x: boom",
        id="an integration test that failed",
    ),
    pytest.param(
        ".stage/records/integrate.json",
        lambda d: d.update(edges=[{**EDGE, "steps": 0, "messages": []}]),
        "integration of L9/tests/codegen_integration/test_a_calls_b.py: no test ran",
        id="an edge without tests",
    ),
    pytest.param(
        ".stage/meta/meta.codegen.schema.json",
        _minimum("coverage", 0.84),
        "gate coverage is 0.84, the floor is 0.85",
        id="a lowered coverage threshold",
    ),
    pytest.param(
        ".stage/meta/meta.validation.checklist.json",
        lambda d: d["phases"][3]["items"][0].pop("minimum"),
        "checklist item unit_positive is missing, the floor is 5",
        id="a checklist minimum taken out",
    ),
    pytest.param(
        ".stage/meta/meta.extraction.sequence.json",
        lambda d: d["gates_before_phase"][2]["requires"][0].update(minimum=0.94),
        "limit unit_pass_ratio is 0.94, the floor is 0.95",
        id="a lowered pass ratio",
    ),
    pytest.param(
        f"{STAGE}/records/gate.json",
        _gate(passed=False),
        "phase 2 is not signed off: sensor_watch/no_todo (no)",
        id="a checklist item answered with no",
    ),
    pytest.param(
        f"{STAGE}/records/gate.json",
        _gate(items=[]),
        "phase 2 is not signed off: sensor_watch/no_todo (open)",
        id="a checklist item that nothing answers",
    ),
    pytest.param(
        "locked_todo_plan.json",
        lambda d: d.update(plan_digest="sha256:0"),
        "phase 0: lock plan: locked_todo_plan.json does not carry the plan's digest",
        id="another plan than the locked one",
    ),
]


@pytest.mark.parametrize(("path", "change", "reason"), WITHHOLDING)
def test_withheld_and_named(case, path: str, change: Callable[[dict], None], reason: str) -> None:
    case.edit(path, change)
    made = case.build()

    report = made["evidence_report.md"].decode()
    assert SENTENCE not in report
    assert DECLARATION not in made
    assert "The declaration is withheld:" in report
    reasons = case.reasons()
    assert any(text.startswith(reason) for text in reasons), reasons


def test_finding_of_severity_error_withholds_and_a_warning_does_not(case) -> None:
    case.edit_list(".stage/findings.json", [{**FINDING, "severity": "warning"}])
    assert case.reasons() == []

    case.edit_list(".stage/findings.json", [FINDING])
    assert case.reasons() == ["SR012 input_schemas/a.md:416: a plain value cannot contain a colon"]


def test_changed_and_removed_files_are_drift(case) -> None:
    path = f"code/{AGENT}/anomaly_detector.py"
    case.files[path] += b"# edited\n"
    assert f"{path} was changed since it was installed" in case.reasons()

    del case.files[path]
    assert f"{path} is gone since it was installed" in case.reasons()


@pytest.mark.parametrize("check", ["lint", "typecheck", "gate", "test"])
def test_missing_record_withholds(case, check: str) -> None:
    del case.files[f"{STAGE}/records/{check}.json"]
    assert f"{AGENT} has no record of {check}" in case.reasons()


def test_missing_verdict_and_missing_integration_withhold(case) -> None:
    del case.files[f"{STAGE}/verdict.json"]
    del case.files[".stage/records/integrate.json"]
    reasons = case.reasons()
    assert f"{AGENT} has no verdict" in reasons
    assert "integration was not run" in reasons


def test_missing_output_of_a_phase_withholds(case) -> None:
    del case.files["locked_todo_plan.txt"]
    reasons = case.reasons()
    assert "phase 0: the output locked_todo_plan.txt is incomplete: missing" in reasons


def test_limit_exactly_at_the_floor_is_no_reason(case) -> None:
    case.edit(".stage/meta/meta.codegen.schema.json", _minimum("coverage", 0.85))
    case.edit(".stage/meta/meta.codegen.schema.json", _minimum("docstrings", 0.95))
    case.edit(".stage/meta/meta.codegen.schema.json", _minimum("type_hints", 0.90))
    case.remanifest(AGENT)
    assert case.reasons() == []


def test_coverage_at_its_minimum_passes_and_below_fails(case) -> None:
    covered = {"statements": 100, "covered_lines": 95, "branches": 0, "covered_branches": 0}

    def cover(lines: int) -> Callable[[dict], None]:
        def change(document: dict) -> None:
            document["coverage"] = {"a.py": {**covered, "covered_lines": lines}}

        return change

    case.edit(f"{STAGE}/records/test.json", cover(95))
    assert case.reasons() == []
    case.edit(f"{STAGE}/records/test.json", cover(94))
    assert case.reasons() == [f"phase 4 is not signed off: {AGENT}/coverage (no)"]


def test_deferred_agents_with_questions_are_no_failure(case) -> None:
    case.edit(f"{STAGE}/plan.json", lambda d: d.update(questions=[QUESTION], deferred="later"))
    composed = case.composed()
    texts = [h.text for h in composed.matter.hindrances if h.kind == "deferred"]
    assert texts == [f"{AGENT} is deferred: later (1 question open)"]
    assert all(not h.failure for h in composed.matter.hindrances)


def test_failures_stand_before_section_1_and_before_what_is_unfinished(case) -> None:
    case.edit(f"{STAGE}/verdict.json", lambda d: d.update(passed=False, reasons=["boom"]))
    case.edit(f"{STAGE}/records/gate.json", _set("skipped", ["secrets"]))
    report = case.report()
    failed = report.index("## What failed")
    unfinished = report.index("## What is not finished")
    assert failed < report.index("sensor_watch did not pass: boom") < unfinished
    assert (
        unfinished
        < report.index("gates of sensor_watch were skipped")
        < report.index("## SECTION 1:")
    )


def test_green_report_speaks_of_no_failure(case) -> None:
    report = case.report()
    assert "## What failed" not in report
    assert "## What is not finished" not in report


def test_master_sign_off_decides_which_phases_are_required(case) -> None:
    case.edit(f"{STAGE}/records/gate.json", _gate(passed=False))
    case.edit(
        ".stage/meta/meta.validation.checklist.json",
        lambda d: d["master_sign_off"].update(requires_phases=[1, 3]),
    )
    assert case.reasons() == []


def test_declaration_is_the_sentence_of_the_template(case) -> None:
    case.edit(
        ".stage/meta/meta.validation.checklist.json",
        lambda d: d["master_sign_off"].update(declaration="It is done."),
    )
    assert "\nIt is done.\n" in case.report()


def test_checklist_is_a_failure_only_where_the_verdict_does_not_say_it_already(case) -> None:
    case.edit(f"{STAGE}/records/gate.json", _gate(passed=False))
    assert [h.failure for h in case.composed().matter.hindrances] == [True]

    case.edit(f"{STAGE}/verdict.json", lambda d: d.update(passed=False, reasons=["boom"]))
    failures = [h.text for h in case.composed().matter.failures]
    assert failures == [f"{AGENT} did not pass: boom"]


def test_long_lists_of_faults_are_cut(case) -> None:
    case.edit(f"{STAGE}/installed.json", lambda d: d.update(files={}))
    item = next(i for i in case.composed().matter.items if i.item_id == "generatefiles_match")
    assert item.proof.endswith("config_manager.py is missing and 3 more")
