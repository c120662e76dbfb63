"""Counts the files of a build as anybody could who never saw the compiler."""

import re
from collections.abc import Iterator
from pathlib import Path

_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b")
_TEXTS = {".py", ".md", ".yaml", ".json"}


def counted(out: Path) -> dict[str, int]:
    """Return how many agents, modules, documents and test files there are, by their names in the
    summary of a build."""
    agents = [folder for folder in (out / "code").iterdir() if not folder.name.startswith("_")]
    return {
        "agents": len(agents),
        "modules": sum(
            path.name != "__init__.py" for folder in agents for path in folder.rglob("*.py")
        ),
        "documents": sum(_many(out / "docs" / folder.name, "*.md") for folder in agents),
        "test_files": sum(_many(out / "tests" / folder.name, "test_*.py") for folder in agents),
    }


def manifests(out: Path) -> set[str]:
    """Return the ids of the agents that have a manifest."""
    names = {path.name.removesuffix("_manifest.json") for path in (out / "manifests").iterdir()}
    return names - {"ecosystem"}


def unfinished(out: Path) -> list[str]:
    """Return the lines of all that was generated that speak of work to be done."""
    return [*_unfinished(out)]


def _unfinished(out: Path) -> Iterator[str]:
    for folder in ("code", "docs", "tests", "manifests", "repo"):
        for path in sorted((out / folder).rglob("*")):
            if path.is_file() and path.suffix in _TEXTS:
                for line in path.read_text().splitlines():
                    if _UNFINISHED.search(line):
                        yield f"{path.relative_to(out)}: {line}"


def _many(folder: Path, pattern: str) -> int:
    return sum(1 for _ in folder.rglob(pattern))
