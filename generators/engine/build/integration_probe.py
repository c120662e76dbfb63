"""Import everything that was installed, and start each agent once; run in its own interpreter.

What to probe is read from standard input as JSON: `imports` (unit and module), `links` (unit, path,
module and names) and `services` (unit, factory, status path, and variables that take a folder).
What happened is printed as one line of JSON, in the form of `IntegrateRecord`.
This file must not import the engine: what it sees is what a user of the repository sees.
"""

import importlib
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


def probe_link(unit: str, path: str, module: str, names: list[str]) -> dict[str, object]:
    """Import a linked module and look for the names that are used of it."""
    found = {"unit": unit, "path": path, "names": names}
    try:
        linked = importlib.import_module(module)
    except Exception as error:  # noqa: BLE001 - linked code may fail in any way
        return {**found, "passed": False, "message": _reason(error)}
    missing = [name for name in names if not hasattr(linked, name)]
    message = f"{module} lacks {', '.join(missing)}" if missing else ""
    return {**found, "passed": not missing, "message": message}


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
