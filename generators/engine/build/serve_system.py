"""Start a compiled collection on loopback: `python -m generators.engine.build.serve_system NAME`.

All its agents that were built and passed run as processes of their own, in start-up order, over
embedded stores and one bus below `.codegen/run/<collection>`, unless their environment variables
say otherwise. `agent_runtime.serve_system` starts, watches and stops them.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from generators.engine.build.layout import CollectionFolder, collection_folder
from generators.engine.build.serve_agent import config_file, server_target
from generators.engine.build.stage_files import read_optional_mapping, read_plan
from generators.engine.plan.sequence import start_order
from generators.engine.plan.unit_plan import UnitPlan
from generators.engine.shell.environment import current_environment, read_settings
from generators.engine.shell.files import absolute, subfolders
from generators.engine.shell.processes import replace_process

_NOT_BUILT = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Become the process that serves the system, or say why that cannot be."""
    parser = argparse.ArgumentParser(prog="serve_system", description="Start a collection.")
    parser.add_argument("collection", help="name of a collection, for example tensoraios_ecosystem")
    parser.add_argument("--free-ports", action="store_true", help="let the system choose ports")
    given = parser.parse_args(arguments)
    environ = current_environment()
    settings = read_settings(environ)
    folder = collection_folder(settings, given.collection)
    targets = system_targets(folder)
    if not targets:
        sys.stderr.write(
            f"no agent of {given.collection} is built; run `doit evidence:{given.collection}`\n"
        )
        return _NOT_BUILT
    command = [
        *(sys.executable, "-m", "agent_runtime.serve_system"),
        *(f"{agent}={target}" for agent, target in targets.items()),
        *("--config", absolute(config_file(settings, folder, given.collection))),
        *("--folder", absolute(f"{settings.cache}/run/{given.collection}")),
        *(["--free-ports"] if given.free_ports else []),
    ]
    path = os.pathsep.join((absolute(folder.repo), absolute(settings.runtime)))
    return replace_process(command, {**environ, "PYTHONPATH": path})


def system_targets(folder: CollectionFolder) -> dict[str, str]:
    """Return the application factory of each agent that was built and passed, in start-up order."""
    plans = _passed(folder)
    order = start_order(
        {name: plan.hard for name, plan in plans.items()},
        {name: plan.soft for name, plan in plans.items()},
    )
    found = {name: server_target(plans[name]) for name in order}
    return {name: target for name, target in found.items() if target is not None}


def _passed(folder: CollectionFolder) -> Mapping[str, UnitPlan]:
    """Return the plans of the agents that passed, in extraction order."""
    plans = [
        read_plan(folder.unit(name))
        for name in subfolders(folder.stage)
        if read_optional_mapping(folder.unit(name).verdict).get("passed") is True
    ]
    agents = sorted((plan for plan in plans if plan.kind == "agent"), key=lambda p: p.sequence)
    return {plan.unit_id: plan for plan in agents}


if __name__ == "__main__":
    raise SystemExit(main())
