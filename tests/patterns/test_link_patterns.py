"""What the link model patterns read from a schema, and what they ask for if it is missing."""

import os
from pathlib import Path

import pytest

from generators.engine.build.compile import compile_collection, load_meta
from generators.engine.model.ruling import RuleSpec, Ruling, SignalSpec
from generators.engine.shell.environment import read_settings
from generators.patterns.declared import (
    audit_event,
    event_signal,
    number_signal,
    source_of,
    upper_limit,
    word,
)

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "input_schemas" / "tensoraios_ecosystem_v6.0.md"


def rule(expression: str, *signals: str, pointer: str = "/a/0") -> RuleSpec:
    return RuleSpec(
        rule_id="R-1",
        kind="policy",
        severity="high",
        expression=expression,
        signals=signals,
        pointer=pointer,
        text=expression,
        target=None,
        fires={},
        holds=(),
    )


RULING = Ruling(
    signals=(
        SignalSpec(name="model_loading_fails", unit="bool", low=None, high=None),
        SignalSpec(name="accuracy_drop", unit="ratio", low=0.0, high=1.0),
    ),
    rules=(
        rule("accuracy_drop > 0.1", "accuracy_drop", pointer="/first/0"),
        rule("accuracy_drop > 0.05", "accuracy_drop", pointer="/second/1"),
        rule("accuracy_drop > 0.01 && other", "accuracy_drop", "other", pointer="/third"),
    ),
    uncompiled=(),
)


class Audited:
    """As much of a context as `audit_event` reads."""

    def __init__(self, *events: str) -> None:
        self.agent = self
        self.governance = self
        self.audit_scope = events


def test_names_are_found_by_all_their_words() -> None:
    scope = Audited("embedding_generation", "model_loading_events")
    assert audit_event(scope, "model", "load") == "model_loading_events"
    assert audit_event(scope, "model", "embed") == ""
    assert event_signal(RULING, "load", "fail") == "model_loading_fails"
    assert event_signal(RULING, "accuracy") == ""
    assert number_signal(RULING, "accuracy_drop") == "accuracy_drop"
    assert number_signal(RULING, "load") == ""


def test_the_strictest_limit_about_a_signal_alone_counts() -> None:
    assert upper_limit(RULING, "accuracy_drop") == (0.05, "second.1")
    assert upper_limit(RULING, "drop") is None
    assert source_of(RULING, "accuracy_drop") == "first.0"
    assert source_of(RULING, "unknown") == ""


@pytest.mark.parametrize(("number", "text"), [(0.95, "0_95"), (45.0, "45"), (1e-07, "1e_07")])
def test_numbers_can_be_parts_of_names(number: float, text: str) -> None:
    assert word(number) == text


REFUSALS = {
    "no confidence rule": (
        "    - model_confidence < 0.6 AND criticality > 0.8\n",
        "",
        "governance.escalationpolicy does not say which confidence is too low",
    ),
    "no stability threshold": (
        "    stabilitythreshold: 0.02\n",
        "",
        "learningsystem.cognitivegrowthvector.stabilitythreshold is missing",
    ),
    "a stability threshold beyond sense": (
        "    stabilitythreshold: 0.02\n",
        "    stabilitythreshold: 0.75\n",
        "learningsystem.cognitivegrowthvector.stabilitythreshold is 0.75",
    ),
    "no audit of loading": (
        "    - model_loading_events\n",
        "",
        "governance.auditscope names no event for loading models",
    ),
    "no audit of embeddings": (
        "    - inference_calls_with_confidence\n    - embedding_generation\n",
        "",
        "governance.auditscope names no event for embeddings",
    ),
}


@pytest.mark.parametrize(("old", "new", "question"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_missing_is_asked_for(tmp_path: Path, old: str, new: str, question: str) -> None:
    text = SCHEMA.read_text().split("## MainAgent")[0]
    assert old in text
    source = tmp_path / "odd_scoring_v1.0.md"
    source.write_text(text.replace(old, new, 1))
    settings = read_settings(os.environ)
    compiled = compile_collection("odd_scoring", (str(source),), settings, load_meta(settings))
    assert compiled.plan is not None
    (unit,) = [unit for unit in compiled.plan.units if unit.unit_id == "tensoraios"]
    assert [asked.text for asked in unit.questions if asked.text.endswith(f": {question}")]
