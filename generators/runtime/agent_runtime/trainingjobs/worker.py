"""A training process: `python -m agent_runtime.trainingjobs.worker <folder> <bytes>`.

Its memory is limited before anything large is loaded. Where an earlier process of the same job was
killed, its checkpoint is taken up; one that still runs is waited for.
"""

import fcntl
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from agent_runtime.errors import AgentError


def main(arguments: Sequence[str]) -> int:
    """Do the job of a folder within a number of bytes; return the exit code."""
    folder, memory = Path(arguments[0]), int(arguments[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        from agent_runtime.trainingjobs.work import do_order

        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            do_order(folder)
    except (AgentError, MemoryError, ImportError) as error:
        sys.stderr.write(f"{type(error).__name__}: {str(error) or 'out of memory'}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
