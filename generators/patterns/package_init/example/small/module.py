"""What the file is for.

Generated from Example#/cursorinstructions/generatefiles/0 by package_init@1.0.
Do not edit: change the schema, or keep a hand edit with `doit adopt`.
"""

from typing import Final

AGENT_ID: Final = "probe"
VERSION: Final = "1.0.0"

__all__ = ["AGENT_ID", "VERSION"]
