"""What a plan is made of. A unit is what is built as a whole: an agent, or the shared links."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from generators.engine.patterns.context import Target


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedFile:
    """One file that the build will make.

    Attributes:
        path: where it goes in the assembled repository, for example
            `L9/core/tensoraios/tensor_scorer.py`.
        role: `module`, `test`, `doc`, `facade`, `config`, `integration` (a test of the system),
            `keep` (keeps a folder), `log` or `linked` (code of the target repository, copied as
            it is).
        template: the pattern's template that renders it; empty for `keep` and `log`.
        pattern: `id@version`; `extraction@<entry>` for what an extractor wrote; empty for `keep`
            and `log`.
        stem: stem of the module or document that asked for it.
        purpose: the schema's words about it.
        pointer: the schema pointer that asked for it.
        origin: `generatefiles`, `generatedocs`, `linkexisting`, `createifmissing`, `logging`,
            `postgeneration`, `meta`, `bind` for a module over linked code, `extend` for a
            subclass that takes the place of a generated class, or `extract` for what an
            extractor wrote.
        module: dotted import path; empty for what is not Python.
        imports: dotted prefixes that the file may import besides the standard library.
        traits: what the pattern declares of it (`governed`, `audited`, `remembers`, ...).
        source: the file that linked code is copied from, or the lock that holds what an extractor
            wrote; empty for what is made.
    """

    path: str
    role: str
    template: str
    pattern: str
    stem: str
    purpose: str
    pointer: str
    origin: str
    module: str
    imports: tuple[str, ...]
    traits: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Something the schema leaves open, which must be answered before the unit is built.

    It cites a pointer; the line is looked up when it is shown. `snippet` is what to paste into
    the answers of the collection, and to fill in; empty where there is nothing to prepare.
    """

    number: int
    agent_id: str
    pointer: str
    text: str
    why: str
    choices: tuple[str, ...]
    answer_in: str
    snippet: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedRule:
    """Prose of the schema beside the rule it was compiled to.

    Attributes:
        rule: id of the rule, or `reward` and `penalty`.
        prose: the schema's words.
        expression: the rule in CEL, or the metric that is followed.
        signals: what it reads, each as `name unit`.
        fires: values at which it fires, as the generated test sets them; empty for a metric.
        holds: values at which it just does not.
        pointer: where the prose stands.
    """

    rule: str
    prose: str
    expression: str
    signals: tuple[str, ...]
    fires: Mapping[str, float | bool]
    holds: tuple[Mapping[str, float | bool], ...]
    pointer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitPlan:
    """All that is decided about one unit.

    Attributes:
        unit_id: the agent id, `<collection>.links` (shared facades) or `<collection>.system`.
        kind: `agent`, `links` or `system`.
        label: how the schema calls it, for people.
        rootpath: repository folder of its code (empty for links).
        sequence: position in the extraction order, from 1 (0 for links).
        hard: unit ids that must be built before this one, agents and links.
        soft: agent ids or declared externals that order start-up only.
        files: what to make, in the order of the schema.
        questions: what is open; a unit with questions is not built.
        blocked_by: findings or hard dependencies that stop it, in plain words.
        deferred: the user's reason for leaving it for later, if given.
        manifest: repository path of the manifest that the schema names, or None.
        line_counts: exact number of lines of each formatted file by path; empty until rendered.
        rules: conditions, rewards and penalties of the schema as they were compiled.
        targets: whom the client modules speak to, by stem.
        peers: other agents whose interfaces the patterns of this one may look at.
    """

    unit_id: str
    kind: str
    label: str
    rootpath: str
    sequence: int
    hard: tuple[str, ...]
    soft: tuple[str, ...]
    files: tuple[PlannedFile, ...]
    questions: tuple[Question, ...]
    blocked_by: tuple[str, ...]
    deferred: str | None
    manifest: str | None
    line_counts: Mapping[str, int]
    rules: tuple[PlannedRule, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)
    peers: tuple[str, ...] = ()

    @property
    def buildable(self) -> bool:
        """Tell whether nothing stops the unit."""
        return not (self.questions or self.blocked_by or self.deferred)

    def in_role(self, *roles: str) -> tuple[PlannedFile, ...]:
        """Return the files in any of `roles`."""
        return tuple(file for file in self.files if file.role in roles)


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectionPlan:
    """The plan of a collection; `units` are in build order (links first, the system last)."""

    collection: str
    title: str
    version: str
    units: tuple[UnitPlan, ...]
    groups: tuple[tuple[str, ...], ...]
    digest: str

    def unit(self, unit_id: str) -> UnitPlan:
        """Return the unit with this id.

        Raises:
            KeyError: there is none.
        """
        for unit in self.units:
            if unit.unit_id == unit_id:
                return unit
        raise KeyError(unit_id)
