"""A bad project: what stands in its folder, and what has to come of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

PROJECTS = Path(__file__).parent / "projects"
GOOD = PROJECTS / "good"
_EXPECTED = "expected.yaml"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What comes of the project.

    Attributes:
        stage: the kind of task that refuses the project with its code; None if none does.
        status: with which `doit` ends if the project is refused, else `doit validate`.
        findings: each as `CODE file:line:column severity`, in the order in which they are shown.
        built: the agents that nothing stops; the output of every other is what it was.
    """

    stage: str | None
    status: int
    findings: tuple[str, ...]
    built: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Project:
    """The folder of one finding code."""

    code: str
    folder: Path

    @property
    def expected(self) -> Expected:
        """Return what is written down."""
        data = yaml.safe_load((self.folder / _EXPECTED).read_text())
        return Expected(
            stage=data["stage"],
            status=data["status"],
            findings=tuple(data["findings"]),
            built=tuple(data["built"]),
        )

    def expect(self, seen: Expected) -> None:
        """Write down what was seen."""
        data = {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(seen).items()}
        (self.folder / _EXPECTED).write_text(yaml.safe_dump(data, sort_keys=False, width=100))

    def inputs(self) -> Mapping[str, bytes]:
        """Return its input files by their path below the project."""
        return inputs_of(self.folder)


def inputs_of(folder: Path) -> Mapping[str, bytes]:
    """Return the input files of a project by their path below its folder."""
    files = sorted(path for path in (folder / "input_schemas").rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def projects() -> tuple[Project, ...]:
    """Return the bad projects in the order of their codes."""
    folders = sorted(path for path in PROJECTS.iterdir() if path != GOOD)
    return tuple(Project(code=folder.name, folder=folder) for folder in folders)
