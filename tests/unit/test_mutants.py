"""The mutation bench itself: it changes behaviour, only behaviour, and one at a time."""

import ast
import sys
from pathlib import Path

import pytest

from tests.bench.mutation import killing
from tests.bench.mutation.killing import (
    Outcome,
    Target,
    UnfitTestsError,
    sample_each,
    sample_mutants,
    try_mutants,
)
from tests.bench.mutation.mutants import Mutant, make_mutants

SOURCE = '''"""Docs are not behaviour."""
LIMIT: float = 0.5  # a comment


def above(value: float, *, strict: bool = True) -> bool:
    """Tell whether value is above."""
    if value < 0 and strict:
        raise ValueError("negative values are refused")
    return value > LIMIT
'''


def test_every_mutant_is_valid_python_and_differs_from_the_original() -> None:
    original = ast.unparse(ast.parse(SOURCE))
    mutants = list(make_mutants(SOURCE))
    assert len({mutant.source for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        ast.parse(mutant.source)
        assert mutant.source != original


def test_only_behaviour_is_changed() -> None:
    changes = [(mutant.line, mutant.change) for mutant in make_mutants(SOURCE)]
    assert changes == [
        (2, "0.5 became 1.5"),
        (5, "True became False"),
        (7, "the condition was negated"),
        (7, "And became Or"),
        (7, "Lt became LtE"),
        (7, "Lt became GtE"),
        (7, "0 became 1"),
        (9, "the result was dropped"),
        (9, "Gt became GtE"),
        (9, "Gt became LtE"),
    ]


def test_a_text_that_describes_is_left_alone_and_its_neighbours_are_not() -> None:
    source = 'SPEC = Metric(kind="gauge", help="seconds a run", purpose="watch", low=0)\n'
    changes = [mutant.change for mutant in make_mutants(source)]
    assert changes == ["'gauge' was changed", "0 became 1"]


def test_good_tests_kill_and_weak_tests_do_not(tmp_path: Path) -> None:
    module = tmp_path / "mutation_probe.py"
    module.write_text(SOURCE)
    weak, good = tmp_path / "test_weak.py", tmp_path / "test_good.py"
    weak.write_text(
        "import mutation_probe\ndef test_x(): assert mutation_probe.above(9) in (True, False)\n"
    )
    good.write_text(
        "import pytest\nfrom mutation_probe import above\n"
        "def test_at(): assert above(0.5) is False\n"
        "def test_above(): assert above(0.51) is True\n"
        "def test_zero(): assert above(0) is False\n"
        "def test_negative():\n    with pytest.raises(ValueError): above(-1)\n"
        "def test_lax(): assert above(-1, strict=False) is False\n"
    )

    def score(test: Path) -> float:
        target = Target(module="mutation_probe", path=module, tests=(test,))
        chosen = sample_mutants([target], count=None, seed=1)
        outcomes = list(try_mutants(chosen, [tmp_path]))
        return sum(outcome.killed for outcome in outcomes) / len(outcomes)

    assert score(good) == 1.0
    assert score(weak) < 0.5
    assert str(tmp_path) not in sys.path


def test_a_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    module = tmp_path / "m.py"
    module.write_text(SOURCE)
    target = Target(module="m", path=module, tests=())
    first = sample_mutants([target], count=3, seed=7)
    assert first == sample_mutants([target], count=3, seed=7)
    assert first != sample_mutants([target], count=3, seed=8)
    assert len(first) == 3


def test_a_sample_of_each_takes_small_modules_whole(tmp_path: Path) -> None:
    small, large = tmp_path / "small.py", tmp_path / "large.py"
    small.write_text("LIMIT = 1\nON = True\n")
    large.write_text(SOURCE)
    targets = [Target(module=path.stem, path=path, tests=()) for path in (small, large)]
    chosen = sample_each(targets, count=3, seed=7)
    assert [target.module for target, _ in chosen] == ["small"] * 2 + ["large"] * 3
    assert chosen == sample_each(targets, count=3, seed=7)


def test_tests_that_fail_without_a_mutation_measure_nothing(tmp_path: Path) -> None:
    module = tmp_path / "mutation_probe.py"
    module.write_text(SOURCE)
    wrong, absent = tmp_path / "test_wrong.py", tmp_path / "test_absent.py"
    wrong.write_text(
        "import mutation_probe\ndef test_x(): assert mutation_probe.above(0.5) is True\n"
    )
    absent.write_text("import mutation_probe\n")

    def outcomes(test: Path) -> list[Outcome]:
        target = Target(module="mutation_probe", path=module, tests=(test,))
        return list(try_mutants(sample_mutants([target], count=1, seed=1), [tmp_path]))

    with pytest.raises(UnfitTestsError, match="mutation_probe fail without a mutation"):
        outcomes(wrong)
    with pytest.raises(UnfitTestsError, match="cannot be run"):
        outcomes(absent)
    assert str(tmp_path) not in sys.path


def test_a_mutant_writes_nothing_where_the_bench_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    module, test = tmp_path / "mutation_probe.py", tmp_path / "test_write.py"
    module.write_text("NAME = 'left'\n")
    test.write_text(
        "import mutation_probe\nfrom pathlib import Path\n"
        "def test_x():\n    Path(mutation_probe.NAME).touch()\n    assert Path('left').exists()\n"
    )
    target = Target(module="mutation_probe", path=module, tests=(test,))
    outcomes = try_mutants(sample_mutants([target], count=None, seed=1), [tmp_path])
    assert [outcome.killed for outcome in outcomes] == [True]
    assert list(here.iterdir()) == []


def test_a_test_that_never_ends_counts_as_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(killing, "LONGEST_SECONDS", 2)
    module, test = tmp_path / "mutation_probe.py", tmp_path / "test_loop.py"
    module.write_text("def down(n: int) -> int:\n    while n > 0:\n        n -= 1\n    return n\n")
    test.write_text("import mutation_probe\ndef test_x(): assert mutation_probe.down(3) == 0\n")
    target = Target(module="mutation_probe", path=module, tests=(test,))
    endless = Mutant(line=3, change="0 became -1", source="def down(n):\n    while True: pass\n")
    assert [outcome.killed for outcome in try_mutants([(target, endless)], [tmp_path])] == [True]
