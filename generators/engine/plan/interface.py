"""What an agent offers to those built on it: endpoints, exported classes, event types."""

from generators.engine.model.agent import Agent
from generators.engine.names import module_path
from generators.engine.patterns.context import Interface
from generators.engine.patterns.library import Library
from generators.engine.plan.match import match_agent


def interface_of(agent: Agent, library: Library) -> Interface:
    """Return the interface of `agent`; its dependents are rebuilt when it changes."""
    matches = match_agent(agent, library)
    return Interface(
        agent_id=str(agent.agent_id),
        package=module_path(agent.rootpath),
        endpoints=agent.endpoints,
        exports={
            sibling.module: (sibling.class_name,)
            for sibling in matches.siblings.values()
            if sibling.class_name
        },
        events=tuple(str(use.endpoint.name) for use in matches.operations if use.decides),
    )
