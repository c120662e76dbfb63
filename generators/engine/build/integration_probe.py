"""Import everything that was installed, and start each agent once; run in its own interpreter.

What to probe is read from standard input as JSON: `imports` (unit and module), `links` (unit, path,
module and names) and `services` (unit, factory, status path, and variables that take a folder).
What happened is printed as one line of JSON, in the form of `IntegrateRecord`.
This file must not import the engine: what it sees is what a user of the repository sees.
"""

import importlib
import inspect
import json
import os
import sys
import tempfile  # noqa: TID251 - runs outside the engine
import time
import traceback
from pathlib import Path

_OK = 200


def probe_import(unit: str, module: str) -> dict[str, object]:
    """Import one module."""
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001 - generated code may fail in any way
        return {"unit": unit, "module": module, "passed": False, "message": _reason(error)}
    return {"unit": unit, "module": module, "passed": True}


def probe_link(
    unit: str, path: str, module: str, names: list[str], extended: str = ""
) -> dict[str, object]:
    """Import a linked module and look for the names that are used of it.

    If `extended` is given, the one name must be a subclass that keeps what the generated class of
    that module promises.
    """
    found = {"unit": unit, "path": path, "names": names}
    try:
        linked = importlib.import_module(module)
    except Exception as error:  # noqa: BLE001 - linked code may fail in any way
        return {**found, "passed": False, "message": _reason(error)}
    missing = [name for name in names if not hasattr(linked, name)]
    message = f"{module} lacks {', '.join(missing)}" if missing else ""
    if extended and not missing:
        message = extension_problem(getattr(linked, names[0]), extended)
    passed = not message
    return {**found, "passed": passed, "message": message}


def extension_problem(extension: object, extended: str) -> str:
    """Return how a class breaks the contract of the generated class of `extended`, or nothing."""
    bases = extension.__mro__ if isinstance(extension, type) else ()
    base = next((each for each in bases if each.__module__ == extended), None)
    if base is None:
        return f"{extension!r} is no subclass of a class of {extended}"
    for name in dir(base):
        member = getattr(base, name)
        if (name.startswith("_") and name != "__init__") or not callable(member):
            continue
        before = inspect.signature(member)
        after = inspect.signature(getattr(extension, name))
        if list(after.parameters.values()) != list(before.parameters.values()):
            return f"{name}{after} overrides {base.__name__}.{name}{before}"
    return ""


def probe_service(
    unit: str, target: str, path: str, environment: dict[str, str]
) -> dict[str, object]:
    """Make the application of an agent on stores in a scratch folder, and ask for its status."""
    from agent_runtime.serve import load_app
    from fastapi.testclient import TestClient

    found: dict[str, object] = {"unit": unit, "method": "GET", "path": path}
    with tempfile.TemporaryDirectory(prefix="probe-") as scratch:
        folders = {name: f"{scratch}/{end}" for name, end in environment.items()}
        os.environ.update(folders)  # noqa: TID251 - runs outside the engine
        start = time.monotonic()
        try:
            app, _ = load_app(target)
            with TestClient(app) as client:
                answer = client.get(path)
        except Exception as error:  # noqa: BLE001 - generated code may fail in any way
            return {**found, "status": 0, "passed": False, "message": _reason(error)}
        taken = round((time.monotonic() - start) * 1000, 1)
    passed = answer.status_code == _OK
    message = "" if passed else answer.text[:500]
    return {
        **found,
        "status": answer.status_code,
        "passed": passed,
        "milliseconds": taken,
        "message": message,
    }


def _reason(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({Path(last[0].filename).name}:{last[0].lineno})" if last else ""
    return f"{type(error).__name__}: {error}{where}"


def main() -> None:
    """Read what to probe, probe it, and print the result."""
    wanted = json.load(sys.stdin)
    record = {
        "imports": [probe_import(**entry) for entry in wanted["imports"]],
        "links": [probe_link(**entry) for entry in wanted["links"]],
        "services": [probe_service(**entry) for entry in wanted["services"]],
    }
    sys.stdout.write(f"\n{json.dumps(record)}\n")


if __name__ == "__main__":
    main()
