"""Runs `agent_runtime.scenario.command`."""

from agent_runtime.scenario.command import main

if __name__ == "__main__":
    raise SystemExit(main())
