"""The work of a domain adapter between translation and the orchestrator."""
