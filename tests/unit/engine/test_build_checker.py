"""A task runs again if its recipe, an input or an output differs; edits during a run are seen."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from generators.engine.build.checker import ContentChecker, Recipe
from generators.engine.shell.stats import StatMemo


@dataclass
class FakeTask:
    name: str = "t"
    file_dep: set[str] = field(default_factory=set)
    targets: list[str] = field(default_factory=list)
    value_savers: list[object] = field(default_factory=list)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _checker() -> ContentChecker:
    return ContentChecker(StatMemo())


def _built(tmp_path: Path, **options: object) -> tuple[Recipe, FakeTask, ContentChecker, dict]:
    source, target = tmp_path / "in.txt", tmp_path / "out.txt"
    source.write_text("in")
    task = FakeTask(file_dep={str(source)}, targets=[str(target)])
    checker = _checker()
    recipe = Recipe("r1", checker, **options)
    recipe.configure_task(task)
    assert recipe(task, {}) is False
    target.write_text("out")
    return recipe, task, checker, dict(recipe.values())


def test_nothing_changed_means_up_to_date(tmp_path: Path) -> None:
    recipe, task, _, values = _built(tmp_path)
    assert values == {"recipe": "r1", "outputs": {task.targets[0]: _sha("out")}}
    assert recipe(task, values) is True


def test_doit_saves_the_values_with_the_task(tmp_path: Path) -> None:
    _, task, _, values = _built(tmp_path)
    assert [saver() for saver in task.value_savers] == [values]


def test_other_recipe_runs_the_task(tmp_path: Path) -> None:
    _, task, checker, values = _built(tmp_path)
    assert Recipe("r2", checker)(task, values) is False


def test_output_edited_by_hand_runs_the_task(tmp_path: Path) -> None:
    recipe, task, _, values = _built(tmp_path)
    Path(task.targets[0]).write_text("edited")
    assert recipe(task, values) is False


def test_missing_output_is_left_to_doit_to_see(tmp_path: Path) -> None:
    recipe, task, _, values = _built(tmp_path)
    Path(task.targets[0]).unlink()
    assert recipe(task, values) is True


def test_output_that_was_never_made_is_not_remembered(tmp_path: Path) -> None:
    recipe, task, _, _ = _built(tmp_path)
    Path(task.targets[0]).unlink()
    assert recipe.values()["outputs"] == {}


def test_volatile_output_may_change(tmp_path: Path) -> None:
    log = str(tmp_path / "out.txt")
    recipe, task, _, values = _built(tmp_path, volatile=(log,))
    assert values["outputs"] == {}
    Path(log).write_text("a line")
    assert recipe(task, values) is True


def test_kept_file_must_be_there_and_as_it_was_left(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    lock.write_text("1")
    recipe, task, _, values = _built(tmp_path, kept=(str(lock),))
    assert recipe(task, values) is True
    lock.write_text("2")
    assert recipe(task, values) is False
    lock.unlink()
    assert recipe(task, values) is False


def test_kept_file_that_was_never_recorded_runs_the_task(tmp_path: Path) -> None:
    _, task, checker, values = _built(tmp_path)
    assert Recipe("r1", checker, kept=(str(tmp_path / "x.lock"),))(task, values) is False


def test_values_of_another_shape_run_the_task(tmp_path: Path) -> None:
    recipe, task, _, _ = _built(tmp_path)
    assert recipe(task, {"recipe": "r1"}) is False


def test_recipe_without_a_task_has_no_outputs() -> None:
    assert Recipe("r", _checker()).values() == {"recipe": "r", "outputs": {}}


def test_input_edited_while_the_task_ran_is_seen_next_time(tmp_path: Path) -> None:
    recipe, task, checker, _ = _built(tmp_path)
    source = next(iter(task.file_dep))
    Path(source).write_text("edited during the run")
    recipe.values()
    saved = checker.get_state(source, None)
    assert saved == _sha("in")
    assert checker.check_modified(source, checker.info(source), saved) is True


def test_input_that_was_missing_when_selected_is_saved_as_it_is_now(tmp_path: Path) -> None:
    checker = _checker()
    late = tmp_path / "late.txt"
    task = FakeTask(file_dep={str(late)})
    recipe = Recipe("r", checker)
    recipe(task, {})
    late.write_text("here")
    recipe.values()
    assert checker.get_state(str(late), None) == _sha("here")


def test_state_that_is_saved_already_is_not_saved_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("a")
    checker = _checker()
    assert checker.get_state(str(path), _sha("a")) is None
    assert checker.check_modified(str(path), checker.info(str(path)), _sha("a")) is False


def test_touching_a_file_does_not_modify_it(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("a")
    checker = _checker()
    state = checker.get_state(str(path), None)
    path.touch()
    assert checker.check_modified(str(path), checker.info(str(path)), str(state)) is False


def test_dangling_link_exists_for_doit(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "none")
    assert _checker().exists(str(tmp_path / "link"))
    assert not _checker().exists(str(tmp_path / "none"))


def test_doit_info_says_in_words_why_a_task_runs() -> None:
    said = repr(Recipe("0123456789abcdef", _checker()))
    assert said == "what makes it (engine, patterns, tools: 0123456789ab), or an output"
