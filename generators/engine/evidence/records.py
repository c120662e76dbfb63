"""Records: what the checks of a build found, as they stand on disk.

Checks write them, verdicts judge them, the evidence report cites them. A field with a default may
be absent in a file; a field that is not named here is ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

Record = TypeVar("Record")


class RecordError(Exception):
    """A record is not what its name says; the message names the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One complaint of a tool about one line."""

    path: str
    line: int
    column: int
    code: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckRecord:
    """What the linter or the type checker said about a unit (`lint.json`, `typecheck.json`)."""

    check: str
    tool: str
    files: int
    passed: bool
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingRecord:
    """One finding, as `findings_json` writes it (`findings.json`, and in gate records)."""

    code: str
    severity: str
    message: str
    file: str
    line: int
    column: int
    repair: str
    agent: str | None = None
    pointer: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class GateOutcome:
    """What one gate says about a unit.

    Attributes:
        gate_id: its id.
        title: what is true of a unit that passed.
        phase: the phase of the build that it belongs to.
        items: ids of the checklist items that it proves.
        passed: whether it lets the unit pass.
        findings: why not.
        evidence: what it looked at, by name; at least `checked`.
        places: where the thing that is proven was seen, as `path:line`.
    """

    gate_id: str
    title: str
    phase: int
    items: tuple[str, ...]
    passed: bool
    findings: tuple[FindingRecord, ...] = ()
    evidence: Mapping[str, int] = field(default_factory=dict)
    places: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class GateRecord:
    """What all gates say about a unit (`gate.json`); `skipped` names gates that were not run."""

    passed: bool
    results: tuple[GateOutcome, ...]
    skipped: tuple[str, ...] = ()

    def outcome(self, gate_id: str) -> GateOutcome | None:
        """Return the outcome of the gate with this id."""
        return next((result for result in self.results if result.gate_id == gate_id), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseRecord:
    """One test and how it ended.

    Attributes:
        path: repository path of the test file.
        name: its name in the file, with parameters.
        kinds: its markers among `positive`, `negative` and `regression`.
        outcome: `passed`, `failed`, `error`, `skipped` or `not run`.
        seconds: how long it took.
        message: what went wrong, shortened.
    """

    path: str
    name: str
    kinds: tuple[str, ...]
    outcome: str
    seconds: float = 0.0
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileCoverage:
    """What the tests ran of one file."""

    statements: int
    covered_lines: int
    branches: int
    covered_branches: int
    missing_lines: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectError:
    """A test file that could not be read."""

    path: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteRecord:
    """The tests of a unit (`test.json`), and what they ran of each of its files by path."""

    tool: str
    passed: bool
    tests: tuple[CaseRecord, ...]
    coverage: Mapping[str, FileCoverage]
    errors: tuple[CollectError, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class VerdictRecord:
    """The judgement of a unit (`verdict.json`)."""

    unit: str
    passed: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FileChange:
    """What the last installation did to one file; a digest is None where there was no file."""

    path: str
    before: str | None
    after: str | None
    lines_before: int
    lines_after: int
    added: int
    removed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class InstalledRecord:
    """What is installed of a unit (`installed.json`).

    Attributes:
        files: SHA-256 by path below the collection's folder (canonical and `repo/` copies).
        changes: what the last installation changed.
        overrides: adopted hand edits that stand in for generated files.
    """

    files: Mapping[str, str]
    changes: tuple[FileChange, ...] = ()
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportProbe:
    """Whether a module of a unit could be imported in a clean interpreter."""

    unit: str
    module: str
    passed: bool
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkProbe:
    """Whether a linked path is there, with the names that are used of it."""

    unit: str
    path: str
    passed: bool
    names: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceProbe:
    """Whether the started service of an agent answered a request."""

    unit: str
    method: str
    path: str
    status: int
    passed: bool
    milliseconds: float = 0.0
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EdgeProbe:
    """How the integration tests of one file went.

    Attributes:
        path: repository path of the tests.
        caller: the agent that asks; empty for a file about more than one pair.
        callee: the agent that is asked; empty likewise.
        connection: how they are wired (`api_call`, ...), or what else the tests are about.
        steps: tests of what must happen.
        steps_passed: those that passed.
        failures: tests of what may go wrong.
        failures_passed: those that passed.
        messages: why tests did not pass, a line each.
    """

    path: str
    caller: str
    callee: str
    connection: str
    steps: int
    steps_passed: int
    failures: int
    failures_passed: int
    messages: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether there are tests, and all passed."""
        asked, good = self.steps + self.failures, self.steps_passed + self.failures_passed
        return asked > 0 and asked == good and not self.messages


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegrateRecord:
    """What happened when everything was put together (`records/integrate.json`)."""

    imports: tuple[ImportProbe, ...]
    links: tuple[LinkProbe, ...] = ()
    services: tuple[ServiceProbe, ...] = ()
    edges: tuple[EdgeProbe, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BaselineRecord:
    """What was looked at before anything was made (`records/baseline.json`).

    `writable` tells of each folder of the output tree whether it can be written; `flags` is the
    state of each feature flag in the environment of the build, where it differs from the template.
    """

    writable: Mapping[str, bool]
    flags: Mapping[str, bool] = field(default_factory=dict)


def decode_record(content: bytes, kind: type[Record], *, path: str) -> Record:
    """Return the record in `content`.

    Args:
        content: JSON.
        kind: one of the types of this module.
        path: for the message.

    Raises:
        RecordError: it is no such record.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise RecordError(f"{path}: {error}; remove it and build again") from error
