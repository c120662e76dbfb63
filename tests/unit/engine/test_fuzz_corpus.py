"""Every input that the fuzzer started from, or broke the reader with, is read again."""

from pathlib import Path

import pytest

from generators.engine.findings import Place
from generators.engine.model.load import LoadedModel
from tests.fuzz import reading
from tests.fuzz.reading import CORPUS, BrokenReaderError, check_reading


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_no_input_of_the_corpus_breaks_the_reader(path: Path) -> None:
    model = check_reading(path.read_bytes())
    assert model.agents or model.findings


def test_slowness_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_SECONDS", -1.0)
    with pytest.raises(BrokenReaderError, match="took"):
        check_reading(b"a: 1\n")


def test_a_place_outside_of_the_file_is_noticed() -> None:
    model = check_reading(b"a: 1\n")
    place = Place(file="fuzz.md", line=9, column=1)
    (finding,) = (f for f in model.findings if f.code == "MD011")
    object.__setattr__(finding, "place", place)
    with pytest.raises(BrokenReaderError, match="of 2 lines"):
        reading._check_places(model, b"a: 1\n")


def test_an_accepted_escape_is_noticed() -> None:
    model: LoadedModel = check_reading((CORPUS / "flat.md").read_bytes())
    file = model.agents["n"].agent.instructions.generate_files[0]
    object.__setattr__(file, "path", "L9/n/../../etc.py")
    with pytest.raises(BrokenReaderError, match="leaves"):
        reading._check_paths(model)
