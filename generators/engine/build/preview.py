"""Show what one file of an agent becomes, or try a whole agent, without running the build.

python -m generators.engine.build.preview input_schemas/x.md sensor_watch anomaly_detector
python -m generators.engine.build.preview input_schemas/x.md sensor_watch --run
"""

import argparse
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import black
from black.parsing import InvalidInput

from generators.engine.build.collections import collection_name
from generators.engine.build.compile import (
    Compiled,
    collection_interfaces,
    compile_collection,
    load_meta,
    workshop,
)
from generators.engine.findings import render_findings
from generators.engine.model.agent import Agent, Collection
from generators.engine.patterns.refusal import RefusalError
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.plan.unit_texts import render_unit
from generators.engine.shell.environment import read_settings
from generators.engine.shell.files import write_if_changed
from generators.engine.shell.processes import run_process

_TIMEOUT_SECONDS = 600

MODE = black.Mode(line_length=100)


def main() -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="the collection's source file")
    parser.add_argument("agent", help="agent id, or links, or system")
    parser.add_argument("stem", nargs="?", help="stem of the module or document to print")
    parser.add_argument("--test", action="store_true", help="print the test instead")
    parser.add_argument("--run", action="store_true", help="write all to a folder and run tools")
    parser.add_argument("--only", action="append", help="restrict to these stems")
    options = parser.parse_args()
    only = options.only or [options.stem] if options.stem and not options.run else options.only
    texts = preview(options.file, options.agent, only=only)
    if options.run:
        return _run(texts)
    prefix = "test_" if options.test else ""
    for path, text in texts.items():
        stem = Path(path).stem
        if stem == prefix + (options.stem or "") and path.endswith((".py", ".md", ".yaml")):
            print(text)  # noqa: T201 - the purpose of the command
    return 0


def preview(file: str, unit_id: str, *, only: list[str] | None = None) -> dict[str, str]:
    """Return the formatted texts of a unit (and of the links, if it has any) by path."""
    settings = read_settings(os.environ)
    meta = load_meta(settings)
    name = collection_name(Path(file).stem)
    compiled = compile_collection(name, (file,), settings, meta)
    if compiled.plan is None:
        raise SystemExit(render_findings(compiled.findings, compiled.texts))
    texts: dict[str, str] = {}
    for unit in compiled.plan.units:
        wanted = unit.unit_id in (unit_id, f"{name}.{unit_id}") or unit.kind == "links"
        if wanted:
            texts.update(_unit_texts(unit, compiled, only))
    return texts


def _unit_texts(unit: UnitPlan, compiled: Compiled, only: list[str] | None) -> dict[str, str]:
    for question in unit.questions:
        sys.stderr.write(f"Q{question.number} {question.pointer}: {question.text}\n")
    for reason in unit.blocked_by:
        sys.stderr.write(f"blocked: {reason}\n")
    about: Agent | Collection = compiled.model.collection
    if unit.kind == "agent":
        about = compiled.model.collection.agent(unit.unit_id)
    interfaces = collection_interfaces(compiled.model.collection, compiled.meta)
    place = replace(
        workshop(compiled.name, compiled.namespace, compiled.meta, interfaces),
        linked=compiled.linked,
    )
    if only:
        files = tuple(f for f in unit.files if f.stem in only or f.role in ("facade",))
        unit = replace(unit, files=files)
    texts: dict[str, str] = {}
    for file in unit.files:
        try:
            texts.update(render_unit(replace(unit, files=(file,)), about, place))
        except RefusalError as error:
            sys.stderr.write(f"{file.path}: refused: {error}\n")
    return {path: _formatted(path, text) for path, text in texts.items()}


def _formatted(path: str, text: str) -> str:
    if not path.endswith(".py"):
        return text
    try:
        return black.format_str(text, mode=MODE)
    except InvalidInput as error:
        sys.stderr.write(f"{path}: not Python: {error}\n")
        return text


def _run(texts: dict[str, str]) -> int:
    root = Path(tempfile.mkdtemp(prefix="preview-"))
    for path, text in texts.items():
        write_if_changed(str(root / path), text.encode())
    sys.stderr.write(f"written to {root}\n")
    here = Path(__file__).resolve().parents[3]
    import_path = f"{root}:{here / 'generators/runtime'}"
    environ = {**os.environ, "PYTHONPATH": import_path, "MYPYPATH": import_path}
    worst = 0
    for command in _commands(here, root, sorted({path.split("/")[0] for path in texts})):
        ended = run_process(
            [sys.executable, "-m", *command],
            folder=str(root),
            environment=environ,
            timeout_seconds=_TIMEOUT_SECONDS,
        )
        sys.stdout.write(ended.stdout + ended.stderr)
        worst = max(worst, 1 if ended.exit_code is None else ended.exit_code)
    return worst


def _commands(here: Path, root: Path, tops: list[str]) -> list[list[str]]:
    """Return what the build would run over the written files below `tops`, simplified."""
    rules = str(here / "generators/engine/build/generated_ruff.toml")
    cache = str(here / ".codegen/cache/preview-mypy")
    strict = ["--strict", "--namespace-packages", "--explicit-package-bases", "--cache-dir", cache]
    quiet = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    config = ["-c", str(here / "pyproject.toml"), "--rootdir", str(root)]
    coverage = [
        *(f"--cov={top}" for top in tops),
        "--cov-branch",
        "--cov-report=term-missing:skip-covered",
    ]
    return [
        ["ruff", "check", "--config", rules, "--no-cache", "."],
        ["mypy", *strict, *tops],
        ["pytest", *quiet, *config, *(f"{top}/tests" for top in tops), *coverage],
    ]


if __name__ == "__main__":
    raise SystemExit(main())
