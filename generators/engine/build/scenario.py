"""Lead a compiled collection through invented markets: `... generators.engine.build.scenario NAME`.

All its agents that were built and passed run as processes, over empty embedded stores below
`.codegen/scenario/<collection>`. `agent_runtime.scenario` starts and drives them, and says which
parts did not run and why. Further options are passed on to it.
"""

import argparse
import os
import sys
from collections.abc import Container, Iterable, Mapping, Sequence

from generators.engine.build.layout import CollectionFolder, collection_folder
from generators.engine.build.serve_agent import config_file
from generators.engine.build.serve_system import system_targets
from generators.engine.build.stage_files import read_plan
from generators.engine.shell.environment import current_environment, read_settings
from generators.engine.shell.files import absolute, is_file, subfolders
from generators.engine.shell.processes import replace_process

_NOT_BUILT = 1
_NO_VERDICT = "not built, or not passed"


def main(arguments: Sequence[str] | None = None) -> int:
    """Become the process that runs the scenario, or say why that cannot be."""
    parser = argparse.ArgumentParser(prog="scenario", description="Lead a collection.")
    parser.add_argument("collection", help="name of a collection, for example tensoraios_ecosystem")
    given, further = parser.parse_known_args(arguments)
    environ = current_environment()
    settings = read_settings(environ)
    folder = collection_folder(settings, given.collection)
    targets = system_targets(folder)
    if not targets:
        sys.stderr.write(
            f"no agent of {given.collection} is built; run `doit evidence:{given.collection}`\n"
        )
        return _NOT_BUILT
    output = f"{settings.cache}/scenario/{given.collection}"
    command = [
        *(sys.executable, "-m", "agent_runtime.scenario"),
        *(f"{agent}={target}" for agent, target in targets.items()),
        *(f"--absent={agent}={why}" for agent, why in absent_agents(folder, targets).items()),
        *(f"--domain={agent}={module}" for agent, module in domain_bridges(folder, targets)),
        *("--config", absolute(config_file(settings, folder, given.collection))),
        *("--folder", absolute(output)),
        *further,
    ]
    path = os.pathsep.join((absolute(folder.repo), absolute(settings.runtime)))
    return replace_process(command, {**environ, "PYTHONPATH": path})


def domain_bridges(folder: CollectionFolder, served: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the first adapter among the `served` agents, and its bridge to its domain."""
    found = (
        (agent, file.module)
        for agent in served
        for file in read_plan(folder.unit(agent)).files
        if file.module and file.role == "module" and file.pattern.startswith("domain_bridge@")
    )
    return tuple(found)[:1]


def absent_agents(folder: CollectionFolder, served: Container[str]) -> Mapping[str, str]:
    """Return the planned agents of a collection that are not `served`, and why."""
    units = [folder.unit(name) for name in subfolders(folder.stage) if name not in served]
    plans = [read_plan(unit) for unit in units if is_file(unit.plan)]
    return {
        plan.unit_id: f"deferred, {plan.deferred}" if plan.deferred else _NO_VERDICT
        for plan in plans
        if plan.kind == "agent"
    }


if __name__ == "__main__":
    raise SystemExit(main())
