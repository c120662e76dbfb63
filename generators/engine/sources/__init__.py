"""Reading what the user wrote: YAML and Markdown with the place of every value."""
