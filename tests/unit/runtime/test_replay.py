"""A spent token stays spent, in one process, in two, and after a restart, until it expires."""

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import MemoryLayerError
from agent_runtime.replay import MemoryReplayLedger, SqliteReplayLedger


@pytest.fixture
def clock():
    return ManualClock(1000.0)


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, clock, tmp_path):
    if request.param == "memory":
        yield MemoryReplayLedger(clock)
    else:
        store = SqliteReplayLedger(tmp_path / "spent.db", clock)
        yield store
        store.close()


def test_a_token_is_spent_once(ledger):
    assert ledger.spend("t1", 1060.0) is True
    assert ledger.spend("t1", 1060.0) is False
    assert ledger.spend("t2", 1060.0) is True
    assert len(ledger) == 2


def test_a_token_is_remembered_for_an_hour_after_its_expiry_and_no_longer(ledger, clock):
    ledger.spend("t1", 1060.0)
    clock.advance(60.0 + 3599.0)
    assert ledger.spend("t1", 1060.0) is False
    clock.advance(1.0)
    assert ledger.spend("t2", 9000.0) is True
    assert len(ledger) == 1


def test_a_restart_and_a_second_process_do_not_make_a_token_usable_again(clock, tmp_path):
    first = SqliteReplayLedger(tmp_path / "spent.db", clock)
    second = SqliteReplayLedger(tmp_path / "spent.db", clock)
    assert first.spend("t1", 1060.0)
    first.close()
    assert not second.spend("t1", 1060.0)
    second.close()
    third = SqliteReplayLedger(tmp_path / "spent.db", clock)
    assert not third.spend("t1", 1060.0)
    third.close()


def test_a_ledger_that_cannot_be_opened_is_an_error(clock, tmp_path):
    (tmp_path / "spent.db").write_text("no database, by far not one, and long enough to be seen")
    with pytest.raises(MemoryLayerError):
        SqliteReplayLedger(tmp_path / "spent.db", clock)
