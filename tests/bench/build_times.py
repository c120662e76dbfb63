"""Wall times of the build, each with the stages it includes: `python tests/bench/build_times.py`.

Every cold run is made in a new folder, for the first touch of files and mass deletion are slower
than work itself; the best of three counts.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNS = 3


def doit(folder: Path, *arguments: str) -> float:
    """Run doit with inputs and outputs of its own, and return the seconds it took."""
    environ = {
        **os.environ,
        "CODEGEN_INPUTS": str(folder / "input_schemas"),
        "CODEGEN_OUT": str(folder / "extractions"),
        "CODEGEN_CACHE": str(folder / "cache"),
    }
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "doit", *arguments], cwd=ROOT, env=environ, check=True)
    return time.perf_counter() - start


def fresh(base: Path, number: int) -> Path:
    """Return a new folder with a copy of the shipped collections."""
    folder = base / f"run{number}"
    shutil.copytree(ROOT / "input_schemas", folder / "input_schemas")
    return folder


def best(label: str, limit: float | None, measure: Callable[[int], float]) -> None:
    """Print the best of several runs, and its limit if it has one."""
    seconds = min(measure(number) for number in range(RUNS))
    wanted = f"   limit {limit:.2f} s" if limit is not None else ""
    sys.stdout.write(f"{label:64} {seconds:6.2f} s{wanted}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the build.")
    parser.add_argument("--agent", default="tensoraios")
    agent = parser.parse_args().agent
    base = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        best(
            f"cold compile of {agent}: plan, generate, format, lint, gates",
            3.0,
            lambda n: doit(fresh(base, n), f"gate:{agent}", f"lint:{agent}"),
        )
        whole = fresh(base, RUNS)
        sys.stdout.write(
            f"{'cold, everything: types, tests, install, integrate, evidence':64} "
            f"{doit(whole, '-n', '2'):6.2f} s\n"
        )
        best("null build of all collections", 0.25, lambda _: doit(whole))
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
