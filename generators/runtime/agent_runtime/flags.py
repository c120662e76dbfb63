"""The seven feature flags of the ecosystem: all on unless the environment turns one off."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent_runtime.errors import ConfigError, GovernanceError

CODEGEN_STRICT_MODE: Final = "L9_ENABLE_CODEGEN_STRICT_MODE"
GOVERNANCE_ENFORCEMENT: Final = "L9_ENABLE_GOVERNANCE_ENFORCEMENT"
MEMORY_SUBSTRATE_VALIDATION: Final = "L9_ENABLE_MEMORY_SUBSTRATE_VALIDATION"
DEPENDENCY_VALIDATION: Final = "L9_ENABLE_DEPENDENCY_VALIDATION"
TEST_GENERATION: Final = "L9_ENABLE_TEST_GENERATION"
EXTRACTION_PHASES: Final = "L9_ENABLE_EXTRACTION_PHASES"
EVIDENCE_REPORTING: Final = "L9_ENABLE_EVIDENCE_REPORTING"

FLAG_NAMES: Final = (
    CODEGEN_STRICT_MODE,
    GOVERNANCE_ENFORCEMENT,
    MEMORY_SUBSTRATE_VALIDATION,
    DEPENDENCY_VALIDATION,
    TEST_GENERATION,
    EXTRACTION_PHASES,
    EVIDENCE_REPORTING,
)

_WORDS: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Flags:
    """Which flags are off; `Flags()` has all of them on."""

    off: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse names that are no flag.

        Raises:
            ConfigError: `off` names something else than the seven flags.
        """
        for name in sorted(self.off):
            _known(name)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Flags":
        """Read the flags from environment variables; a missing or empty one is on.

        Raises:
            ConfigError: a value is neither of 1, true, yes, on, 0, false, no, off.
        """
        off = set()
        for name in FLAG_NAMES:
            word = environ.get(name, "").strip().lower() or "true"
            if word not in _WORDS:
                raise ConfigError(f"{name}={environ[name]!r} is not one of {', '.join(_WORDS)}")
            if not _WORDS[word]:
                off.add(name)
        return cls(off=frozenset(off))

    def enabled(self, name: str) -> bool:
        """Whether the flag `name` is on.

        Raises:
            ConfigError: there is no such flag.
        """
        return _known(name) not in self.off

    def require(self, name: str) -> None:
        """Do nothing if the flag `name` is on.

        Raises:
            ConfigError: there is no such flag.
            GovernanceError: the flag is off.
        """
        if not self.enabled(name):
            raise GovernanceError(f"{name} is off")

    def to_json(self) -> dict[str, bool]:
        """Return every flag with its state, in the order of `FLAG_NAMES`."""
        return {name: name not in self.off for name in FLAG_NAMES}


def _known(name: str) -> str:
    if name not in FLAG_NAMES:
        raise ConfigError(f"{name!r} is not a feature flag; the flags are {', '.join(FLAG_NAMES)}")
    return name
