"""The compiler, its pattern library, and the runtime that compiled agents import."""
