"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by package_init@1.0.
Do not edit: change the schema. A hand edit is found, and never overwritten.
"""

from typing import Final

AGENT_ID: Final = "base"
VERSION: Final = "1.0.0"

__all__ = ["AGENT_ID", "VERSION"]
