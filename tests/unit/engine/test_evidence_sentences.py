"""Every sentence of the report follows its record: change the record, and the figure changes."""

import json
from collections.abc import Callable

import pytest

AGENT = "sensor_watch"
STAGE = f".stage/{AGENT}"
GATE, TEST, LINT = (f"{STAGE}/records/{name}.json" for name in ("gate", "test", "lint"))
MASTER = ".stage/meta/meta.codegen.schema.json"
INTEGRATE = ".stage/records/integrate.json"
BASELINE = ".stage/records/baseline.json"
PLAN = f"{STAGE}/plan.json"
NOTICES = "of the outcome written to the local sink `notifications.json`; deployment delivers them."
QUESTION = {
    "number": 1,
    "agent_id": AGENT,
    "pointer": "/x",
    "text": "which?",
    "why": "",
    "choices": [],
    "answer_in": "",
}


def _outcome(index: int, outcome: str) -> Callable[[dict], None]:
    def change(document: dict) -> None:
        document["tests"][index]["outcome"] = outcome

    return change


def _fail_gate(phase: int) -> Callable[[dict], None]:
    def change(document: dict) -> None:
        next(r for r in document["results"] if r["phase"] == phase)["passed"] = False

    return change


def _coverage(**values: int) -> Callable[[dict], None]:
    def change(document: dict) -> None:
        document["coverage"][next(iter(document["coverage"]))].update(values)

    return change


INTEGRATION = ".stage/meta/meta.dependency.integration.json"
SENTENCES = [
    (
        MASTER,
        lambda d: d.update(version="7.1.0"),
        (
            "The templates are `meta.codegen.schema` `6.0.0`, `meta.extraction.sequence` `6.0.0`, "
            "`meta.validation.checklist` `6.0.0`, `meta.dependency.integration` `6.0.0` "
            "and the glue `6.0.0`."
        ),
        (
            "The templates are `meta.codegen.schema` `7.1.0`, `meta.extraction.sequence` `6.0.0`, "
            "`meta.validation.checklist` `6.0.0`, `meta.dependency.integration` `6.0.0` "
            "and the glue `6.0.0`."
        ),
    ),
    (
        MASTER,
        lambda d: d["monitoring"].update(build_metrics=["coverage", "mood"]),
        "5 of 5 build metrics measured.",
        "1 of 2 build metrics measured.",
    ),
    (
        INTEGRATION,
        lambda d: d["escalation"].update(timeout_seconds=60, triggers=["anomaly_found"]),
        (
            "At run time an escalation follows low confidence and high criticality, rule violated, "
            "anomaly found, override requested; it gives decision id, reason, severity, "
            "waits 3600 s for an answer, and logs decision, reason, who, answer."
        ),
        (
            "At run time an escalation follows anomaly found; "
            "it gives decision id, reason, severity, waits 60 s for an answer, "
            "and logs decision, reason, who, answer."
        ),
    ),
    (
        INTEGRATION,
        lambda d: d["audit"].update(continuous=False, sample_ratio=0.25, kinds=["bias"]),
        (
            "The audit is continuous, over 100% of the decisions, "
            "for policy, bias, data quality, drift."
        ),
        "The audit is not continuous, over 25% of the decisions, for bias.",
    ),
    (
        ".stage/plan.json",
        lambda d: d.update(title="Other"),
        "The input is the collection `sensor_watch` `1.0.0`, titled `Sensor Watch v1.0`.",
        "The input is the collection `sensor_watch` `1.0.0`, titled `Other`.",
    ),
    (
        f"{STAGE}/verdict.json",
        lambda d: d.update(passed=False),
        "It describes 1 agent (1 passed).",
        "It describes 1 agent (1 failed).",
    ),
    (
        ".stage/plan.json",
        lambda d: d.update(digest="abcdef0123456789"),
        "The plan `94ada2c63fde` has 22 TODOs (22 Create), locked before anything was made.",
        "The plan `abcdef012345` has 22 TODOs (22 Create), locked before anything was made.",
    ),
    (
        f"{STAGE}/installed.json",
        lambda d: d["files"].pop("repo/L9/agents/sensor_watch/README.md"),
        "22 of 22 TODOs of units that are to be built are ticked by proof.",
        "21 of 22 TODOs of units that are to be built are ticked by proof.",
    ),
    (
        f"{STAGE}/formatted.json",
        lambda d: d["lines"].update({"L9/agents/sensor_watch/README.md": 99}),
        "`sensor_watch`: 22 of 22 TODOs done.",
        "`sensor_watch`: 21 of 22 TODOs done.",
    ),
    (
        PLAN,
        lambda d: d.update(hard=["other"]),
        "0 hard dependencies between units; the order is `sensor_watch`.",
        "1 hard dependency between units; the order is `sensor_watch`.",
    ),
    (
        ".stage/plan.json",
        lambda d: d.update(groups=[["a", "b"], ["c"]]),
        "1 parallel group: `sensor_watch`.",
        "2 parallel groups: `a` with `b`; `c`.",
    ),
    (
        PLAN,
        lambda d: d.update(questions=[QUESTION]),
        "0 questions are open; what a schema does not say is asked for, not assumed.",
        "1 question is open; what a schema does not say is asked for, not assumed.",
    ),
    (
        f"{STAGE}/relations.json",
        lambda d: d.update(derived=True),
        "Every dependency is declared; none had to be derived.",
        "Dependencies of `sensor_watch` are derived from `integration.connectto`, none is assumed.",
    ),
    (
        "locked_todo_plan.json",
        lambda d: d.update(plan_digest=""),
        "6 of 6 steps of phase 0 done.",
        "5 of 6 steps of phase 0 done.",
    ),
    (
        BASELINE,
        lambda d: d.update(writable={"code": True, "repo": False}),
        "2 of 2 target folders can be written.",
        "1 of 2 target folders can be written.",
    ),
    (
        BASELINE,
        lambda d: d.update(writable={}),
        "2 of 2 target folders can be written.",
        "Whether the targets can be written is not on record.",
    ),
    (
        BASELINE,
        lambda d: d.update(writable={"repo": False}),
        "5 of 5 steps of phase 1 done.",
        "4 of 5 steps of phase 1 done.",
    ),
    (
        PLAN,
        lambda d: d.update(blocked_by=["x"]),
        "0 agents are blocked.",
        "1 agent is blocked.",
    ),
    (
        MASTER,
        lambda d: d["memory"]["episodic"].pop("connection"),
        "2 of 2 memory layers have a configured store.",
        "1 of 2 memory layers has a configured store.",
    ),
    (
        BASELINE,
        lambda d: d.update(flags={"L9_ENABLE_EXTRACTION_PHASES": False}),
        "7 of 7 feature flags are on.",
        "6 of 7 feature flags are on.",
    ),
    (
        MASTER,
        lambda d: d["governance"]["anchors"][0].update(channels=[]),
        "7 of 7 checklist items of phase 1 answered with yes: the phase is signed off.",
        "6 of 7 checklist items of phase 1 answered with yes: the phase is not signed off.",
    ),
    (
        f"{STAGE}/installed.json",
        lambda d: d["files"].pop("repo/L9/agents/sensor_watch/README.md"),
        "19 of 19 planned files installed, 210 lines in all.",
        "18 of 19 planned files installed, 207 lines in all.",
    ),
    (
        f"{STAGE}/installed.json",
        lambda d: d["files"].pop("repo/L9/agents/sensor_watch/README.md"),
        "`sensor_watch` has 19 files with 210 lines.",
        "`sensor_watch` has 18 files with 207 lines.",
    ),
    (
        LINT,
        lambda d: d.update(passed=False),
        "2 of 2 runs of linter and type checker passed.",
        "1 of 2 runs of linter and type checker passed.",
    ),
    (
        GATE,
        _fail_gate(2),
        "6 of 6 steps of phase 2 done.",
        "5 of 6 steps of phase 2 done.",
    ),
    (
        TEST,
        _outcome(0, "failed"),
        "72 of 72 tests passed (100.0 %), 0 failed, 0 skipped.",
        "71 of 72 tests passed (98.6 %), 1 failed, 0 skipped.",
    ),
    (
        TEST,
        _outcome(0, "skipped"),
        "72 of 72 tests passed (100.0 %), 0 failed, 0 skipped.",
        "71 of 72 tests passed (98.6 %), 0 failed, 1 skipped.",
    ),
    (
        TEST,
        lambda d: d["tests"].pop(0),
        "40 tests positive, 24 negative, 8 regression, in 8 files.",
        "39 tests positive, 24 negative, 8 regression, in 8 files.",
    ),
    (
        TEST,
        _coverage(covered_lines=0),
        "Coverage is 98.0 % (97.5 % of lines, 100.0 % of branches), at least 95.0 %.",
        "Coverage is 89.3 % (86.6 % of lines, 100.0 % of branches), at least 95.0 %.",
    ),
    (
        TEST,
        _coverage(covered_lines=0),
        "1 of 1 unit passed all tests with enough coverage.",
        "0 of 1 unit passed all tests with enough coverage.",
    ),
    (
        TEST,
        lambda d: d["coverage"].pop(next(iter(d["coverage"]))),
        "Coverage was measured over 9 files.",
        "Coverage was measured over 8 files.",
    ),
    (
        INTEGRATE,
        lambda d: d["imports"][0].update(passed=False),
        "13 of 13 integration probes passed: 9 imports, 3 links, 1 service.",
        "12 of 13 integration probes passed: 9 imports, 3 links, 1 service.",
    ),
    (
        f"{STAGE}/installed.json",
        lambda d: d["files"].pop("repo/L9/agents/sensor_watch/api_server.py"),
        "9 of 9 files that the schemas list are installed.",
        "8 of 9 files that the schemas list are installed.",
    ),
    (
        f"{STAGE}/formatted.json",
        lambda d: d["files"].update({"L9/agents/sensor_watch/README.md": "0"}),
        "19 of 19 installed files are byte for byte what the checks saw.",
        "18 of 19 installed files are byte for byte what the checks saw.",
    ),
    (
        f"{STAGE}/schema.json",
        lambda d: d["schema"]["governance"].update(escalationpolicy="- inference_latency > 9ms\n"),
        "5 conditions compiled to rules, 0 could not be compiled.",
        "4 conditions compiled to rules, 0 could not be compiled.",
    ),
    (
        MASTER,
        lambda d: d["governance"]["anchors"][3].pop("channels"),
        "4 of 4 anchors have a channel.",
        "3 of 4 anchors have a channel.",
    ),
    (
        f"{STAGE}/schema.json",
        lambda d: d["schema"]["governance"].update(anchors=["Igor", "Compliance"]),
        f"1 notice {NOTICES}",
        f"2 notices {NOTICES}",
    ),
    (
        INTEGRATE,
        lambda d: d["links"][0].update(passed=False),
        "6 of 6 events that would ask for a person did not happen.",
        "5 of 6 events that would ask for a person did not happen.",
    ),
    (
        MASTER,
        lambda d: d["governance"]["build_escalation"].append(
            {"condition": "sun_sets", "severity": "warning"}
        ),
        "6 of 6 events that would ask for a person did not happen.",
        "6 of 7 events that would ask for a person did not happen.",
    ),
    (
        BASELINE,
        lambda d: d.update(flags={"L9_ENABLE_EXTRACTION_PHASES": False}),
        "The phases 1, 2, 3, 4, 5, 6 are required; 0 reasons against the declaration.",
        "The phases 1, 2, 3, 4, 5, 6 are required; 1 reason against the declaration.",
    ),
    (
        f"{STAGE}/verdict.json",
        lambda d: d.update(passed=False),
        "4 of 4 steps of phase 6 done.",
        "3 of 4 steps of phase 6 done.",
    ),
]


@pytest.mark.parametrize(("path", "change", "before", "after"), SENTENCES)
def test_a_sentence_follows_its_record(
    case, path: str, change: Callable[[dict], None], before: str, after: str
) -> None:
    said = case.sentences()
    assert before in said
    assert after not in said
    case.edit(path, change)
    said = case.sentences()
    assert after in said
    assert before not in said


@pytest.mark.parametrize("phase", [2, 3, 4, 5])
def test_gate_sentences_count_the_results_of_their_phase(case, phase: int) -> None:
    results = json.loads(case.files[GATE])["results"]
    count = sum(result["phase"] == phase for result in results)
    assert f"{count} of {count} gate results of phase {phase} passed." in case.sentences()

    case.edit(GATE, _fail_gate(phase))
    assert f"{count - 1} of {count} gate results of phase {phase} passed." in case.sentences()


def test_findings_are_counted_by_severity(case) -> None:
    found = {"code": "SR1", "message": "m", "file": "f", "line": 1, "column": 1, "repair": "r"}
    case.edit_list(
        ".stage/findings.json", [{**found, "severity": s} for s in ("error", "note", "warning")]
    )
    said = case.sentences()
    assert "Reading it gave 1 error and 2 remarks." in said
    assert "3 findings on record." in said


def test_inputs_are_counted(case) -> None:
    assert "6 input files went in: schemas, answers, meta templates." in case.sentences()
    case.sources["input_schemas/answers/sensor_watch.yaml"] = b"answers: {}\n"
    assert "7 input files went in: schemas, answers, meta templates." in case.sentences()


def test_files_outside_the_plan_and_changed_copies_are_named(case) -> None:
    case.files[f"code/{AGENT}/extra.py"] = b"x = 1\n"
    case.files[f"docs/{AGENT}/README.md"] = b"other\n"
    said = case.sentences()
    assert "1 file outside the plan: `code/sensor_watch/extra.py`." in said
    assert "1 of 38 installed copies changed since: `docs/sensor_watch/README.md`." in said


def test_compiled_bytecode_is_no_file_outside_the_plan(case) -> None:
    case.files[f"code/{AGENT}/__pycache__/x.pyc"] = b""
    assert "0 files outside the plan." in case.sentences()


def test_last_installation_is_shown_before_and_after(case) -> None:
    change = {
        "path": "code/sensor_watch/api_server.py",
        "before": "a" * 64,
        "after": "b" * 64,
        "lines_before": 10,
        "lines_after": 12,
        "added": 3,
        "removed": 1,
    }
    case.edit(f"{STAGE}/installed.json", lambda d: d.update(changes=[change]))
    assert "The last installation changed 1 file: +3 -1 lines." in case.sentences()
    row = "api_server.py` | 10 | 12 | `+3 -1` | `aaaaaaaaaaaa` | `bbbbbbbbbbbb` |"
    assert row in case.report()


def test_rules_stand_beside_their_prose(case) -> None:
    rows = [line for line in case.report().splitlines() if line.startswith("| `R-sensor_watch-01`")]
    assert len(rows) == 1
    assert "anomaly_score" in rows[0]
    assert "`anomaly_score > 0.9`" in rows[0]
    assert "`SensorWatch#/governance/escalationpolicy`" in rows[0]


def test_failed_test_is_shown_with_the_last_line_of_its_message(case) -> None:
    case.edit(
        TEST,
        lambda d: d["tests"][0].update(outcome="failed", message="trace\nAssertionError: 1 == 2\n"),
    )
    report = case.report()
    assert "1 test did not pass." in report
    assert "| failed | AssertionError: 1 == 2 |" in report


def test_snippets_are_looked_up_in_the_installed_file(case) -> None:
    path = f"repo/L9/agents/{AGENT}/anomaly_detector.py"
    case.files[path] = b"# one line more\n" + case.files[path]
    assert f"`{path}:13` guards what comes in or goes out." in case.sentences()


def test_each_claim_has_its_own_number_and_its_record_among_its_subjects(case) -> None:
    composed = case.composed()
    ids = [claim.claim_id for claim in composed.claims]
    assert len(ids) == len(set(ids))
    files = composed.matter.facts.folder.files
    for claim in composed.claims:
        record = claim.source.split("#")[0]
        assert record in files, claim
        assert record in [subject.path for subject in claim.subjects]


def test_every_claim_is_shown_in_the_report(case) -> None:
    report = case.report()
    for claim in case.composed().claims:
        assert report.count(f"[{claim.claim_id}]") == 1


def test_every_section_states_something(case) -> None:
    sections = {claim.claim_id.split(".")[0] for claim in case.composed().claims}
    assert sections == {str(number) for number in range(1, 11)}


def test_ten_headings_in_order_and_nothing_else_called_section(case) -> None:
    headings = [line for line in case.report().splitlines() if line.startswith("## SECTION")]
    assert headings == [
        "## SECTION 1: Schema Input Summary",
        "## SECTION 2: Locked TODO Plan",
        "## SECTION 3: Phase 0 Research",
        "## SECTION 4: Phase 1 Baseline",
        "## SECTION 5: Phase 2 Implementation",
        "## SECTION 6: Phase 3 Enforcement",
        "## SECTION 7: Phase 4 Validation",
        "## SECTION 8: Phase 5 Recursive Verification",
        "## SECTION 9: Governance & Compliance",
        "## SECTION 10: Final Declaration",
    ]


def test_order_of_five_agents(five) -> None:
    said = five.sentences()
    assert (
        "5 hard dependencies between units; the order is `tensoraios` → `main_agent` → "
        "`plastos_adapter` → `tensor_trainer` → `tensor_auditor`." in said
    )


def test_build_metrics_are_counted(case) -> None:
    report = case.report()
    assert "| artifact counts | 19 files: 9 modules, 2 docs, 8 tests |" in report
    assert "| phase duration | tests of phase 4 took 1.0 s |" in report
    assert "| coverage | lines 97.5 %, branches 100.0 % |" in report
    assert "| quality | 34 of 34 checks passed |" in report
    case.edit(TEST, lambda d: d.update(seconds=2.5, coverage={}))
    case.edit(GATE, _fail_gate(2))
    report = case.report()
    assert "| phase duration | tests of phase 4 took 2.5 s |" in report
    assert "| quality | 33 of 34 checks passed |" in report
    assert "checklist items answered with yes |" in report


def test_snippets_of_named_lines_stop_at_four(case) -> None:
    shown = [s for s in case.sentences() if s.endswith("guards what comes in or goes out.")]
    assert len(shown) == 5


def test_failed_gate_shows_its_findings_in_the_report(case) -> None:
    found = {"code": "GT1", "severity": "error", "message": "a TODO is left", "file": "a.py"}
    place = {"line": 7, "column": 1, "repair": "finish it"}

    def change(document: dict) -> None:
        document["results"][0].update(passed=False, findings=[{**found, **place}])

    case.edit(GATE, change)
    assert "a.py:7 a TODO is left" in case.report()
