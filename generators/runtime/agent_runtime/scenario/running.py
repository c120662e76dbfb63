"""A fresh system for each market: its processes, on free ports and empty stores."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent_runtime.clock import system_clock
from agent_runtime.keys import SigningKey
from agent_runtime.scenario.offers import Offers
from agent_runtime.scenario.talk import Talk
from agent_runtime.simulators.domain import SimulatedDomain
from agent_runtime.supervision.surroundings import KEYS_VARIABLE, members_of, on_free_ports
from agent_runtime.supervision.system import System
from agent_runtime.testing_service import serving
from agent_runtime.tokens import TokenIssuer


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemPlan:
    """The system that is led through markets.

    Attributes:
        targets: application of each agent, in start-up order.
        absent: agents of the same collection that do not run, and why.
        config: the file of settings that they share.
        environ: environment of their processes.
        adapters: those of the agents that speak to a domain.
    """

    targets: Mapping[str, str]
    absent: Mapping[str, str]
    config: Path
    environ: Mapping[str, str]
    adapters: tuple[str, ...] = ()


@contextmanager
def running(
    plan: SystemPlan, folder: Path, domain: SimulatedDomain | None = None
) -> Iterator[tuple[Offers, Talk]]:
    """Start the system with all that it writes below `folder`, and stop it in the end.

    The agents find `domain`, served by this process, where they would find the domain agent.

    The operator's key is made for the occasion; agents believe it.

    Raises:
        ConfigError: the file of settings has no address for an agent.
        StartFailedError: an agent ended, or is not ready in time.
        ScenarioError: an agent does not say what it offers.
    """
    key = SigningKey.generate()
    trusted = json.dumps({"keys": [key.public_jwk()]})
    config = on_free_ports(plan.config, folder, members_of(plan.config, plan.targets))
    members = members_of(config, plan.targets)
    environ = {**plan.environ, KEYS_VARIABLE: trusted}
    environ.pop(f"{KEYS_VARIABLE}_FILE", None)
    with ExitStack() as stack:
        if domain is not None:
            url = stack.enter_context(
                serving(domain.endpoints, domain.operations, agent=domain.agent)
            )
            name = f"CLIENTS__{domain.agent.upper()}"
            environ |= {f"L9_{agent.upper()}__{name}": url for agent in plan.adapters}
        system = stack.enter_context(System(members, config=config, folder=folder, environ=environ))
        talk = stack.enter_context(Talk(TokenIssuer(key, clock=system_clock)))
        system.start()
        yield Offers.of(members), talk
