"""Show what one file of an agent becomes, or try a whole agent, without running the build.

python -m generators.engine.build.preview input_schemas/x.md sensor_watch anomaly_detector
python -m generators.engine.build.preview input_schemas/x.md sensor_watch --run
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import black
from black.parsing import InvalidInput

from generators.engine.build.collections import collection_name
from generators.engine.build.compile import (
    Compiled,
    compile_collection,
    load_meta,
    workshop,
)
from generators.engine.findings import render_findings
from generators.engine.model.agent import Agent, Collection
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.plan.unit_texts import render_unit
from generators.engine.shell.environment import read_settings

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
    texts = preview(options.file, options.agent, only=options.only)
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
    place = workshop(compiled.name, compiled.namespace, compiled.meta, {})
    if only:
        files = tuple(f for f in unit.files if f.stem in only or f.role in ("facade",))
        unit = _restricted(unit, files)
    texts = render_unit(unit, about, place)
    return {path: _formatted(path, text) for path, text in texts.items()}


def _restricted(unit: UnitPlan, files: tuple[object, ...]) -> UnitPlan:
    from dataclasses import replace

    return replace(unit, files=tuple(f for f in unit.files if f in files))


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
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    here = Path(__file__).resolve().parents[3]
    environ = {
        **os.environ,
        "PYTHONPATH": f"{root}:{here / 'generators/runtime'}",
        "MYPYPATH": f"{root}:{here / 'generators/runtime'}",
    }
    sys.stderr.write(f"written to {root}\n")
    tool = [sys.executable, "-m"]
    config = str(here / "pyproject.toml")
    rules = str(here / "generators/engine/build/generated_ruff.toml")
    commands = [
        [*tool, "ruff", "check", "--config", rules, "--no-cache", "."],
        [
            *tool,
            "mypy",
            "--strict",
            "--namespace-packages",
            "--explicit-package-bases",
            "--cache-dir",
            str(here / ".codegen/cache/preview-mypy"),
            "L9",
        ],
        [
            *tool,
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--import-mode=importlib",
            "-c",
            config,
            "--rootdir",
            str(root),
            "L9/tests",
            "--cov",
            "L9",
            "--cov-branch",
            "--cov-report=term-missing:skip-covered",
        ],
    ]
    codes = [
        subprocess.run(c, cwd=root, env=environ, check=False).returncode for c in commands
    ]  # noqa: S603 - our own tools
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
