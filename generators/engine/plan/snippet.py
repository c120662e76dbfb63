"""The lines of `modules` that answer the question about a file which no pattern answers."""

from generators.engine.model.agent import Agent
from generators.engine.names import RepoPath


def module_snippet(agent: Agent, path: RepoPath, near: tuple[str, ...]) -> str:
    """Return YAML for the answers file: functions bound to linked code, or a pattern by its id.

    A bound function gets the name of an endpoint that the file could answer, if its name says so.

    Args:
        agent: the agent that asks for the file.
        path: the file.
        near: ids of patterns that come near.
    """
    stem = path.stem
    function = next((str(e.name) for e in agent.endpoints if _alike(str(e.name), stem)), stem)
    root = agent.rootpath.split("/")[0]
    lines = [
        "modules:",
        f"  {agent.agent_id}:",
        f"    {path.name}:",
        "      bind:",
        f"        {function}: {root}.lib.{stem}:{function}   # module:function of your code",
        "      functions:",
        f"        {function}:",
        "          purpose: What it does",
        "          arguments:",
        "            text: {type: text, longest: 200}   # text number integer flag texts numbers",
        "          returns: {type: number, low: 0, high: 1, unit: ratio}",
        "          examples:   # each becomes a test",
        "            - given: {text: an example}",
        "              returns: 0.5",
    ]
    pattern = near[0] if near else "<id of a folder of generators/patterns>"
    lines += [
        "      # or, instead of bind and functions:",
        f"      # pattern: {pattern}",
        "      # params: {}",
    ]
    return "\n".join(lines)


def _alike(endpoint: str, stem: str) -> bool:
    """Tell whether an endpoint and a file speak of one thing: they share a word but its ending."""
    words = {word[:5] for word in stem.split("_")}
    return all(word[:5] in words for word in endpoint.split("_"))
