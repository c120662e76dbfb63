"""The four meta templates and the glue, read and held against their JSON Schemas."""
