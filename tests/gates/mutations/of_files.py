"""Mutations of the file set, of tests and documents, and of what the plan promises."""

from tests.gates.mutations.edits import (
    Mutation,
    added,
    append,
    both,
    emptied,
    match,
    moved,
    recounted,
    removed,
    swap,
    swap_in_all,
)

_ELSEWHERE = "L9/core/elsewhere"
_STAMP = "embedding_drift_kl_divergence"

FILES = (
    Mutation("remove a module", "files_as_planned", removed("hyperparamtuner.py")),
    Mutation("remove a document", "files_as_planned", removed("CONFIG.md")),
    Mutation("remove the file of a folder", "files_as_planned", removed("models/.gitkeep")),
    Mutation(
        "add a module outside the plan",
        "files_as_planned",
        added("backdoor.py", '"""Opens what should stay shut."""\n'),
    ),
    Mutation("add a data file", "files_as_planned", added("models/model.bin", "weights\n")),
    Mutation(
        "let a file lie elsewhere",
        "files_as_planned",
        moved("TRAINING.md", f"{_ELSEWHERE}/TRAINING.md", planned=False),
    ),
    Mutation(
        "plan a document elsewhere",
        "under_rootpath",
        moved("TRAINING.md", f"{_ELSEWHERE}/TRAINING.md", planned=True),
    ),
    Mutation("forge a line count", "line_counts", recounted("tensorutils.py", 1)),
    Mutation("leave a line count out", "line_counts", recounted("README.md", None)),
    Mutation(
        "take the title from a document",
        "listed_docs",
        match("DEPLOYMENT.md", "^# Deploying TensorAIOS\n", ""),
    ),
    Mutation(
        "cut a document short",
        "listed_docs",
        match("DEPLOYMENT.md", "^(# Deploying TensorAIOS\n).*", r"\1\nIt starts.\n"),
    ),
    Mutation("leave a section empty", "listed_docs", append("TRAINING.md", "## Costs")),
    Mutation(
        "break a table",
        "listed_docs",
        swap("DEPLOYMENT.md", "| working | redis_cluster |", "| working |"),
    ),
    Mutation(
        "leave a value out",
        "listed_docs",
        swap("DEPLOYMENT.md", "| `async_multinode` |", "| None |"),
    ),
    Mutation(
        "document another threshold",
        "docs_agree",
        swap("TRAINING.md", "`0.02`", "`0.03`"),
    ),
    Mutation(
        "document another rule",
        "docs_agree",
        swap("AUTONOMYRULES.md", "`anomaly_score > 0.95`", "`anomaly_score > 0.99`"),
    ),
    Mutation(
        "document an endpoint that is not there",
        "docs_agree",
        append("API_SPEC.md", "POST `/tensoraios/v6/forget` removes a model."),
    ),
    Mutation("document another time-out", "docs_agree", swap("API_SPEC.md", "250 ms", "200 ms")),
    Mutation(
        "leave an anchor out of the document",
        "docs_agree",
        swap("AUTONOMYRULES.md", ", System Oversight Committee", ""),
    ),
    Mutation(
        "take the check from a test",
        "tests_checked",
        emptied(
            "test_tensorutils.py", "test_one_row_of_one_number_is_enough", "feature_matrix([])"
        ),
    ),
    Mutation(
        "let a test assert a constant",
        "tests_checked",
        append(
            "test_tensorutils.py",
            "@pytest.mark.positive\ndef test_it() -> None:\n    assert unit_rows\n    assert True",
        ),
    ),
    Mutation(
        "take the marker from a test",
        "tests_checked",
        match("test_tensorutils.py", r"@pytest\.mark\.regression\n", ""),
    ),
    Mutation(
        "leave a test out",
        "tests_checked",
        swap(
            "test_tensorutils.py",
            "@pytest.mark.regression\n",
            "@pytest.mark.regression\n@pytest.mark.skip\n",
        ),
    ),
    Mutation(
        "let a test sleep",
        "tests_checked",
        append(
            "test_tensorutils.py",
            "@pytest.mark.positive\ndef test_i() -> None:\n    time.sleep(1)\n    assert unit_rows",
        ),
    ),
    Mutation(
        "take all tests from a file",
        "tests_checked",
        swap("test_tensorutils.py", "def test_", "def check_"),
    ),
    Mutation(
        "test a metric no more", "promises_tested", swap_in_all("test", _STAMP, "some_metric")
    ),
    Mutation(
        "test an endpoint no more",
        "promises_tested",
        both(
            swap_in_all("test", "trigger_retraining", "retrain_it"),
            swap_in_all("test", "/tensoraios/v6/retrain", "/retrain"),
        ),
    ),
    Mutation(
        "test a rule no more",
        "promises_tested",
        swap_in_all("test", "R-tensoraios-04", "R-tensoraios-05"),
    ),
    Mutation(
        "test no refusal of a memory layer",
        "promises_tested",
        swap("test_memorybridge.py", "mark.negative", "mark.positive"),
    ),
)
