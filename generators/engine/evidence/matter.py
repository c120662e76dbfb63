"""What the sections of a report are written from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from generators.engine.evidence.checklist import ChecklistItem
from generators.engine.evidence.folder import Facts
from generators.engine.evidence.phases import PhaseResult
from generators.engine.evidence.standing import Hindrance
from generators.engine.evidence.todo_status import TodoStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFacts:
    """What is known of the run itself.

    Attributes:
        tools: version of each tool and of the engine, by name.
        seconds: how long each stage took, by name; empty if it was not measured.
    """

    tools: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignerFacts:
    """Who signs: the id of the key, and where it comes from."""

    key_id: str
    origin: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """Facts, answers and circumstances of one report."""

    facts: Facts
    items: tuple[ChecklistItem, ...]
    phases: tuple[PhaseResult, ...]
    todos: Mapping[str, tuple[TodoStatus, ...]]
    hindrances: tuple[Hindrance, ...]
    run: RunFacts
    timestamp: str
    signer: SignerFacts

    @property
    def declared(self) -> bool:
        """Tell whether the final declaration is made."""
        return not self.hindrances

    @property
    def failures(self) -> tuple[Hindrance, ...]:
        """Return what failed, without what is merely unfinished."""
        return tuple(h for h in self.hindrances if h.failure)

    def phase(self, number: int) -> PhaseResult | None:
        """Return a phase by its number."""
        return next((phase for phase in self.phases if phase.number == number), None)
