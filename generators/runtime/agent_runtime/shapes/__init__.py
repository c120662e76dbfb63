"""Shapes of requests and responses, as pydantic models; one module a topic."""
