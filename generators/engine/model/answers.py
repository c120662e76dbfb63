"""The user's answers, written into the data of a schema by pointer."""

from collections.abc import Mapping

from generators.engine.sources.canonical import Plain


def apply_answers(data: dict[str, Plain], answers: Mapping[str, Plain]) -> None:
    """Write answers into `data`; mappings on the way are made as needed, list items must be there.

    An answer whose way leads through something else is left out.
    """
    for pointer, value in answers.items():
        parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        target: Plain = data
        for key in parts[:-1]:
            target = _below(target, key)
        if isinstance(target, dict) and parts:
            target[parts[-1]] = value
        elif isinstance(target, list) and _is_index(parts[-1], target):
            target[int(parts[-1])] = value


def _below(target: Plain, key: str) -> Plain:
    if isinstance(target, dict):
        return target.setdefault(key, {})
    if isinstance(target, list) and _is_index(key, target):
        return target[int(key)]
    return None


def _is_index(key: str, items: list[Plain]) -> bool:
    return key.isascii() and key.isdigit() and int(key) < len(items)
