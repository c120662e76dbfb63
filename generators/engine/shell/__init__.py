"""The shell: the only part of the engine that touches disk, processes, clock and environment."""
