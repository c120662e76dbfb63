"""What passes: a small complete agent, and the harmless neighbours of what each gate refuses."""

import re
from pathlib import Path

import pytest

from generators.engine.gates.gate import GateResult
from generators.engine.gates.run import GATE_IDS, GATES, run_gates
from tests.gates.small_unit import (
    BRIDGE,
    DETECTOR,
    FACTS,
    FILES,
    PUBLISHER,
    SERVER,
    SPEC,
    TESTS,
    SmallUnit,
)

RESULTS = {result.gate_id: result for result in run_gates(SmallUnit().read())}


@pytest.mark.parametrize("gate_id", GATE_IDS)
def test_the_small_agent_passes_and_something_was_looked_at(gate_id: str) -> None:
    result = RESULTS[gate_id]
    assert result.findings == ()
    assert result.passed
    assert result.evidence["checked"] > 0


def test_gates_have_ids_codes_and_titles_of_their_own() -> None:
    assert len({gate.gate_id for gate in GATES}) == len(GATES)
    assert [gate.code for gate in GATES] == [f"GT{n:03d}" for n in range(1, len(GATES) + 1)]
    assert len({gate.title for gate in GATES}) == len(GATES)
    assert {phase: sum(gate.phase == phase for gate in GATES) for phase in range(1, 7)} == {
        1: 0,
        2: 11,
        3: 9,
        4: 2,
        5: 10,
        6: 0,
    }


def test_items_are_those_of_the_checklist() -> None:
    text = Path("meta/meta.validation.checklist.yaml").read_text()
    known = set(re.findall(r"- id: (\w+)", text))
    assert known
    assert {item for gate in GATES for item in gate.items} <= known


@pytest.mark.parametrize(
    ("gate_id", "places"),
    [
        (
            "governance_bridge",
            [(BRIDGE, "return self._governance.observe"), (DETECTOR, "self._governance.observe")],
        ),
        (
            "audit_logging",
            [(BRIDGE, "self._governance.audit("), (DETECTOR, "self._governance.audit(")],
        ),
        (
            "memory_bridge_per_layer",
            [(DETECTOR, "self._memory.cache("), (DETECTOR, "self._memory.log_episode(")],
        ),
        ("flags_applied", [(DETECTOR, "self._flags.enabled(")]),
        (
            "events_published",
            [(PUBLISHER, "self._bus.publish("), (DETECTOR, "self._publisher.publish(")],
        ),
        ("guards_present", [(DETECTOR, "= finite_vector("), (DETECTOR, "return checked_output(")]),
        ("endpoints_declared", [(SERVER, "DETECT = ")]),
        ("escalation", [(BRIDGE, '"R-watch-01"'), (BRIDGE, '"R-watch-02"')]),
    ],
)
def test_results_say_where_the_proof_is(gate_id: str, places: list[tuple[str, str]]) -> None:
    expected = [f"{path}:{line_of(path, text)}" for path, text in places]
    assert list(RESULTS[gate_id].places)[: len(expected)] == expected


def line_of(path: str, text: str) -> int:
    """Return the line of the one occurrence of `text`."""
    (line,) = [n for n, found in enumerate(FILES[path].splitlines(), start=1) if text in found]
    return line


def test_used_links_are_named() -> None:
    assert RESULTS["links_verified"].places == ("L9.core.governance",)


@pytest.mark.parametrize(
    ("gate_id", "evidence"),
    [
        ("syntax", {"checked": 7}),
        ("no_circular_import", {"checked": 6, "edges": 3}),
        ("files_as_planned", {"checked": 8, "planned": 8, "made": 8}),
        ("complete_signatures", {"checked": 42, "typed": 42}),
        ("promises_tested", {"checked": 7, "tests": 4}),
        ("tests_checked", {"checked": 4, "negative": 2, "positive": 2, "regression": 0}),
        ("audit_logging", {"checked": 2, "calls": 2}),
        ("escalation", {"checked": 2}),
        ("docs_agree", {"checked": 2}),
        ("flags_applied", {"checked": 8, "asked": 1}),
        ("line_counts", {"checked": 8, "lines": sum(t.count("\n") for t in FILES.values())}),
        ("memory_declared", {"checked": 4}),
        ("governance_declared", {"checked": 3}),
        ("no_swallowed_error", {"checked": 1, "raised": 1}),
    ],
)
def test_results_count_what_was_looked_at(gate_id: str, evidence: dict[str, int]) -> None:
    assert dict(RESULTS[gate_id].evidence) == evidence


def result_of(unit: SmallUnit, gate_id: str) -> GateResult:
    (gate,) = (gate for gate in GATES if gate.gate_id == gate_id)
    return gate.check(unit.read())


@pytest.mark.parametrize(
    ("gate_id", "more"),
    [
        ("no_todo", "TODO_LIST_SIZE = 3\n"),
        ("no_todo", "def methodology() -> int:\n    return 1\n"),
        ("no_placeholder", 'PLACEHOLDER_KEY = "not implemented"\n'),
        ("no_empty_function", "def one() -> int:\n    return 1\n"),
        (
            "no_empty_function",
            "class Base:\n    @abstractmethod\n    def score(self) -> int:\n        ...\n",
        ),
        (
            "no_empty_function",
            "class Source(Protocol[T]):\n    async def read(self) -> T:\n        ...\n",
        ),
        ("no_empty_function", "try:\n    X = 1\nexcept KeyError:\n    raise\n"),
        ("no_empty_function", "def checked(x: int) -> None:\n    assert x\n    return\n"),
        ("complete_signatures", "def f(self: int, /, *args: int, **more: int) -> int:\n    ...\n"),
        ("complete_signatures", "ADD = sorted([], key=lambda item: item)\n"),
        ("type_hints", "def f(x: dict[str, list[int]] | None) -> Callable[[int], str]:\n    ...\n"),
        ("docstrings", "def _private() -> int:\n    return 1\n"),
        ("docstrings", 'def outer() -> int:\n    """Count to one."""\n    def inner(): ...\n'),
        ("no_undeclared_import", "import json\nfrom collections.abc import Mapping\n"),
        ("no_undeclared_import", "import numpy.linalg\n"),
        ("explicit_imports", "from agent_runtime import __version__\n"),
        ("no_dangerous_call", "import re\nPATTERN = re.compile('x')\n"),
        ("no_dangerous_call", "import os\nNAME = os.path.join('a', 'b')\n"),
        ("no_secret", "PASSWORD_FILE = 'L9_PASSWORD_FILE'\npassword = None\n"),
        ("no_secret", "DIGEST = '" + "0123456789abcdef" * 4 + "'\n"),
        ("no_secret", "URL = '${L9_POSTGRES_URL}'\nPLAIN = 'https://host:8000/a@b'\n"),
        ("no_secret", "secret = ''\n"),
        ("no_secret", "MIXED = '" + "aA1" * 20 + "'\n"),
        ("no_secret", "LONG = 'abcdefghijklmnopqrstuvwxyz_0123456789_abcdefghijkl'\n"),
        ("no_secret", "password: str\nMORE = {**{}, 1: 'a'}\na[0] = 'x'\n"),
        (
            "no_swallowed_error",
            "try:\n    X = 1\nexcept (ValueError, KeyError):\n    X = 2\n",
        ),
        (
            "no_swallowed_error",
            "try:\n    X = 1\nexcept Exception as error:\n    raise KeyError from error\n",
        ),
        ("same_bytes", "PATH = '/watch/tmp/x'\nSCHEMA = 'L9/home/x'\n"),
        ("escalation", "NAME = 'R-watch-x'\n"),
        ("escalation", "NAME = Rule(rule_id=NAME, expression='x', kind='policy')\n"),
        ("governance_declared", "NAME = Policy(mode='hybrid', anchors=(Anchor(name='Igor'),))\n"),
        ("endpoints_declared", "NAME = EndpointSpec(path='/other/v6/detect', timeout_ms=1)\n"),
        ("memory_declared", "NAME = WorkingSpec(keyspace='p:watch:working:*', purpose='x')\n"),
    ],
)
def test_harmless_code_passes(gate_id: str, more: str) -> None:
    result = result_of(SmallUnit().with_more(DETECTOR, more), gate_id)
    assert result.passed, result.findings


@pytest.mark.parametrize(
    ("gate_id", "more"),
    [
        ("listed_docs", "## Last\n\n### Inner\n\nText | with None inside.\n"),
        ("listed_docs", "\n| a | b |\n|---|---|\n| x \\| y | 2 |\n"),
        ("listed_docs", "\n```\n| a | None |\n## no heading\n```\n"),
        ("docs_agree", "\nSee /watch/v6/detect/ and L9/watch/v6/other and /main/v6/packet.\n"),
        ("no_placeholder", "\nSet `${L9_REDIS_URL}` before `<name>` is used.\n"),
    ],
)
def test_harmless_documents_pass(gate_id: str, more: str) -> None:
    result = result_of(SmallUnit().with_more(SPEC, more), gate_id)
    assert result.passed, result.findings


@pytest.mark.parametrize(
    ("gate_id", "more"),
    [
        ("no_dangerous_call", "import importlib\n"),
        (
            "tests_checked",
            """

            class TestMore:
                limit = 1.0

                @pytest.mark.regression
                def test_inside_a_class(self) -> None:
                    assert RULE_CASES
            """,
        ),
        (
            "tests_checked",
            """

            @pytest.mark.positive
            class TestMore:
                def test_inside_a_marked_class(self) -> None:
                    with pytest.warns(UserWarning):
                        bench_of(1.0)
            """,
        ),
        (
            "tests_checked",
            """

            pytestmark = [pytest.mark.positive]
            LIMIT: float = 1.0

            def test_of_a_marked_file() -> None:
                assert_escalates(1.0)
            """,
        ),
    ],
)
def test_harmless_tests_pass(gate_id: str, more: str) -> None:
    result = result_of(SmallUnit().with_more(TESTS, more), gate_id)
    assert result.passed, result.findings


def test_a_type_only_import_closes_no_cycle() -> None:
    unit = SmallUnit().with_more(
        "L9/core/watch/memorybridge.py",
        """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from L9.core.watch.detector import Detector
        """,
    )
    assert result_of(unit, "no_circular_import").passed


def test_a_package_that_offers_its_modules_closes_no_cycle() -> None:
    unit = SmallUnit().with_more(
        "L9/core/watch/__init__.py", "from L9.core.watch.detector import Detector\n"
    )
    result = result_of(unit, "no_circular_import")
    assert result.passed
    assert result.evidence["edges"] == 4


def test_a_unit_without_a_schema_is_held_against_nothing_declared() -> None:
    unit = SmallUnit(facts=type(FACTS)(), flags={})
    for gate_id in ("escalation", "governance_declared", "endpoints_declared", "memory_declared"):
        result = result_of(unit, gate_id)
        assert result.passed
        assert result.evidence["checked"] == 0


def test_a_floor_turns_findings_into_warnings_from_that_share_on() -> None:
    unit = SmallUnit().with_more(DETECTOR, "\n\ndef bare() -> int:\n    return 1\n")
    (gate,) = (gate for gate in GATES if gate.gate_id == "docstrings")
    strict = gate.check(unit.read())
    share = strict.evidence["documented"] / strict.evidence["checked"]
    assert not strict.passed
    exact = gate.check(SmallUnit(files=unit.files, floors={"docstrings": share}).read())
    assert exact.passed
    assert [finding.severity for finding in exact.findings] == ["warning"]
    above = gate.check(SmallUnit(files=unit.files, floors={"docstrings": share + 0.001}).read())
    assert not above.passed
