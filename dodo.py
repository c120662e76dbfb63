"""The build, stage by stage: what `doit` runs. Everything it does is in generators/engine."""

from collections.abc import Iterator

from generators.engine.build.graph import open_session
from generators.engine.build.reporter import BuildReporter
from generators.engine.shell.environment import current_environment, read_settings

SESSION = open_session(read_settings(current_environment()))

DOIT_CONFIG = {
    "backend": "journal",
    "dep_file": f"{SESSION.settings.cache}/state.db",
    "check_file_uptodate": SESSION.checker_class,
    "reporter": BuildReporter,
    "default_tasks": list(SESSION.graph.default),
    "continue": True,
    "verbosity": 1,
}


def task_findings() -> Iterator[dict[str, object]]:
    """Read the sources of a collection and note everything that is wrong with them."""
    return SESSION.tasks("findings")


def task_validate() -> Iterator[dict[str, object]]:
    """Say what is wrong with the sources; fails if that stops anything."""
    return SESSION.tasks("validate")


def task_normalise() -> Iterator[dict[str, object]]:
    """Bring each agent schema into canonical form."""
    return SESSION.tasks("normalise")


def task_meta() -> Iterator[dict[str, object]]:
    """Resolve the meta templates and the glue."""
    return SESSION.tasks("meta")


def task_sequence() -> Iterator[dict[str, object]]:
    """Decide what is made, in which order (extraction_sequence.yaml)."""
    return SESSION.tasks("sequence")


def task_lock() -> Iterator[dict[str, object]]:
    """Compare the plan with the committed lock."""
    return SESSION.tasks("lock")


def task_generate() -> Iterator[dict[str, object]]:
    """Render the files of a unit."""
    return SESSION.tasks("generate")


def task_format() -> Iterator[dict[str, object]]:
    """Format them (ruff, proven by black)."""
    return SESSION.tasks("format")


def task_lint() -> Iterator[dict[str, object]]:
    """Lint them (ruff)."""
    return SESSION.tasks("lint")


def task_gate() -> Iterator[dict[str, object]]:
    """Hold them against the gates."""
    return SESSION.tasks("gate")


def task_typecheck() -> Iterator[dict[str, object]]:
    """Type-check them (mypy --strict)."""
    return SESSION.tasks("typecheck")


def task_test() -> Iterator[dict[str, object]]:
    """Run the tests of a unit and measure coverage."""
    return SESSION.tasks("test")


def task_install() -> Iterator[dict[str, object]]:
    """Judge the records; if all pass, write the files to their places."""
    return SESSION.tasks("install")


def task_verdict() -> Iterator[dict[str, object]]:
    """Say whether a unit passed; fails if not."""
    return SESSION.tasks("verdict")


def task_manifest() -> Iterator[dict[str, object]]:
    """Write the manifest of a unit that passed."""
    return SESSION.tasks("manifest")


def task_todo() -> Iterator[dict[str, object]]:
    """Write the locked TODO plan and the open questions."""
    return SESSION.tasks("todo")


def task_prune() -> Iterator[dict[str, object]]:
    """Remove files of agents that are no longer there, if they are still ours."""
    return SESSION.tasks("prune")


def task_integrate() -> Iterator[dict[str, object]]:
    """Import everything together and start each agent once."""
    return SESSION.tasks("integrate")


def task_evidence() -> Iterator[dict[str, object]]:
    """Write the evidence report."""
    return SESSION.tasks("evidence")
