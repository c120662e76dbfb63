"""How long reading, validating and resolving many agents takes.

Run it by `python -m tests.bench.reading_times`. Each cold run has a new cache folder; the best of
three counts. What is measured is the work of one process that has its modules loaded: from the
files on disk to the related model.
"""

import argparse
import gc
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from generators.engine.build.readings import engine_digest, kept_readings
from generators.engine.model.load import LoadedModel, load_model
from generators.engine.shell.environment import BuildSettings, read_settings
from tests.bench.many_agents import many_schemas

ROOT = Path(__file__).resolve().parents[2]
RUNS = 3
COLD_LIMIT, WARM_LIMIT = 6.0, 1.0


def load(settings: BuildSettings, folder: Path) -> LoadedModel:
    """Return the model of all schemas in a folder."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    schemas = ROOT / "meta/schemas"
    agent_schema = (schemas / "agent.schema.json").read_bytes()
    return load_model(
        "many",
        files,
        agent_schema=json.loads(agent_schema),
        collection_schema=json.loads((schemas / "collection.schema.json").read_bytes()),
        answers={},
        readings=kept_readings(settings, files, agent_schema),
    )


def seconds(settings: BuildSettings, folder: Path, count: int) -> float:
    """Return how long loading takes; the model must be whole and without findings."""
    gc.collect()
    gc.disable()  # as a build does while it loads
    start = time.perf_counter()
    model = load(settings, folder)
    taken = time.perf_counter() - start
    gc.enable()
    if len(model.agents) != count or model.findings:
        raise SystemExit(f"{len(model.agents)} agents, {len(model.findings)} findings")
    return taken


def main() -> int:
    """Measure and print; return 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description="Measure the reading of many agents.")
    parser.add_argument("--agents", type=int, default=1_000)
    count = parser.parse_args().agents
    engine_digest()
    base = Path(tempfile.mkdtemp(prefix="reading-"))
    try:
        folder = base / "schemas"
        folder.mkdir()
        for name, content in many_schemas(count).items():
            (folder / name).write_bytes(content)
        cold, warm = [], []
        for run in range(RUNS):
            settings = read_settings({"CODEGEN_CACHE": str(base / f"cache{run}")})
            cold.append(seconds(settings, folder, count))
            warm.append(seconds(settings, folder, count))
        size = sum(path.stat().st_size for path in folder.iterdir()) / count
        sys.stdout.write(f"{count} agents of {size:.0f} bytes, best of {RUNS} runs\n")
        sys.stdout.write(f"cold   {min(cold):6.2f} s   limit {COLD_LIMIT:.2f} s\n")
        sys.stdout.write(f"cache  {min(warm):6.2f} s   limit {WARM_LIMIT:.2f} s\n")
        return int(min(cold) > COLD_LIMIT or min(warm) > WARM_LIMIT)
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
