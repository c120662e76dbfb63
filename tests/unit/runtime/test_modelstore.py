"""The store keeps versions unchanged, refuses what was tampered with, and moves in one step."""

import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from agent_runtime import modelrecords
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ModelStoreError, NoModelError
from agent_runtime.modelstore import ModelStore

DIGEST = "ab" * 32
WEIGHTS = {"factors": np.arange(6, dtype=np.float32).reshape(2, 3), "counts": np.array([1, 2])}


@pytest.fixture
def clock():
    return ManualClock(1_700_000_000.0)


@pytest.fixture
def store(tmp_path, clock):
    return ModelStore(tmp_path / "models", clock=clock)


def save(store, value=1.0, **change):
    arguments = {"metrics": {"mrr": 0.5}, "data_digest": DIGEST, **change}
    return store.save({"w": np.full(3, value, np.float32)}, **arguments).version


def folder_of(store, tmp_path, version):
    return tmp_path / "models" / "versions" / version


class TestSaveAndLoad:
    def test_what_was_saved_is_loaded(self, store):
        record = store.save(
            WEIGHTS, metrics={"mrr": 0.5}, data_digest=DIGEST, details={"names": ["ä", "b"]}
        )
        stored = store.load(record.version)
        assert stored.record == record == store.describe(record.version)
        assert record.kind == "link_model"
        assert record.metrics == {"mrr": 0.5}
        assert record.data_digest == DIGEST
        assert record.details == {"names": ["ä", "b"]}
        assert record.parents == ()
        assert record.created_at == "2023-11-14T22:13:20.000+00:00"
        assert stored.tensors["factors"].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert stored.tensors["factors"].dtype == np.float32
        assert stored.tensors["counts"].tolist() == [1, 2]

    def test_versions_are_numbered_in_order_and_bound_to_their_content(self, store):
        first, second, again = save(store, 1.0), save(store, 2.0), save(store, 1.0)
        assert store.versions() == (first, second, again)
        assert [version[:7] for version in store.versions()] == ["000001-", "000002-", "000003-"]
        assert first[7:] == again[7:] != second[7:]

    def test_the_weights_are_safetensors_and_the_description_is_json(self, store, tmp_path):
        folder = folder_of(store, tmp_path, save(store))
        assert sorted(path.name for path in folder.iterdir()) == [
            "model.json",
            "weights.safetensors",
        ]
        assert json.loads((folder / "model.json").read_text())["schema_version"] == 1
        assert b'"dtype":"F32"' in (folder / "weights.safetensors").read_bytes()[:80]

    def test_parents_are_kept(self, store):
        parent = save(store)
        child = save(store, 2.0, parents=(parent,))
        assert store.describe(child).parents == (parent,)

    def test_arrays_that_are_views_are_stored_by_value(self, store):
        column = np.arange(6, dtype=np.float64).reshape(2, 3).T
        version = store.save({"w": column}, metrics={}, data_digest=DIGEST).version
        assert store.load(version).tensors["w"].tolist() == [[0, 3], [1, 4], [2, 5]]

    def test_what_a_crash_left_behind_is_no_version_and_does_not_hinder(self, store, tmp_path):
        debris = tmp_path / "models" / "versions" / ".incoming"
        debris.mkdir()
        (debris / "model.json").write_text("half")
        assert store.versions() == ()
        assert store.load(save(store)).tensors["w"].tolist() == [1, 1, 1]

    def test_a_crash_before_the_move_leaves_no_version(self, store, monkeypatch):
        def no_disk(path, content):
            raise OSError("disk full")

        monkeypatch.setattr("agent_runtime.modelstore.write_durably", no_disk)
        with pytest.raises(OSError, match="disk full"):
            save(store)
        assert store.versions() == ()

    def test_savers_at_the_same_time_get_different_versions(self, store):
        threads = [threading.Thread(target=save, args=(store, float(i))) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        numbers = [int(version[:6]) for version in store.versions()]
        assert numbers == list(range(1, 9))
        values = {float(store.load(v).tensors["w"][0]) for v in store.versions()}
        assert values == set(map(float, range(8)))

    def test_another_process_sees_the_same_store(self, store, tmp_path):
        version = save(store)
        store.promote(version, reason="first")
        assert ModelStore(tmp_path / "models").current() == version

    @pytest.mark.negative
    @pytest.mark.parametrize(
        ("tensors", "change", "message"),
        [
            ({}, {}, "a model without arrays"),
            ({"w": np.array([np.nan])}, {}, "array w holds a value that is not finite"),
            ({"w": np.array([True])}, {}, "array w is of type bool"),
            ({"w": np.array(["x"], dtype=object)}, {}, "array w is of type object"),
            ({"w": np.ones(1)}, {"data_digest": "abc"}, "64 hex digits"),
            ({"w": np.ones(1)}, {"data_digest": "G" * 64}, "64 hex digits"),
            ({"w": np.ones(1)}, {"parents": ("000009-" + "0" * 16,)}, "parent 000009-0+ is not in"),
            ({"w": np.ones(1)}, {"metrics": {"mrr": float("nan")}}, "must be finite JSON"),
            ({"w": np.ones(1)}, {"details": {"x": object()}}, "must be finite JSON"),
        ],
    )
    def test_what_cannot_be_kept_is_refused(self, store, tensors, change, message):
        arguments = {"metrics": {}, "data_digest": DIGEST, **change}
        with pytest.raises(ModelStoreError, match=message):
            store.save(tensors, **arguments)
        assert store.versions() == ()

    @pytest.mark.negative
    @pytest.mark.parametrize("kind", ["", "Link", "link model", "../x"])
    def test_a_kind_that_is_no_identifier_is_refused(self, tmp_path, kind):
        with pytest.raises(ModelStoreError, match="is not a kind of model"):
            ModelStore(tmp_path, kind=kind)


class TestTampering:
    @pytest.fixture
    def version(self, store):
        return save(store)

    @pytest.fixture
    def folder(self, store, tmp_path, version):
        return folder_of(store, tmp_path, version)

    @pytest.mark.negative
    def test_one_changed_byte_of_the_weights_is_found(self, store, version, folder):
        path = folder / "weights.safetensors"
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        assert store.describe(version).version == version
        with pytest.raises(ModelStoreError, match=r"weights.safetensors was changed after it was"):
            store.load(version)

    @pytest.mark.negative
    def test_a_changed_description_is_found(self, store, version, folder):
        path = folder / "model.json"
        path.write_text(path.read_text().replace("0.5", "0.9"))
        with pytest.raises(ModelStoreError, match=r"model.json was changed after it was stored"):
            store.load(version)

    @pytest.mark.negative
    def test_foreign_files_are_refused(self, store, version, folder):
        (folder / "extra.pkl").write_bytes(b"x")
        with pytest.raises(ModelStoreError, match="holds foreign or missing files"):
            store.load(version)

    @pytest.mark.negative
    def test_missing_files_are_refused(self, store, version, folder):
        (folder / "weights.safetensors").unlink()
        with pytest.raises(ModelStoreError, match="holds foreign or missing files"):
            store.load(version)

    @pytest.mark.negative
    def test_links_are_refused(self, store, version, folder, tmp_path):
        outside = tmp_path / "outside"
        (folder / "weights.safetensors").rename(outside)
        (folder / "weights.safetensors").symlink_to(outside)
        with pytest.raises(ModelStoreError, match="is not a regular file"):
            store.load(version)

    @pytest.mark.negative
    def test_a_linked_version_is_refused(self, store, version, folder):
        link = folder.with_name("000002" + version[6:])
        link.symlink_to(folder)
        with pytest.raises(ModelStoreError, match="is not a version in this store"):
            store.load(link.name)

    @pytest.mark.negative
    def test_files_beyond_the_size_limit_are_not_read(self, store, version, folder, monkeypatch):
        size = (folder / "model.json").stat().st_size
        monkeypatch.setattr(modelrecords, "LARGEST_FILE", size)
        store.describe(version)
        monkeypatch.setattr(modelrecords, "LARGEST_FILE", size - 1)
        with pytest.raises(ModelStoreError, match=f"model.json is larger than {size - 1} bytes"):
            store.describe(version)

    @pytest.mark.negative
    @pytest.mark.parametrize("name", ["000001-0123456789abcdef", "../models", "", "current"])
    def test_what_is_not_in_the_store_is_refused(self, store, version, name):
        with pytest.raises(ModelStoreError, match="is not a version in this store"):
            store.load(name)

    @pytest.mark.negative
    def test_a_model_of_another_kind_is_refused(self, store, version, tmp_path):
        other = ModelStore(tmp_path / "models", kind="forest")
        with pytest.raises(ModelStoreError, match=f"{version} is a link_model, not a forest"):
            other.load(version)

    @pytest.mark.negative
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda d: {**d, "schema_version": 2}, "schema version 2 cannot be read here"),
            (lambda d: {k: d[k] for k in d if k != "kind"}, "is not a model description"),
            (lambda d: {**d, "kind": 7}, "is not a model description"),
            (lambda d: {**d, "created_at": 7}, "is not a model description"),
            (lambda d: {**d, "data_digest": 7}, "is not a model description"),
            (lambda d: {**d, "weights_sha256": 7}, "is not a model description"),
            (lambda d: {**d, "metrics": []}, "is not a model description"),
            (lambda d: {**d, "metrics": {"mrr": "high"}}, "is not a model description"),
            (lambda d: {**d, "parents": {}}, "is not a model description"),
            (lambda d: {**d, "details": []}, "is not a model description"),
            (lambda d: [d], "is not a model description"),
        ],
    )
    def test_a_well_named_but_foreign_description_is_refused(
        self, store, version, folder, change, message
    ):
        description = change(json.loads((folder / "model.json").read_text()))
        content = modelrecords.json_bytes(description)
        forged = folder.with_name(f"000002-{modelrecords.short_digest(content)}")
        folder.rename(forged)
        (forged / "model.json").write_bytes(content)
        with pytest.raises(ModelStoreError, match=message):
            store.load(forged.name)

    @pytest.mark.negative
    def test_a_well_named_file_that_is_no_safetensors_is_refused(self, store, version, folder):
        import hashlib

        foreign = b"cos\nsystem\n(S'echo'\ntR."
        description = json.loads((folder / "model.json").read_text())
        description["weights_sha256"] = hashlib.sha256(foreign).hexdigest()
        content = modelrecords.json_bytes(description)
        forged = folder.with_name(f"000002-{modelrecords.short_digest(content)}")
        folder.rename(forged)
        (forged / "model.json").write_bytes(content)
        (forged / "weights.safetensors").write_bytes(foreign)
        with pytest.raises(ModelStoreError, match="is not a safetensors file"):
            store.load(forged.name)


class TestService:
    @pytest.mark.negative
    def test_nothing_is_current_before_the_first_promotion(self, store):
        save(store)
        with pytest.raises(NoModelError, match="no model was promoted yet: train one first"):
            store.current()
        with pytest.raises(NoModelError):
            store.load_current()

    def test_a_promoted_version_is_current(self, store, clock):
        version = save(store)
        clock.advance(60)
        transition = store.promote(version, reason="better by 0.1")
        assert store.current() == version == store.load_current().record.version
        assert transition.action == "promote"
        assert transition.version == version
        assert transition.previous is None
        assert transition.at == "2023-11-14T22:14:20.000+00:00"
        assert transition.reason == "better by 0.1"
        assert store.history() == (transition,)

    def test_promoting_the_current_version_again_changes_nothing(self, store):
        version = save(store)
        first = store.promote(version, reason="first")
        assert store.promote(version, reason="again") == first
        assert len(store.history()) == 1

    def test_rollback_returns_to_the_version_before_and_is_recorded(self, store):
        one, two, three = (save(store, value) for value in (1.0, 2.0, 3.0))
        for version in (one, two, three):
            store.promote(version, reason="newer")
        back = store.rollback(reason="accuracy dropped by 6 percent")
        assert (back.action, back.version, back.previous) == ("rollback", two, three)
        assert store.current() == two
        assert store.earlier() == one
        assert store.rollback(reason="again").version == one
        assert store.earlier() is None
        assert store.current() == one
        assert [entry.action for entry in store.history()] == ["promote"] * 3 + ["rollback"] * 2

    def test_after_a_rollback_a_promotion_builds_on_what_stands(self, store):
        one, two, three = (save(store, value) for value in (1.0, 2.0, 3.0))
        store.promote(one, reason="a")
        store.promote(two, reason="b")
        store.rollback(reason="c")
        assert store.promote(three, reason="d").previous == one
        assert store.rollback(reason="e").version == one

    def test_a_version_can_return_after_it_was_rolled_back(self, store):
        one, two = save(store, 1.0), save(store, 2.0)
        for version in (one, two, one):
            store.promote(version, reason="swap")
        assert store.current() == one
        assert store.rollback(reason="back").version == two

    @pytest.mark.negative
    def test_without_an_earlier_version_rollback_is_refused(self, store):
        with pytest.raises(ModelStoreError, match="no earlier version to roll back to"):
            store.rollback(reason="none")
        version = save(store)
        store.promote(version, reason="first")
        with pytest.raises(ModelStoreError, match="no earlier version to roll back to"):
            store.rollback(reason="one")
        assert store.current() == version

    @pytest.mark.negative
    def test_a_damaged_version_is_not_promoted_and_the_current_one_stays(self, store, tmp_path):
        one, two = save(store, 1.0), save(store, 2.0)
        store.promote(one, reason="first")
        (folder_of(store, tmp_path, two) / "weights.safetensors").write_bytes(b"x")
        with pytest.raises(ModelStoreError, match="was changed after it was stored"):
            store.promote(two, reason="second")
        assert store.current() == one

    @pytest.mark.negative
    def test_rollback_to_a_damaged_version_is_refused(self, store, tmp_path):
        one, two = save(store, 1.0), save(store, 2.0)
        store.promote(one, reason="first")
        store.promote(two, reason="second")
        (folder_of(store, tmp_path, one) / "weights.safetensors").write_bytes(b"x")
        with pytest.raises(ModelStoreError, match="was changed after it was stored"):
            store.rollback(reason="back")
        assert store.current() == two

    def test_promotions_at_the_same_time_are_all_recorded(self, store):
        versions = [save(store, float(i)) for i in range(6)]
        threads = [
            threading.Thread(target=store.promote, args=(version,), kwargs={"reason": "race"})
            for version in versions
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(entry.version for entry in store.history()) == versions
        assert store.current() == store.history()[-1].version

    @pytest.mark.negative
    @pytest.mark.parametrize(
        "content",
        [
            "not json",
            "{}x",
            '{"a": 1}',
            "[1]",
            '[{"action": "promote"}]',
            "[ENTRY_PROMOTE_BAD]",
            "[ENTRY_ROLLBACK]",
            "[ENTRY_OTHER]",
            "[ENTRY_NUMBER]",
        ],
    )
    def test_a_damaged_history_is_refused(self, store, tmp_path, content):
        version = save(store)
        entry = {"version": version, "previous": None, "at": "t", "reason": "r"}
        for name, change in {
            "ENTRY_PROMOTE_BAD": {"action": "promote", "version": "../x"},
            "ENTRY_ROLLBACK": {"action": "rollback"},
            "ENTRY_OTHER": {"action": "delete"},
            "ENTRY_NUMBER": {"action": "promote", "version": 7},
        }.items():
            content = content.replace(name, json.dumps({**entry, **change}))
        (tmp_path / "models" / "history.json").write_text(content)
        with pytest.raises(ModelStoreError, match=r"history.json is damaged"):
            store.current()

    def test_a_crash_while_promoting_leaves_the_old_state(self, store, monkeypatch):
        one, two = save(store, 1.0), save(store, 2.0)
        store.promote(one, reason="first")

        def no_disk(path, content):
            path.write_bytes(content[:10])
            raise OSError("disk full")

        monkeypatch.setattr("agent_runtime.modelstore.write_durably", no_disk)
        with pytest.raises(OSError, match="disk full"):
            store.promote(two, reason="second")
        assert store.current() == one


def test_files_are_on_disk_before_they_are_moved(store, monkeypatch):
    synced = []
    real = os.fsync

    def recording(descriptor):
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", recording)
    save(store)
    assert synced == ["model.json", "weights.safetensors", "versions"]
