"""From patterns and parameters to text."""
