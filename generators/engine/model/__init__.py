"""The model: what the schemas say, typed, with every name checked."""
