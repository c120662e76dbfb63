"""Feedback: what became of decisions, and what the agent learns from it."""
