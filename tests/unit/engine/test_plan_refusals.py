"""What a pattern cannot make of a schema is a question about that agent, and stops nobody else."""

import os
from pathlib import Path

from generators.engine.build.compile import compile_collection, load_meta
from generators.engine.shell.environment import read_settings
from tests.unit.engine.collection_builder import ROOT

SOURCE = ROOT / "input_schemas/tensoraios_ecosystem_v6.0.md"


def test_a_value_that_a_pattern_cannot_print_is_a_question(tmp_path: Path) -> None:
    text = SOURCE.read_text()
    assert "- temporal_context  #" in text
    source = tmp_path / "odd_v1.0.md"
    source.write_text(text.replace("- temporal_context  #", "- what is new  #"))
    settings = read_settings(os.environ)
    compiled = compile_collection("odd", (str(source),), settings, load_meta(settings))
    asked = {str(unit.unit_id): unit.questions for unit in compiled.plan.units}
    numbers = [question.number for question in asked["main_agent"]]
    assert numbers == [*range(1, len(numbers) + 1)]
    (told,) = [each for each in asked["main_agent"] if "context_enricher.py" in each.text]
    assert "'what is new' does not match" in told.text
    assert told.pointer == "/cursorinstructions/generatefiles/7"
    assert not asked["tensoraios"]
