"""The pattern of a file whose functions are bound to linked code, fitted to that file."""

from collections.abc import Iterator
from dataclasses import replace

from generators.engine.model.agent import Agent, FileRequest
from generators.engine.model.bindings import ModuleEntry
from generators.engine.names import camel_case, module_path
from generators.engine.patterns.fault import PatternError
from generators.engine.patterns.library import Library
from generators.engine.patterns.pattern import BOUND, Operation, Pattern
from generators.engine.patterns.python_types import json_schema
from generators.engine.patterns.wiring import Wiring


def bound_pattern(agent: Agent, file: FileRequest, entry: ModuleEntry, library: Library) -> Pattern:
    """Return the pattern with the role and class of `file`, and the endpoints that it answers.

    Raises:
        PatternError: the library lacks the pattern.
    """
    pattern = library.get(BOUND)
    if pattern is None:
        raise PatternError(f"the library lacks {BOUND}")
    operations = tuple(_operations(agent, file, entry))
    return replace(
        pattern,
        role=file.stem,
        class_name=camel_case(file.stem) if operations else "",
        operations=operations,
        wiring=_wiring(file.stem) if operations else None,
    )


def _wiring(attribute: str) -> Wiring:
    """Return how a class is wired that is made from nothing."""
    return Wiring(
        attribute=attribute,
        factory="",
        arguments=(),
        start=(),
        close="",
        model_version="",
        metrics=(),
    )


def _operations(agent: Agent, file: FileRequest, entry: ModuleEntry) -> Iterator[Operation]:
    """Yield an operation for each function that is named like a declared endpoint."""
    declared = {endpoint.name for endpoint in agent.endpoints}
    module = module_path(file.path)
    for function in entry.functions:
        if function.name in declared and function.returns is not None:
            name = camel_case(function.name)
            yield Operation(
                endpoints=(function.name,),
                segments=(),
                method=f"{function.name}_call",
                request=f"{module}:{name}Request",
                response=f"{module}:{name}Response",
                priority=100,
                decides=False,
                timed=True,
                channel=(),
                request_schema=json_schema(function.arguments),
                response_schema=json_schema([function.returns]),
            )
