"""A link model as one file that any agent can check: safetensors with a description inside.

The bundle's digest is the SHA-256 of its bytes; agents that share an archive name it by that.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agent_runtime.errors import InputBoundsError, ModelStoreError
from agent_runtime.jsontext import canonical_json
from agent_runtime.kernels.linkmodel import KIND, LinkModel
from agent_runtime.modelrecords import (
    DIGEST,
    ModelRecord,
    StoredModel,
    check_tensors,
)
from agent_runtime.values import JsonObject

LAYOUT: Final = 1
LONGEST_HEADER: Final = 64 * 1024**2
_LENGTH_BYTES: Final = 8
_DESCRIPTION: Final = "description"


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelBundle:
    """A model that was read from a bundle.

    Attributes:
        digest: SHA-256 of the bundle.
        model: the model.
        metrics: figures measured when it was trained.
        data_digest: SHA-256 of the dataset it learnt from.
        run_id: the training that made it.
    """

    digest: str
    model: LinkModel
    metrics: Mapping[str, float]
    data_digest: str
    run_id: str


def write_bundle(
    model: LinkModel, *, metrics: Mapping[str, float], data_digest: str, run_id: str
) -> bytes:
    """Return the bundle of `model`; the same model with the same figures has the same bytes.

    Raises:
        ModelStoreError: an array holds a value that is not finite.
    """
    from safetensors.numpy import save

    tensors = model.tensors()
    check_tensors(tensors)
    description: JsonObject = {
        "layout": LAYOUT,
        "kind": KIND,
        "metrics": dict(metrics),
        "data_digest": data_digest,
        "run_id": run_id,
        "details": model.details(),
    }
    return save(tensors, metadata={_DESCRIPTION: canonical_json(description)})


def read_bundle(data: bytes, digest: str) -> ModelBundle:
    """Check a bundle, byte by byte and part by part, and return what it holds.

    Raises:
        ModelStoreError: the bytes are not those of `digest`, or hold no link model.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelStoreError(f"the bundle is not that of {digest[:16]}")
    try:
        tensors = load(data)
        description = json.loads(_description(data))
        metrics = {str(name): float(each) for name, each in description["metrics"].items()}
        data_digest, run_id = str(description["data_digest"]), str(description["run_id"])
        details = description["details"]
        if description["layout"] != LAYOUT or description["kind"] != KIND:
            raise ModelStoreError("the bundle is of another layout or kind of model")
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelStoreError(f"bundle {digest[:16]} holds no described model") from error
    check_tensors(tensors)
    if not DIGEST.fullmatch(data_digest) or not isinstance(details, dict):
        raise ModelStoreError(f"bundle {digest[:16]} does not say what it learnt from")
    record = ModelRecord(
        version=f"bundle {digest[:16]}",
        kind=KIND,
        created_at="",
        metrics=metrics,
        data_digest=data_digest,
        parents=(),
        details=details,
        weights_sha256=digest,
    )
    try:
        model = LinkModel.from_stored(StoredModel(record=record, tensors=tensors))
    except InputBoundsError as error:
        raise ModelStoreError(f"bundle {digest[:16]} holds no link model") from error
    return ModelBundle(
        digest=digest, model=model, metrics=metrics, data_digest=data_digest, run_id=run_id
    )


def _description(data: bytes) -> str:
    """Return the description in the header of a safetensors file."""
    length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    if length > LONGEST_HEADER:
        raise ValueError("the header is too long")
    header = json.loads(data[_LENGTH_BYTES : _LENGTH_BYTES + length])
    return str(header["__metadata__"][_DESCRIPTION])
