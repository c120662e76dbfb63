"""Start a compiled agent on loopback: `python -m generators.engine.build.serve_agent tensoraios`.

The agent is what stands in `repo/` of its collection. It reads the file of settings that the
collection shares, and runs on embedded stores below `.codegen/run/<agent>`, unless its own
environment variables say otherwise.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generators.engine.build.compile import root_namespace
from generators.engine.build.layout import CollectionFolder, collection_folder
from generators.engine.build.stage_files import read_glue, read_optional_mapping, read_plan
from generators.engine.plan.edges import server_role
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.environment import BuildSettings, current_environment, read_settings
from generators.engine.shell.files import absolute, subfolders
from generators.engine.shell.processes import replace_process

_NOT_BUILT = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Become the agent's process, or say why that cannot be."""
    parser = argparse.ArgumentParser(prog="serve_agent", description="Start a compiled agent.")
    parser.add_argument("agent", help="agent id, for example tensoraios")
    parser.add_argument("--port", default="8000", help="0 lets the system choose")
    given = parser.parse_args(arguments)
    environ = current_environment()
    settings = read_settings(environ)
    found = find_agent(settings, given.agent)
    if found is None:
        sys.stderr.write(
            f"{given.agent} is not built; run `doit verdict:{given.agent}` to see why\n"
        )
        return _NOT_BUILT
    command = [sys.executable, "-m", "agent_runtime.serve", found.target, "--port", given.port]
    path = os.pathsep.join((absolute(found.repo), absolute(settings.runtime)))
    own = agent_environment(given.agent, absolute(f"{settings.cache}/run/{given.agent}"))
    shared = {"L9_CONFIG_FILE": absolute(found.config)}
    return replace_process(command, {**own, **shared, **environ, "PYTHONPATH": path})


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltAgent:
    """An agent that was built and passed: repository, application factory, file of settings."""

    repo: str
    target: str
    config: str


def find_agent(settings: BuildSettings, agent: str) -> BuiltAgent | None:
    """Return what serves an agent; None if it was not built or did not pass."""
    for collection in subfolders(settings.out):
        folder = collection_folder(settings, collection)
        unit = folder.unit(agent)
        if read_optional_mapping(unit.verdict).get("passed") is True:
            target = server_target(read_plan(unit))
            if target is not None:
                config = config_file(settings, folder, collection)
                return BuiltAgent(repo=folder.repo, target=target, config=config)
    return None


def config_file(settings: BuildSettings, folder: CollectionFolder, collection: str) -> str:
    """Return the path of the file of settings that the agents of a collection share."""
    namespace = root_namespace(settings, read_glue(folder))
    return f"{folder.repo}/{namespace}/{collection}_config.yaml"


def server_target(plan: UnitPlan) -> str | None:
    """Return the application factory of a unit as `module:factory`; None if it serves nothing."""
    modules = {file.pattern.split("@")[0]: file.module for file in plan.files if file.module}
    server = server_role(modules)
    return f"{modules[server]}:create_app" if server else None


def agent_environment(agent: str, folder: str) -> Mapping[str, str]:
    """Return the variables that keep all that an agent writes in one folder."""
    prefix = f"L9_{agent.upper()}__"
    return {f"{prefix}DATA__FOLDER": folder, f"{prefix}LOGGING__FOLDER": f"{folder}/logs"}


if __name__ == "__main__":
    raise SystemExit(main())
