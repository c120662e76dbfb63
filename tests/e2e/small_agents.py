"""Four small agents, three of which stand on each other, in one file or one file an agent."""

from collections.abc import Mapping

COLLECTION = "small_town"
DEPENDS_ON: Mapping[str, tuple[str, ...]] = {
    "base": (),
    "middle": ("base",),
    "top": ("middle",),
    "apart": (),
}


def dependents(agent: str) -> set[str]:
    """Return the agents that stand on `agent`, however far above."""
    above = {name for name, needed in DEPENDS_ON.items() if agent in needed}
    return above.union(*(dependents(name) for name in above))


def one_file() -> dict[str, str]:
    """Return the collection as one Markdown file."""
    blocks = "\n".join(f"```yaml\n{schema(agent)}```\n" for agent in DEPENDS_ON)
    return {f"{COLLECTION}_v1.0.md": f"---\n{_FRONT}---\n\n{blocks}"}


def many_files() -> dict[str, str]:
    """Return the collection as a folder with one file an agent."""
    schemas = {f"{COLLECTION}/{agent}.yaml": schema(agent) for agent in DEPENDS_ON}
    return {f"{COLLECTION}/README.md": f"---\n{_FRONT}---\n\nFour small agents.\n", **schemas}


def schema(agent: str) -> str:
    """Return the schema of one agent."""
    return _SCHEMA.format(
        agent=agent, camel=agent.capitalize(), hard=f"[{', '.join(DEPENDS_ON[agent])}]"
    )


_FRONT = """title: Small Town
type: schema-collection
version: 1.0.0
"""

_SCHEMA = """title: {camel}
version: 1.0.0
agent_id: {agent}
system: {camel} System
module: town
name: {camel}
role: Keeps the tables of {agent}.
rootpath: L9/town/{agent}
depends_on:
  hard: {hard}
cursorinstructions:
  generatefiles:
    - tensor_utils.py  # Turn the rows of {agent} into matrices.
    - __init__.py  # The names that {agent} exports.
  generatedocs:
    - README.md  # what {agent} is for
"""
