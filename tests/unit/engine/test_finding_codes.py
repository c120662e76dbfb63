"""Every finding code is explained, and its example has it."""

import re
from pathlib import Path

import pytest

from generators.engine.build.finding_pages import FindingCode, load_codes, pages
from generators.engine.findings import render_findings
from generators.engine.model.load import LoadedModel, load_model
from generators.engine.model.repairs import propose_repairs
from tests.unit.engine.collection_builder import AGENT_SCHEMA, COLLECTION_SCHEMA, ROOT

CODES = load_codes()
SHOWN = [code for code in CODES if code.example is not None]
FAMILIES = re.compile(r'"((?:SR|MD|PL)\d{3})"')


def _load(text: str) -> LoadedModel:
    name = "example.md" if "```" in text else "example.yaml"
    return load_model(
        "example",
        {name: text.encode()},
        agent_schema=AGENT_SCHEMA,
        collection_schema=COLLECTION_SCHEMA,
        answers={},
    )


def test_the_catalogue_knows_exactly_the_codes_of_the_engine() -> None:
    sources = (ROOT / "generators" / "engine").rglob("*.py")
    used = {code for path in sources for code in FAMILIES.findall(path.read_text())}
    assert {code.code for code in CODES} == used
    assert len({code.title for code in CODES}) == len(CODES)


@pytest.mark.parametrize("code", SHOWN, ids=lambda code: code.code)
def test_the_example_of_a_code_has_it_and_little_else(code: FindingCode) -> None:
    model = _load(code.example or "")
    found = [f for f in model.findings if f.code == code.code]
    assert found, [str(f) for f in model.findings]
    assert code.severity in {str(f.severity) for f in found}
    others = {f.code for f in model.findings if f.severity == "error"} - {code.code}
    assert others <= {"MD001", "MD011"}  # a schema that asks for more, a collection of nothing


@pytest.mark.parametrize("code", SHOWN, ids=lambda code: code.code)
def test_what_is_called_repairable_is_repaired_and_nothing_else_is(code: FindingCode) -> None:
    repairs = propose_repairs({"example.yaml": (code.example or "").encode()}, AGENT_SCHEMA)
    assert bool(repairs) is code.repairable
    for repair in repairs:
        assert code.code not in [f.code for f in _load(repair.repaired).findings]


def test_the_pages_are_those_of_the_catalogue() -> None:
    wanted = pages(CODES)
    present = {
        f"docs/findings/{path.name}": path.read_text()
        for path in (Path(ROOT) / "docs/findings").glob("*.md")
    }
    hint = "run `python -m generators.engine.build.finding_pages`"
    assert present == wanted, hint


def test_a_finding_names_its_page() -> None:
    text = render_findings(_load("system: S\nname: N\nrootpath: L9/n\nowner: a: b\n").findings, {})
    assert "      more     docs/findings/SR012.md" in text
