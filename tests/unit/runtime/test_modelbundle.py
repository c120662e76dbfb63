"""A bundle holds a model with its description, and every changed byte is found."""

import hashlib
import json

import pytest
from agent_runtime.errors import ModelStoreError
from agent_runtime.modelbundle import read_bundle, write_bundle
from agent_runtime.testing_links import market, skilled_run
from safetensors.numpy import load, save

MODEL = skilled_run().model
DATA = "a" * 64


def bundle():
    return write_bundle(MODEL, metrics={"test_mrr": 0.5}, data_digest=DATA, run_id="r1")


def digest(data):
    return hashlib.sha256(data).hexdigest()


def with_description(**changes):
    data = bundle()
    length = int.from_bytes(data[:8], "little")
    described = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["description"])
    return save(load(data), metadata={"description": json.dumps({**described, **changes})})


def test_a_model_comes_back_as_it_was():
    data = bundle()
    found = read_bundle(data, digest(data))
    links = market().test[:5]
    assert found.model.score(links) == MODEL.score(links)
    assert (found.metrics, found.data_digest, found.run_id) == ({"test_mrr": 0.5}, DATA, "r1")
    assert found.digest == digest(data)


def test_the_same_model_has_the_same_bytes():
    assert bundle() == bundle()


def test_another_digest_is_refused():
    with pytest.raises(ModelStoreError, match="is not that of"):
        read_bundle(bundle(), "0" * 64)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"\xff" * 20, b"[]", save(load(bundle())), save(load(bundle()), {"x": "y"})],
)
def test_what_is_no_described_model_is_refused(data):
    with pytest.raises(ModelStoreError, match="holds no described model"):
        read_bundle(data, digest(data))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layout": 2}, "another layout"),
        ({"kind": "forest"}, "another layout or kind"),
        ({"data_digest": "short"}, "what it learnt from"),
        ({"details": []}, "what it learnt from"),
        ({"details": {}}, "lacks entities"),
        ({"details": {"entities": ["one"], "relations": ["r"]}}, "no link model"),
        ({"metrics": [1]}, "no described model"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(changes, message):
    data = with_description(**changes)
    with pytest.raises(ModelStoreError, match=message):
        read_bundle(data, digest(data))


def test_a_description_that_is_no_object_is_refused():
    data = save(load(bundle()), metadata={"description": "[]"})
    with pytest.raises(ModelStoreError, match="no described model"):
        read_bundle(data, digest(data))
