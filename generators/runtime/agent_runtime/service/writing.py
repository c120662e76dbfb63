"""Writes a whole answer to the wire."""

from collections.abc import Sequence

from starlette.types import Send


async def write(
    send: Send,
    status: int,
    body: bytes,
    media_type: bytes,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """Send one answer with its length and media type, and further `headers`."""
    start = [(b"content-type", media_type), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
