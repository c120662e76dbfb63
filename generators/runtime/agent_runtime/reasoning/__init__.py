"""Reasoning over a case in several modes, from the packet that asks to the decision."""
