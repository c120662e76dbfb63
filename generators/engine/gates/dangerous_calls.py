"""No code is built at run time, no object is unpickled, no process or socket is opened."""

import ast
from collections.abc import Iterator

from generators.engine.gates.extracted_code import ORIGIN, refused
from generators.engine.gates.gate import Gate, GateInput, Outcome, Problem, at
from generators.engine.gates.imports import below, imported_names
from generators.engine.gates.source import Source

_MODULES = frozenset(
    {"cffi", "ctypes", "dill", "ftplib", "imp", "importlib", "joblib", "marshal", "multiprocessing"}
) | frozenset(
    {"cloudpickle", "pickle", "pty", "runpy", "shelve", "smtplib", "socket", "socketserver"}
    | {"subprocess", "telnetlib", "code", "codeop"}
)
_BUILTINS = frozenset({"__import__", "compile", "eval", "exec", "globals", "setattr", "breakpoint"})
_METHODS = {
    "os": frozenset({"execl", "execv", "execve", "fork", "kill", "popen", "spawnl", "system"}),
    "yaml": frozenset({"load", "load_all", "unsafe_load", "full_load"}),
    "np": frozenset({"load", "save", "fromfile"}),
    "numpy": frozenset({"load", "save", "fromfile"}),
    "torch": frozenset({"load", "save"}),
}
_REPAIR = "the runtime has a safe way to do it; call that"


def _inspect(unit: GateInput) -> Outcome:
    sources = unit.python()
    problems = [p for source in sources for p in (*_imports(source), *_calls(source))]
    problems += [p for source in sources if _is_extracted(source) for p in refused(source)]
    checked = sum(len(source.nodes(ast.Call)) for source in sources)
    return Outcome(problems=tuple(problems), counts={"checked": checked})


def _is_extracted(source: Source) -> bool:
    """Tell whether an extractor wrote the file: it may do no more than compute."""
    return source.planned is not None and source.planned.origin == ORIGIN


def _imports(source: Source) -> Iterator[Problem]:
    for node, module, name in imported_names(source):
        if below(module, _MODULES) and not _is_harmless(source, module):
            yield at(source, node, f"`{module}` may not be imported", _REPAIR)
        elif name in _METHODS.get(module, ()):
            yield at(source, node, f"`{module}.{name}` may not be used", _REPAIR)


def _is_harmless(source: Source, module: str) -> bool:
    """Allow tests to load the module that they are about."""
    in_test = source.planned is not None and source.planned.role == "test"
    return in_test and below(module, ("importlib",))


def _calls(source: Source) -> Iterator[Problem]:
    for call in source.nodes(ast.Call):
        function = call.func
        if isinstance(function, ast.Name) and function.id in _BUILTINS:
            yield at(source, call, f"`{function.id}()` may not be called", _REPAIR)
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            owner = function.value.id
            if function.attr in _METHODS.get(owner, ()):
                yield at(source, call, f"`{owner}.{function.attr}()` may not be called", _REPAIR)


GATE = Gate(
    gate_id="no_dangerous_call",
    code="GT015",
    title="Nothing runs code, processes or sockets of its own",
    phase=3,
    items=(),
    inspect=_inspect,
)
