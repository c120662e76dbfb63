"""Reads a request off the wire: token, client, body within its limit, query and path."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.types import Receive, Scope

from agent_runtime.errors import NotAuthenticatedError
from agent_runtime.service.problems import HttpError, InvalidRequestError

Headers = Mapping[bytes, bytes]


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """Return the request's headers by lower-case name; of a repeated one the last counts."""
    return dict(scope["headers"])


def client_of(scope: Scope) -> str:
    """Return the address of the client, for limits; a socket without one is `local`."""
    client = scope.get("client")
    return str(client[0]) if client else "local"


def token_of(headers: Headers) -> str:
    """Return the bearer token.

    Raises:
        NotAuthenticatedError: there is none.
    """
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticatedError("send a token: Authorization: Bearer <token>")
    return token.strip()


async def body_of(headers: Headers, receive: Receive, limit: int) -> bytes:
    """Return the request body, which must be JSON by its media type.

    Raises:
        HttpError: 413 if it is longer than `limit` bytes, 415 if it is of another type, 400 if the
            client went away.
    """
    media_type = headers.get(b"content-type", b"application/json").split(b";")[0].strip().lower()
    if media_type != b"application/json" and not media_type.endswith(b"+json"):
        raise HttpError(415, "unsupported media type", "send application/json")
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > limit:
        raise HttpError(413, "body too large", f"a body may have {limit} bytes")
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HttpError(400, "client disconnected", "the body did not arrive")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise HttpError(413, "body too large", f"a body may have {limit} bytes")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def query_of(scope: Scope, lists: frozenset[str]) -> dict[str, str | list[str]]:
    """Return the parameters of query and path; those of the path win.

    Args:
        scope: the ASGI scope.
        lists: names of parameters that are lists; of any other the last value counts.
    """
    values: dict[str, str | list[str]] = {}
    text = scope["query_string"].decode("latin-1")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise HttpError(400, "invalid query", "too many parameters") from None
    for name, value in pairs:
        if name in lists:
            values[name] = [*values.get(name, []), value]
        else:
            values[name] = value
    return {**values, **scope.get("path_params", {})}


def parsed(shape: type[BaseModel], data: bytes | Mapping[str, str | list[str]]) -> BaseModel:
    """Check a JSON body, or parameters, against the declared shape.

    Raises:
        InvalidRequestError: they do not fit.
    """
    try:
        if isinstance(data, bytes):
            return shape.model_validate_json(data)
        return shape.model_validate(data)
    except ValidationError as error:
        raise InvalidRequestError(error) from None
