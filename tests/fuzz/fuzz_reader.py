"""Coverage-guided fuzzing of the reader: `make fuzz`, or `python -m tests.fuzz.fuzz_reader`.

What libFuzzer finds worth keeping goes into a folder of its own; an input that breaks the reader
is written to `tests/fuzz/broken-*`. Copy it to `tests/fuzz/corpus`, whose files every test run
reads again, and mend the reader.
"""

import argparse
import sys
import tempfile

import atheris

with atheris.instrument_imports(include=["generators.engine"]):
    from tests.fuzz.reading import CORPUS, check_reading


def _once(content: bytes) -> None:
    check_reading(content)


def main() -> None:
    """Fuzz for the minutes that are asked for; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(description="Fuzz the reader.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--found", default="", help="folder to keep new inputs in")
    given = parser.parse_args()
    found = given.found or tempfile.mkdtemp(prefix="fuzz-")
    options = (
        f"-max_total_time={int(given.minutes * 60)}",
        "-max_len=6000",
        "-timeout=20",
        "-rss_limit_mb=2048",
        f"-dict={CORPUS.parent / 'schema.dict'}",
        f"-artifact_prefix={CORPUS.parent}/broken-",
    )
    atheris.Setup([sys.argv[0], *options, found, str(CORPUS)], _once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
