"""The examples of docs/extending are built as they stand there, and do what the pages promise."""

import re
from collections.abc import Iterator

import pytest
import yaml

from tests.e2e.workspace import COLLECTION, ROOT, SOURCE, Workspace

FOLDER = ROOT / "docs/extending"
PAGES = ("modules", "bind", "extend", "glue")
ANSWERS = f"answers/{COLLECTION}.yaml"
_FILE = re.compile(r"File `input_schemas/([^`]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
_SHOWN = re.compile(r"`extractions/(\S+)` then shows:\n\n```text\n(.*?)```", re.DOTALL)
_SCHEMA = re.compile(r"```yaml\n(    - .*?)```", re.DOTALL)
_BEFORE = {
    ".py  #": "    - __init__.py  # The sensor watch agent and the names it exports.\n",
    "path:": "    - name: get_sensor_status\n",
}
"""Where lines for the schema are inserted, by what they hold."""


def text_of(page: str) -> str:
    return (FOLDER / f"{page}.md").read_text()


def inputs() -> dict[str, str]:
    """Return the shipped collection under the namespace of the pages, with all their lines."""
    schema = (ROOT / "input_schemas" / SOURCE).read_text().replace("L9/", "acme/")
    files: dict[str, str] = {}
    answers: dict[str, dict[str, object]] = {COLLECTION: {}}
    for page in PAGES:
        for lines in _SCHEMA.findall(text_of(page)):
            (place,) = [place for mark, place in _BEFORE.items() if mark in lines]
            assert place in schema
            schema = schema.replace(place, lines + place)
        for name, content in _FILE.findall(text_of(page)):
            if name == ANSWERS:
                answers[COLLECTION].update(yaml.safe_load(content)["modules"][COLLECTION])
            else:
                files[name] = content
    return {SOURCE: schema, ANSWERS: yaml.safe_dump({"modules": answers}, sort_keys=False), **files}


def promises() -> Iterator[tuple[str, str]]:
    """Yield each file that a page speaks of, with a line that it must show."""
    for page in PAGES:
        for name, content in _SHOWN.findall(text_of(page)):
            for line in content.splitlines():
                yield name, line


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    base = tmp_path_factory.mktemp("pages")
    workspace = Workspace.create(base / "w", sources=inputs(), mypy_cache=base / "mypy")
    ran = workspace.doit()
    assert ran.code == 0, ran.out
    return workspace


def test_each_page_has_files_and_a_promise() -> None:
    for page in PAGES:
        assert _FILE.findall(text_of(page)), page
        assert _SHOWN.findall(text_of(page)), page
        assert f"]({page}.md)" in text_of("README")


@pytest.mark.parametrize(("name", "line"), list(promises()))
def test_what_a_page_promises_is_in_the_file_that_it_names(
    built: Workspace, name: str, line: str
) -> None:
    assert line in (built.root / "extractions" / name).read_text()


def test_the_extensions_stand_in_the_repository_byte_for_byte(built: Workspace) -> None:
    linked = {n: text for n, text in inputs().items() if n.startswith("linked/")}
    assert len(linked) == 2
    for name, text in linked.items():
        assert (built.out / "repo" / name.removeprefix("linked/")).read_text() == text
