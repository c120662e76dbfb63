"""Arithmetic as the target repository has it."""


def add(left: int, right: int) -> int:
    return left + right
