"""Import everything that was installed, and start each agent once; run in its own interpreter.

Arguments are read from standard input as JSON: `modules` (dotted names, in order) and `agents`
(package and status path of each agent). What happened is printed as one line of JSON.
This file must not import the engine: what it sees is what a user of the repository sees.
"""

import importlib
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path


def import_all(modules: list[str]) -> list[dict[str, str]]:
    """Import each module; return those that fail with the reason."""
    problems = []
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - generated code may fail in any way
            problems.append({"what": f"import {name}", "message": _reason(error)})
    return problems


def start_agent(package: str, path: str) -> dict[str, object]:
    """Make the application of an agent on stores in a scratch folder, and ask for its status."""
    from fastapi.testclient import TestClient

    what = f"{package}: GET {path}"
    with tempfile.TemporaryDirectory(prefix="probe-") as scratch:
        environ = {**os.environ, "L9_STATE_DIR": scratch}
        try:
            config = importlib.import_module(f"{package}.configmanager")
            server = importlib.import_module(f"{package}.apiserver")
            settings = config.ConfigManager().load(environ)
            with TestClient(server.create_app(settings)) as client:
                answer = client.get(path)
        except Exception as error:  # noqa: BLE001 - generated code may fail in any way
            return {"what": what, "status": None, "message": _reason(error)}
    message = "" if answer.status_code == 200 else answer.text[:500]  # noqa: PLR2004 - HTTP OK
    return {"what": what, "status": answer.status_code, "message": message}


def _reason(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({Path(last[0].filename).name}:{last[0].lineno})" if last else ""
    return f"{type(error).__name__}: {error}{where}"


def main() -> None:
    """Read what to probe, probe it, and print the result."""
    wanted = json.load(sys.stdin)
    problems = import_all(wanted["modules"])
    started = [start_agent(agent["package"], agent["status"]) for agent in wanted["agents"]]
    sys.stdout.write(f"\n{json.dumps({'problems': problems, 'started': started})}\n")


if __name__ == "__main__":
    main()
