"""The pattern library: one folder a pattern."""
