"""What the environment says about a build, read once, and what tools get to see of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
_TRUE = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildSettings:
    """Where a build reads and writes, and how strict it is.

    Attributes:
        inputs: folder of the collections.
        out: folder of the outputs.
        meta: folder of the meta templates.
        patterns: folder of the patterns.
        runtime: folder that holds the `agent_runtime` package.
        cache: folder of state and caches.
        namespace: root namespace that replaces the glue's; None to keep it.
        locked: refuse a plan that differs from the lock instead of renewing the lock.
        forced: `doit clean` also removes files edited by hand.
        flags: the build's own feature flags by name.
    """

    inputs: str
    out: str
    meta: str
    patterns: str
    runtime: str
    cache: str
    namespace: str | None
    locked: bool
    forced: bool
    flags: tuple[tuple[str, bool], ...]


def read_settings(environ: Mapping[str, str]) -> BuildSettings:
    """Return the settings that environment variables give, for a build in the working directory.

    Read are `CODEGEN_INPUTS`, `CODEGEN_OUT`, `CODEGEN_META`, `CODEGEN_CACHE`,
    `CODEGEN_ROOT_NAMESPACE`, `CODEGEN_LOCKED` (or `CI`), `CODEGEN_FORCE` and `L9_ENABLE_*`.
    """
    return BuildSettings(
        inputs=environ.get("CODEGEN_INPUTS", "input_schemas"),
        out=environ.get("CODEGEN_OUT", "extractions"),
        meta=environ.get("CODEGEN_META", "meta"),
        patterns=os.path.join("generators", "patterns"),
        runtime=os.path.join("generators", "runtime"),
        cache=environ.get("CODEGEN_CACHE", ".codegen"),
        namespace=environ.get("CODEGEN_ROOT_NAMESPACE") or None,
        locked=_is_true(environ.get("CODEGEN_LOCKED", environ.get("CI", ""))),
        forced=_is_true(environ.get("CODEGEN_FORCE", "")),
        flags=tuple(
            (name, _is_true(value))
            for name, value in sorted(environ.items())
            if name.startswith("L9_ENABLE_")
        ),
    )


def tool_environment(
    environ: Mapping[str, str], *, import_path: Sequence[str], bytecode: str
) -> dict[str, str]:
    """Return the environment for a tool: nothing of the user's but what programs need to run.

    Args:
        environ: the present environment.
        import_path: folders for `PYTHONPATH`, made absolute.
        bytecode: folder for compiled Python, so that none appears beside generated files.
    """
    kept = {name: environ[name] for name in _PASSED_ON if name in environ}
    return {
        **kept,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(os.path.abspath(folder) for folder in import_path),
        "PYTHONPYCACHEPREFIX": os.path.abspath(bytecode),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def current_environment() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ


def _is_true(text: str) -> bool:
    return text.strip().lower() in _TRUE
