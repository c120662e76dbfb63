"""How a step says no: a judgement, in contrast to a fault, which is any other exception."""


class SaidNoError(Exception):
    """A gate, a lock or a verdict refuses; the build goes on and ends with exit code 1."""
