"""Load the pattern library: every folder of `generators/patterns` that holds a `pattern.yaml`."""

import importlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast

import yaml

from generators.engine.patterns.fault import PatternError
from generators.engine.patterns.library import Library
from generators.engine.patterns.pattern import ComputeParams, Pattern, parse_pattern
from generators.engine.shell.files import read_bytes

PATTERNS = Path(__file__).resolve().parents[2] / "patterns"


@lru_cache(maxsize=1)
def load_library() -> Library:
    """Read all patterns from disk.

    Raises:
        PatternError: a folder is not built as generators/patterns/README.md says.
    """
    folders = sorted(path.parent for path in PATTERNS.glob("*/pattern.yaml"))
    return Library.of(_load_pattern(folder) for folder in folders)


@lru_cache(maxsize=1)
def load_shared_templates() -> Mapping[str, str]:
    """Read the templates that patterns may include, by file name."""
    return {path.name: _text(path) for path in sorted((PATTERNS / "_shared").glob("*.j2"))}


@lru_cache(maxsize=1)
def _shared_definitions() -> Mapping[str, object]:
    """Read the definitions that the schemas of parameters may refer to, by name."""
    data = json.loads(_text(PATTERNS / "_shared" / "defs.schema.json"))
    return cast("Mapping[str, object]", data["$defs"])


def _load_pattern(folder: Path) -> Pattern:
    data = yaml.load(_text(folder / "pattern.yaml"), Loader=yaml.CSafeLoader)
    schema = json.loads(_text(folder / "params.schema.json"))
    schema["$defs"] = {**_shared_definitions(), **schema.get("$defs", {})}
    templates = {path.name: _text(path) for path in sorted(folder.glob("*.j2"))}
    if not isinstance(data, dict) or data.get("id") != folder.name:
        raise PatternError(f"{folder.name}/pattern.yaml must have the id of its folder")
    module = importlib.import_module(f"generators.patterns.{folder.name}.params")
    compute = cast("ComputeParams", module.params)
    return parse_pattern(data, templates=templates, params_schema=schema, compute=compute)


def _text(path: Path) -> str:
    return read_bytes(str(path)).decode()
