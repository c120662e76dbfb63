"""Stand-ins for external domain agents, with a truth that only they know."""
