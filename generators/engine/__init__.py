"""The compiler: schemas in, a proven multi-agent system out."""
