"""The endpoints of a schema, and what it leaves open about them."""

from generators.engine.model.agent import Endpoint, OpenPoint
from generators.engine.model.fields import Fields
from generators.engine.names import Identifier, InvalidNameError, RepoPath, snake_case

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
READINGS = frozenset({"health", "healthz", "status", "metrics", "ready", "live", "ping", "version"})
"""Last segments of paths that are only ever read: their method is GET."""


def resolve_endpoints(deployment: Fields) -> tuple[tuple[Endpoint, ...], tuple[OpenPoint, ...]]:
    """Return the endpoints that are fully described, and what the others lack."""
    endpoints: list[Endpoint] = []
    open_points: list[OpenPoint] = []
    for entry in deployment.sections("endpoints"):
        endpoint, missing = _endpoint(entry)
        endpoints += [endpoint] if endpoint else []
        open_points += missing
    return tuple(endpoints), tuple(open_points)


def _endpoint(entry: Fields) -> tuple[Endpoint | None, list[OpenPoint]]:
    path = entry.text("path")
    path = path.rstrip("/") or path
    name = entry.text("name") or snake_case(path)
    try:
        RepoPath(path.lstrip("/"))
        identifier = Identifier(name)
    except InvalidNameError as error:
        entry.complain("MD004", entry.pointer, str(error), "correct the endpoint's name or path")
        return None, []
    method = entry.text("method").upper()
    if not method and path.rsplit("/", 1)[-1] in READINGS:
        method = "GET"
    if method and method not in METHODS:
        words = f"{method!r} is no HTTP method"
        entry.complain("MD005", entry.at("method"), words, f"use one of {', '.join(METHODS)}")
        return None, []
    timeout = entry.integer("timeout_ms")
    if timeout is not None and timeout <= 0:
        words = f"endpoint {name} has no positive timeout_ms"
        entry.complain("MD006", entry.pointer, words, "give timeout_ms in milliseconds")
        return None, []
    missing = _open_points(entry, path, method=method, timeout=timeout)
    if missing or timeout is None:
        return None, missing
    return (
        Endpoint(
            name=identifier,
            path=path,
            method=method,
            timeout_ms=timeout,
            auth=entry.optional("auth_required"),
            pointer=entry.pointer,
        ),
        [],
    )


def _open_points(entry: Fields, path: str, *, method: str, timeout: int | None) -> list[OpenPoint]:
    found = []
    if not method:
        found.append(
            OpenPoint(
                pointer=entry.at("method"),
                text=f"which HTTP method does {path} answer?",
                why="the schema gives a path only, and the method decides what callers may do",
                choices=(
                    "GET: it reads and changes nothing; calls may be repeated",
                    "POST: it takes a body and may change something; it is not repeated",
                ),
            )
        )
    if timeout is None:
        found.append(
            OpenPoint(
                pointer=entry.at("timeout_ms"),
                text=f"after how many milliseconds does a call of {path} end with 504?",
                why="callers, tests and the service itself need the time-out",
                choices=("a whole number of milliseconds, for example 500",),
            )
        )
    return found
