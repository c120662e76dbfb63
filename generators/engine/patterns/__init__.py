"""The pattern library as data: which pattern answers which file, and with what parameters."""
