"""Manifests: the fields of the guide, and figures that agree with the files on disk."""

import json

import pytest

from generators.engine.evidence.changes import file_change
from generators.engine.evidence.folder import read_facts
from generators.engine.evidence.manifests import agent_manifest_bytes, listed_files
from generators.engine.evidence.measures import Share
from generators.engine.evidence.names import evidence_targets
from generators.engine.evidence.records import RecordError

AGENT = "sensor_watch"
STAGE = f".stage/{AGENT}"
MANIFEST = f"manifests/{AGENT}_manifest.json"


def _manifest(case, agent: str = AGENT) -> dict:
    return json.loads(agent_manifest_bytes(case.folder, agent))


def _extraction(case) -> dict:
    return json.loads(case.build()["extraction_manifest.json"])


def test_agent_manifest_tells_identity_state_and_sources(case) -> None:
    manifest = _manifest(case)
    assert manifest["agent_id"] == AGENT
    assert manifest["rootpath"] == "L9/agents/sensor_watch"
    assert manifest["version"] == "1.0.0"
    assert manifest["status"] == "passed"
    assert manifest["deploymentready"] is True
    assert manifest["reasons_against"] == []
    assert manifest["source"]["sha256"] == case.folder.sha256(f"{STAGE}/schema.json")
    assert manifest["plan_sha256"] == case.folder.sha256(f"{STAGE}/plan.json")
    assert manifest["patterns"]["anomaly_detector"] == "1.0"
    assert manifest["logs"] == [
        "L9/logs/sensor_watch/anomaly.log",
        "L9/logs/sensor_watch/governance.log",
    ]


def test_counts_leave_out_init_and_count_test_files(case) -> None:
    manifest = _manifest(case)
    python = [p for p in case.files if p.startswith(f"code/{AGENT}/")]
    assert len(python) == 9
    assert manifest["total_python_modules"] == len(python) - 1
    assert manifest["total_documentation"] == sum(
        p.startswith(f"docs/{AGENT}/") for p in case.files
    )
    assert manifest["total_tests"] == sum(p.startswith(f"tests/{AGENT}/") for p in case.files)
    assert manifest["total_test_cases"] == 72
    assert manifest["tests"] == {
        "passed": 72,
        "failed": 0,
        "skipped": 0,
        "positive": 40,
        "negative": 24,
        "regression": 8,
    }
    assert manifest["coverage"] == {
        "percent": 98.0,
        "lines_percent": 97.5,
        "branches_percent": 100.0,
        "minimum_percent": 95.0,
    }
    assert manifest["gates"]["passed"] == manifest["gates"]["total"] > 30


def test_files_are_listed_with_digests_and_lines_as_on_disk(case) -> None:
    manifest = _manifest(case)
    assert len(manifest["files"]) == 19
    for entry in manifest["files"]:
        content = case.files[f"repo/{entry['path']}"]
        assert entry["sha256"] == case.folder.sha256(f"repo/{entry['path']}")
        assert entry["lines"] == content.count(b"\n")
    assert set(listed_files(agent_manifest_bytes(case.folder, AGENT))) == {
        entry["path"] for entry in manifest["files"]
    }


def test_schema_facts_are_in_the_manifest(case) -> None:
    manifest = _manifest(case)
    assert [layer["name"] for layer in manifest["memory_layers"]] == [
        "workingmemory",
        "episodicmemory",
    ]
    assert manifest["memory_layers"][0]["ttl_seconds"] == 600
    assert manifest["memory_layers"][1]["retention_days"] == 30
    assert manifest["governance"]["anchors"] == ["Igor"]
    assert manifest["governance"]["rules"][0]["expression"] == "anomaly_score > 0.9"
    assert manifest["governance"]["rules"][0]["pointer"].startswith("SensorWatch#/governance")
    assert {endpoint["method"] for endpoint in manifest["endpoints"]} <= {"GET", "POST"}
    assert manifest["dependencies"]["hard"] == []
    assert manifest["dependencies"]["soft"] == ["governance", "memory"]
    assert len(manifest["feature_flags"]) == 7


def test_manifest_is_a_product_without_clock_or_place(case) -> None:
    first = agent_manifest_bytes(case.folder, AGENT)
    case.edit(f"{STAGE}/records/test.json", lambda d: d.update(seconds=99.0))
    case.files["logs/x.log"] = b"2026\n"
    assert agent_manifest_bytes(case.folder, AGENT) == first
    assert b"/work" not in first
    assert b"2026" not in first


@pytest.mark.parametrize(
    ("path", "change", "reason"),
    [
        ("verdict.json", lambda d: d.update(passed=False), "its verdict is: failed"),
        (
            "records/test.json",
            lambda d: d["tests"][0].update(outcome="error"),
            "1 tests did not pass",
        ),
        (
            "records/test.json",
            lambda d: d["tests"][0].update(outcome="skipped"),
            "1 tests were skipped",
        ),
        (
            "records/gate.json",
            lambda d: d.update(skipped=["a", "b"]),
            "gates were skipped: a, b",
        ),
        (
            "installed.json",
            lambda d: d.update(overrides=["code/x.py"]),
            "hand edits stand in for code/x.py",
        ),
    ],
)
def test_reasons_against_deployment_are_named(case, path: str, change, reason: str) -> None:
    case.edit(f"{STAGE}/{path}", change)
    manifest = _manifest(case)
    assert manifest["deploymentready"] is False
    assert manifest["reasons_against"] == [reason]


def test_unknown_agent_is_an_error(case) -> None:
    with pytest.raises(RecordError, match="nobody is no agent of the plan"):
        agent_manifest_bytes(case.folder, "nobody")


def test_extraction_manifest_has_the_fields_of_the_guide(five) -> None:
    manifest = _extraction(five)
    assert list(manifest)[:3] == ["collection", "version", "extraction_timestamp"]
    assert manifest["collection"] == "tensoraios_ecosystem"
    assert manifest["version"] == "6.0.0"
    assert manifest["extraction_timestamp"] == "2026-11-23T03:00:00+00:00"
    assert manifest["total_agents"] == 5
    assert [agent["agent_id"] for agent in manifest["agents"]] == [
        "tensoraios",
        "mainagent",
        "plastos_adapter",
        "tensor_trainer",
        "tensor_auditor",
    ]
    assert manifest["agents"][0]["files"] == "19 modules + 6 docs + 19 tests"
    assert manifest["agents"][0]["rootpath"] == "L9/core/tensoraios"
    assert manifest["agents"][1]["manifest"] == "manifests/mainagent_manifest.json"
    assert manifest["all_tests_passing"] is True
    assert manifest["deployment_ready"] is True
    assert manifest["evidence_report"] == "evidence_report.md"
    assert manifest["test_coverage_percent"] == 98.0


def test_totals_are_the_sums_of_what_lies_on_disk(five) -> None:
    manifest = _extraction(five)

    def count(top: str, suffix: str) -> int:
        return sum(path.startswith(f"{top}/") and path.endswith(suffix) for path in five.files)

    inits = sum(p.startswith("code/") and p.endswith("/__init__.py") for p in five.files)
    assert manifest["total_python_modules"] == count("code", ".py") - inits
    assert manifest["total_documentation"] == count("docs", ".md") == 32
    assert manifest["total_tests"] == count("tests", ".py")


def test_extraction_manifest_covers_manifests_by_digest(case) -> None:
    made = case.build()
    manifest = json.loads(made["extraction_manifest.json"])
    assert manifest["agents"][0]["manifest_sha256"] == case.folder.sha256(MANIFEST)
    entry = manifest["ecosystem_manifest"]
    from generators.engine.evidence.changes import digest

    assert entry["sha256"] == digest(made[entry["path"]])
    assert manifest["inputs"]["input_schemas/sensor_watch_v1.0.md"] == case.folder.sha256(
        "input_schemas/sensor_watch_v1.0.md"
    )


def test_nothing_ready_when_a_test_fails(case) -> None:
    case.edit(f"{STAGE}/records/test.json", lambda d: d["tests"][0].update(outcome="failed"))
    manifest = _extraction(case)
    assert manifest["all_tests_passing"] is False
    assert manifest["deployment_ready"] is False


def test_no_tests_are_not_all_tests_passing(case) -> None:
    del case.files[f"{STAGE}/records/test.json"]
    manifest = _extraction(case)
    assert manifest["all_tests_passing"] is False
    assert manifest["test_coverage_percent"] == 0.0
    assert manifest["agents"][0]["coverage_percent"] == 0.0


def test_ecosystem_manifest_orders_agents_and_gives_ports(five) -> None:
    manifest = json.loads(five.build()["manifests/ecosystem_manifest.json"])
    assert manifest["extraction_order"][0] == "tensoraios"
    assert [agent["port"] for agent in manifest["agents"]] == [8000, 8001, 8002, 8003, 8004]
    assert manifest["agents"][2]["hard"] == ["tensoraios", "main_agent"] or manifest["agents"][2][
        "hard"
    ] == ["main_agent", "tensoraios"]
    assert manifest["wirings"][0]["from_agent"] == "main_agent"
    assert len(manifest["wirings"]) == 11
    assert manifest["startup_order"] == manifest["extraction_order"]
    assert manifest["config"] == "L9/tensoraios_ecosystem_config.yaml"


def test_ecosystem_manifest_tells_where_every_agent_answers_what(five) -> None:
    members = json.loads(five.build()["manifests/ecosystem_manifest.json"])["agents"]
    assert [each["base_url"] for each in members][::4] == [
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8004",
    ]
    assert all(each["endpoints"] for each in members)
    assert {"name": "process_packet", "method": "POST", "path": "/mainagent/v6/packet"} in members[
        1
    ]["endpoints"]


def test_ecosystem_manifest_leaves_out_the_wirings_of_other_collections(case) -> None:
    manifest = json.loads(case.build()["manifests/ecosystem_manifest.json"])
    assert manifest["wirings"] == []
    assert manifest["startup_order"] == [AGENT]


def test_summary_agrees_with_the_extraction_manifest(case) -> None:
    made = case.build()
    summary = json.loads(made["summary.json"])
    manifest = json.loads(made["extraction_manifest.json"])
    assert summary["modules"] == manifest["total_python_modules"] == 8
    assert summary["documents"] == manifest["total_documentation"] == 2
    assert summary["test_files"] == manifest["total_tests"] == 8
    assert summary["tests"] == manifest["total_test_cases"] == 72
    assert summary["coverage_percent"] == manifest["test_coverage_percent"] == 98.0
    assert summary["agents"] == summary["agents_built"] == 1
    assert summary["gates_passed"] == summary["gates"]
    assert summary["total_seconds"] == 2.0
    assert summary["declared"] is True
    assert summary["report"] in made
    assert summary["page"] in made


def test_summary_lists_failures_and_what_is_open(case) -> None:
    case.edit(f"{STAGE}/verdict.json", lambda d: d.update(passed=False, reasons=["boom"]))
    case.edit(f"{STAGE}/records/gate.json", lambda d: d.update(skipped=["secrets"]))
    summary = json.loads(case.build()["summary.json"])
    assert summary["failures"] == ["sensor_watch did not pass: boom"]
    assert "gates of sensor_watch were skipped: secrets" in summary["unfinished"]
    assert summary["declared"] is False
    assert summary["agents_built"] == 0


def test_all_promised_files_are_written_and_no_other(case) -> None:
    made = case.build()
    assert set(made) == {
        *evidence_targets([AGENT], [AGENT], [AGENT]),
        "evidence/declaration.dsse.json",
    }


def test_rebuilding_over_earlier_evidence_changes_nothing(case) -> None:
    first = case.build()
    case.files |= first
    assert case.build() == first


def test_readiness_names_every_reason_and_every_variable(case) -> None:
    case.edit(f"{STAGE}/records/gate.json", lambda d: d.update(skipped=["secrets"]))
    text = case.build()["deployment_readiness.md"].decode()
    assert "**Not ready:** 1 reason." in text
    assert "- gates of sensor_watch were skipped: secrets" in text.replace("\\", "")
    for variable in ("L9_REDIS_URL", "L9_ARCHIVE_BUCKET", "IGOR_EMAIL", "COMPLIANCE_EMAIL"):
        assert f"- `{variable}`: " in text
    assert "| `sensor_watch` | passed | GET `/sensor_watch/v6/status` 200 |" in text


def test_readiness_of_a_green_build_says_so(case) -> None:
    text = case.build()["deployment_readiness.md"].decode()
    assert "\nReady to deploy.\n" in text
    assert "Not ready" not in text


def test_phase_outputs_show_what_the_records_hold(case) -> None:
    case.edit(
        ".stage/records/baseline.json",
        lambda d: d.update(writable={"code": False}, flags={"L9_ENABLE_EXTRACTION_PHASES": False}),
    )
    case.edit(f"{STAGE}/records/test.json", lambda d: d["tests"][0].update(outcome="failed"))
    case.files[f"code/{AGENT}/extra.py"] = b""
    made = case.build()
    baseline = made["baseline_confirmation_report.txt"].decode()
    assert "NO    can be written  code" in baseline
    assert "NO    flag            L9_ENABLE_EXTRACTION_PHASES" in baseline
    assert "NO    sensor_watch  target_writable: " in baseline
    tests = made["test_report.txt"].decode()
    assert "71 of 72 passed, 1 failed, 0 skipped" in tests
    assert "failed   positive   L9/tests/sensor_watch/test_anomaly_detector.py::test_score" in tests
    verification = made["verification_report.txt"].decode()
    assert "1 file outside the plan\n  code/sensor_watch/extra.py" in verification
    assert "NO    sensor_watch  no_unplanned_file" in verification


def test_notices_tell_each_anchor_with_a_channel(case) -> None:
    notices = json.loads(case.build()["notifications.json"])
    assert notices["delivered"] == "local sink"
    assert notices["notices"] == [
        {
            "anchor": "Igor",
            "agent": AGENT,
            "channels": ["email", "slack"],
            "outcome": "passed",
            "text": "SensorWatch 1.0.0: passed",
        }
    ]


def test_ticked_todos_carry_their_proof(case) -> None:
    path = f"evidence/{AGENT}_todo_status.json"
    todos = json.loads(case.build()[path])
    first = todos[0]
    assert first["number"] == "T-001"
    assert first["done"] is True
    assert first["why_not"] == ""
    assert first["tests"] == "9/9"
    assert first["sha256"] == case.folder.sha256(f"repo/{first['path']}")
    case.edit(f"{STAGE}/records/test.json", lambda d: d["tests"][0].update(outcome="failed"))
    assert json.loads(case.build()[path])[0]["tests"] == "8/9"


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        (lambda c: c.files.pop("repo/L9/agents/sensor_watch/README.md"), "the file is not there"),
        (
            lambda c: c.files.update({"repo/L9/agents/sensor_watch/README.md": b"x\n"}),
            "it was changed since it was installed",
        ),
        (
            lambda c: c.edit(
                f"{STAGE}/formatted.json",
                lambda d: d["lines"].update({"L9/agents/sensor_watch/README.md": 4}),
            ),
            "its number of lines is not the planned one",
        ),
        (
            lambda c: c.edit(f"{STAGE}/verdict.json", lambda d: d.update(passed=False)),
            "its unit did not pass",
        ),
        (lambda c: c.files.pop(f"{STAGE}/verdict.json"), "not built"),
        (
            lambda c: c.edit(f"{STAGE}/plan.json", lambda d: d.update(deferred="later")),
            "deferred",
        ),
    ],
)
def test_a_todo_without_proof_is_not_ticked(case, break_it, why: str) -> None:
    break_it(case)
    todos = json.loads(case.build()[f"evidence/{AGENT}_todo_status.json"])
    readme = next(todo for todo in todos if todo["path"].endswith("README.md"))
    assert readme["done"] is False
    assert readme["why_not"] == why


def test_manifest_todo_wants_the_copy_to_be_the_manifest(case) -> None:
    copy = "repo/L9/manifests/sensor_watch/sensor_watch_v1_manifest.json"
    case.files[copy] += b"\n"
    todos = json.loads(case.build()[f"evidence/{AGENT}_todo_status.json"])
    assert todos[-1]["why_not"] == f"it differs from {MANIFEST}"


def test_lists_of_a_broken_manifest_are_empty() -> None:
    for content in (b"{", b"[]", b"{}", b'{"files": [{}]}', b'{"files": [1]}'):
        assert listed_files(content) == {}


@pytest.mark.parametrize(
    ("part", "whole", "text", "ratio"),
    [
        (0, 0, "100.0 %", 1.0),
        (949999, 1000000, "94.9 %", 0.949999),
        (95, 100, "95.0 %", 0.95),
        (999, 1000, "99.9 %", 0.999),
        (9999, 10000, "99.9 %", 0.9999),
        (0, 3, "0.0 %", 0.0),
    ],
)
def test_shares_are_cut_never_rounded_up(part: int, whole: int, text: str, ratio: float) -> None:
    share = Share(part=part, whole=whole)
    assert str(share) == text
    assert share.ratio == ratio
    assert share + Share(part=1, whole=1) == Share(part=part + 1, whole=whole + 1)


def test_changes_are_counted_in_lines() -> None:
    change = file_change("a", b"1\n2\n3\n", b"1\nx\ny\n3\n")
    assert (change.lines_before, change.lines_after) == (3, 4)
    assert (change.added, change.removed) == (2, 1)
    created = file_change("a", None, b"1\n")
    assert (created.before, created.added, created.removed) == (None, 1, 0)
    removed = file_change("a", b"1\n", None)
    assert (removed.after, removed.added, removed.removed) == (None, 0, 1)
    assert file_change("a", b"", b"").before == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        (".stage/plan.json", None, r"\.stage/plan.json is missing; run `doit`"),
        (".stage/plan.json", b"{", r"\.stage/plan.json: .*; remove it and build again"),
        (f"{STAGE}/schema.json", b"{}", "schema.json: .*; remove it and build again"),
        (f"{STAGE}/records/lint.json", b'{"check": 1}', "lint.json: .*; remove it"),
        (".stage/meta/meta.codegen.schema.json", b"[]", "holds no mapping"),
    ],
)
def test_bad_records_are_errors_that_name_the_file(case, path: str, content, message: str) -> None:
    if content is None:
        del case.files[path]
    else:
        case.files[path] = content
    with pytest.raises(RecordError, match=message):
        read_facts(case.folder)
