"""Agents of a system as processes of one machine: surroundings, start and end."""
