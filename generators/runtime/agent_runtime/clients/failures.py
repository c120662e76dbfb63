"""What can go wrong between two agents, and problems of the callee as the runtime's own errors."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from agent_runtime.errors import AgentError

_LONGEST_DETAIL: Final = 2_000
_MOST_PLACES: Final = 5


class UnreachableError(AgentError):
    """The other agent does not answer, or was found not to answer a moment ago."""

    status = 503
    title = "agent unreachable"


class BadAnswerError(AgentError):
    """The other agent's answer does not have the declared shape; nothing of it is used."""

    status = 502
    title = "answer of the wrong shape"


class RemoteError(AgentError):
    """The other agent refused or failed in a way that has no error of its own here."""

    title = "refused by another agent"

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title


def error_of(target: str, status: int, problem: Mapping[str, object]) -> AgentError:
    """Return the error that a problem of `target` stands for.

    An error class of the runtime is known by its title and status; the detail is passed on, and
    says whose it is.

    Args:
        target: id of the agent that answered.
        status: HTTP status of the answer, or of the problem in a packet's reply.
        problem: the members of the problem (RFC 9457).
    """
    title = str(problem.get("title", "")) or "no problem was told"
    detail = str(problem.get("detail", "")) or "no detail was told"
    text = f"{target}: {detail}"[:_LONGEST_DETAIL]
    for known in _errors(AgentError):
        if (known.title, known.status) == (title, status) and known.__init__ is Exception.__init__:
            return known(text)
    return RemoteError(status, title, text)


def problem_in(body: bytes) -> Mapping[str, object]:
    """Return the members of a problem body; none if it is no JSON object."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def places_of(error: ValidationError) -> str:
    """Return where an answer is off its shape and how; never what it says there."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'body'}: {item['type']}"
        for item in problems[:_MOST_PLACES]
    )


def _errors(family: type[AgentError]) -> Iterator[type[AgentError]]:
    for each in family.__subclasses__():
        yield each
        yield from _errors(each)
