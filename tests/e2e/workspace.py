"""A folder in which a build can run as a user would run it, and copies of it after the build."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINKED = ("dodo.py", "pyproject.toml", "generators", "meta")
COLLECTION = "sensor_watch"
SOURCE = f"{COLLECTION}_v1.0.md"
_TIMEOUT = 300


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str


@dataclass(frozen=True)
class Workspace:
    """A project folder: links to the compiler, and inputs and outputs of its own."""

    root: Path

    @classmethod
    def create(cls, root: Path, *, sources: Mapping[str, str], mypy_cache: Path) -> "Workspace":
        """Make a workspace with these input files."""
        root.mkdir(parents=True)
        for name in LINKED:
            (root / name).symlink_to(ROOT / name)
        for name, text in sources.items():
            path = root / "input_schemas" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        mypy_cache.mkdir(parents=True, exist_ok=True)
        (root / ".codegen/cache").mkdir(parents=True)
        (root / ".codegen/cache/mypy").symlink_to(mypy_cache)
        return cls(root)

    def copy_to(self, root: Path) -> "Workspace":
        """Return a copy, with times kept, links as links."""
        shutil.copytree(self.root, root, symlinks=True)
        return Workspace(root)

    @property
    def source(self) -> Path:
        """Return the collection's file."""
        return self.root / "input_schemas" / SOURCE

    @property
    def out(self) -> Path:
        """Return the collection's output folder."""
        return self.root / "extractions" / COLLECTION

    def doit(self, *arguments: str, **environ: str) -> Ran:
        """Run doit here, with nothing of the caller's environment but what programs need."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(
            [sys.executable, "-m", "doit", *arguments],
            cwd=self.root,
            env={**kept, "LANG": "C.UTF-8", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
        return Ran(code=done.returncode, out=done.stdout)

    def executed(self, *arguments: str, **environ: str) -> list[str]:
        """Run doit, and return the tasks that were not up to date."""
        report = self.root / "report.json"
        self.doit("run", "--reporter", "json", "-o", str(report), *arguments, **environ)
        tasks = json.loads(report.read_text())["tasks"]
        report.unlink()
        return [
            task["name"]
            for task in tasks
            if task["result"] != "up-to-date" and task["started"] is not None
        ]

    def edit(self, old: str, new: str) -> None:
        """Replace a text of the source that must occur in it."""
        text = self.source.read_text()
        assert old in text
        self.source.write_text(text.replace(old, new))

    def line_of(self, text: str) -> int:
        """Return the line of the source, from 1, in which `text` first occurs."""
        lines = self.source.read_text().splitlines()
        return next(number for number, line in enumerate(lines, start=1) if text in line)

    def digests(self, *folders: str) -> dict[str, str]:
        """Return the digest of each file in folders of the output tree, by path."""
        return {
            str(path.relative_to(self.out)): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in folders
            for path in sorted((self.out / folder).rglob("*"))
            if path.is_file()
        }

    def installed(self) -> dict[str, str]:
        """Return the digests of what agents consist of: the last good output.

        Checklists are records of a build: they cite results by digest, and results hold times.
        """
        found = self.digests("code", "docs", "tests", "manifests", "repo")
        found.pop("manifests/ecosystem_manifest.json", None)
        return {name: digest for name, digest in found.items() if "_checklist." not in name}

    def products(self) -> dict[str, str]:
        """Return the digests of all product files: functions of the inputs alone."""
        single = ("extraction_sequence.yaml", "locked_todo_plan.txt", "locked_todo_plan.json")
        found = self.installed()
        found.update(
            {name: hashlib.sha256((self.out / name).read_bytes()).hexdigest() for name in single}
        )
        return found
