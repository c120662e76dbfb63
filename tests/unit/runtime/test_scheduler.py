"""The scheduler: once each, over restarts, crashes and processes."""

import os
import signal
import subprocess
import sys
import threading

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, MemoryLayerError
from agent_runtime.jobs import KEPT_RUNS, JobOutcome, JobStore
from agent_runtime.scheduler import MOST_ATTEMPTS, Cron, Interval, TaskScheduler
from agent_runtime.tracing import current_trace_id

HOURLY = Interval(seconds=3600.0)
START = 1_700_000_000.0


@pytest.fixture
def clock():
    return ManualClock(START)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "jobs.db"


@pytest.fixture
def open_scheduler(path, clock):
    opened = []

    def open_one():
        scheduler = TaskScheduler(path, clock, trace_ids=lambda: "trace-1")
        opened.append(scheduler)
        return scheduler

    yield open_one
    for scheduler in opened:
        scheduler.close()


def _crash(path):
    """Leave what a process leaves that dies in a run: a begun run, nothing else."""
    store = JobStore(path)
    store.begin("job", START, "trace-0")
    store.close()


def test_a_job_runs_when_it_is_due_and_not_before(open_scheduler, clock):
    scheduler, runs = open_scheduler(), []
    state = scheduler.register("retrain", HOURLY, runs.append)
    assert state.planned == scheduler.next_due() == START + 3600.0
    assert state.schedule == "every 3600 s"
    clock.advance(3599.0)
    assert scheduler.run_due() == ()
    clock.advance(1.0)
    assert scheduler.run_due() == (
        JobOutcome(
            name="retrain",
            planned=START + 3600.0,
            started=START + 3600.0,
            finished=START + 3600.0,
            result="succeeded",
            detail="",
            missed=0,
            trace_id="trace-1",
        ),
    )
    (run,) = runs
    assert (run.name, run.planned, run.started) == ("retrain", START + 3600.0, START + 3600.0)
    assert (run.missed, run.attempt, run.trace_id) == (0, 1, "trace-1")
    assert scheduler.run_due() == ()
    assert scheduler.job("retrain").planned == START + 7200.0
    assert scheduler.job("retrain").started is None


def test_a_cron_job_runs_at_its_times(open_scheduler, clock):
    scheduler, runs = open_scheduler(), []
    scheduler.register("report", Cron(expression="0 * * * *"), runs.append)
    due = scheduler.next_due()
    assert due == 1_700_002_800.0
    clock.advance(due - START)
    assert [outcome.name for outcome in scheduler.run_due()] == ["report"]
    assert scheduler.next_due() == due + 3600.0


def test_the_action_runs_under_the_trace_of_its_run(open_scheduler, clock):
    scheduler, seen = open_scheduler(), []
    scheduler.register("job", HOURLY, lambda run: seen.append(current_trace_id()))
    clock.advance(3600.0)
    scheduler.run_due()
    assert seen == ["trace-1"]


def test_due_times_survive_a_restart(open_scheduler, clock):
    first = open_scheduler()
    first.register("job", HOURLY, lambda run: None)
    first.close()
    clock.advance(1800.0)
    again = open_scheduler()
    assert again.register("job", HOURLY, lambda run: None).planned == START + 3600.0


def test_a_changed_schedule_is_planned_anew(open_scheduler, clock):
    open_scheduler().register("job", HOURLY, lambda run: None)
    clock.advance(60.0)
    changed = open_scheduler().register("job", Interval(seconds=600.0), lambda run: None)
    assert changed.planned == START + 660.0


def test_missed_runs_are_made_up_for_by_one(open_scheduler, clock):
    scheduler, runs = open_scheduler(), []
    scheduler.register("job", HOURLY, runs.append)
    clock.advance(3 * 3600.0 + 5.0)
    (outcome,) = scheduler.run_due()
    assert (outcome.planned, outcome.missed) == (START + 3600.0, 2)
    assert runs[0].missed == 2
    assert scheduler.run_due() == ()
    assert scheduler.next_due() == START + 4 * 3600.0


def test_a_due_time_that_passes_during_a_run_is_not_lost(open_scheduler, clock):
    scheduler = open_scheduler()
    scheduler.register("job", HOURLY, lambda run: clock.advance(4000.0))
    clock.advance(3600.0)
    (first,) = scheduler.run_due()
    assert first.finished == START + 7600.0
    (second,) = scheduler.run_due()
    assert second.planned == START + 7200.0


@pytest.mark.negative
def test_a_failing_job_is_recorded_and_does_not_disturb_the_others(open_scheduler, clock):
    scheduler, runs = open_scheduler(), []

    def fail(run):
        raise ValueError("x" * 600)

    scheduler.register("bad", HOURLY, fail)
    scheduler.register("good", HOURLY, runs.append)
    clock.advance(3600.0)
    bad, good = scheduler.run_due()
    assert (bad.name, bad.result) == ("bad", "failed")
    assert bad.detail == ("ValueError: " + "x" * 600)[:500]
    assert good.result == "succeeded"
    assert scheduler.job("bad").planned == START + 7200.0
    scheduler.check()


def test_history_is_newest_first_and_bounded(open_scheduler, clock, path):
    scheduler = open_scheduler()
    scheduler.register("job", HOURLY, lambda run: None)
    for _ in range(3):
        clock.advance(3600.0)
        scheduler.run_due()
    planned = [outcome.planned - START for outcome in scheduler.history("job")]
    assert planned == [10800.0, 7200.0, 3600.0]
    assert [outcome.planned - START for outcome in scheduler.history("job", 1)] == [10800.0]
    (newest,) = scheduler.history("job", 1)
    store = JobStore(path)
    for _ in range(KEPT_RUNS - 2):
        store.end(newest, None)
    assert len(store.history("job", 10_000)) == KEPT_RUNS
    assert store.history("job", 10_000)[-1].planned == START + 7200.0
    assert store.history("other", 10) == ()
    store.close()


def test_a_run_that_a_crash_cut_off_is_made_up_for(open_scheduler, clock, path):
    runs = []
    scheduler = open_scheduler()
    scheduler.register("job", HOURLY, runs.append)
    clock.advance(3600.0)
    _crash(path)
    assert scheduler.job("job").started == START
    (outcome,) = scheduler.run_due()
    assert outcome.result == "succeeded"
    assert (runs[0].attempt, runs[0].planned) == (2, START + 3600.0)
    done, cut = scheduler.history("job")
    assert done == outcome
    assert (cut.result, cut.started, cut.finished) == ("interrupted", START, START + 3600.0)
    assert cut.detail == "attempt 1 of 3 ended with its process"
    assert cut.trace_id == "trace-0"
    assert scheduler.job("job").attempts == 0


def test_a_run_that_kills_its_process_again_and_again_is_given_up(open_scheduler, clock, path):
    runs = []
    scheduler = open_scheduler()
    scheduler.register("job", HOURLY, runs.append)
    clock.advance(3600.0)
    for _ in range(MOST_ATTEMPTS):
        _crash(path)
    assert scheduler.run_due() == ()
    assert runs == []
    assert scheduler.history("job")[0].result == "abandoned"
    assert scheduler.next_due() == START + 7200.0
    clock.advance(3600.0)
    assert [outcome.result for outcome in scheduler.run_due()] == ["succeeded"]
    assert runs[0].attempt == 1


def test_two_attempts_are_not_yet_given_up(open_scheduler, clock, path):
    scheduler = open_scheduler()
    scheduler.register("job", HOURLY, lambda run: None)
    clock.advance(3600.0)
    _crash(path)
    _crash(path)
    assert [outcome.result for outcome in scheduler.run_due()] == ["succeeded"]


def test_two_schedulers_do_not_run_a_job_twice(open_scheduler, clock):
    runs = []
    schedulers = [open_scheduler(), open_scheduler()]
    for scheduler in schedulers:
        scheduler.register("job", HOURLY, runs.append)
    clock.advance(3600.0)
    threads = [threading.Thread(target=scheduler.run_due) for scheduler in schedulers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 1


@pytest.mark.regression
def test_a_job_held_by_another_process_waits_until_that_dies(open_scheduler, clock, path):
    program = (
        "import sys; from pathlib import Path; from agent_runtime.jobs import JobStore\n"
        "with JobStore(Path(sys.argv[1])).exclusive('job') as held:\n"
        "    print(held, flush=True); sys.stdin.read()"
    )
    scheduler, runs = open_scheduler(), []
    scheduler.register("job", HOURLY, runs.append)
    clock.advance(3600.0)
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        assert scheduler.run_due() == ()
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    assert [outcome.result for outcome in scheduler.run_due()] == ["succeeded"]
    assert len(runs) == 1


def test_a_job_that_still_runs_is_not_started_again(open_scheduler, clock):
    scheduler, begun, release = open_scheduler(), threading.Event(), threading.Event()
    runs = []

    def slow(run):
        runs.append(run)
        begun.set()
        release.wait(10.0)

    scheduler.register("slow", HOURLY, slow)
    clock.advance(3600.0)
    waiting = threading.Thread(target=scheduler.run_due)
    waiting.start()
    assert begun.wait(10.0)
    assert scheduler.run_due() == ()
    assert scheduler.stop(0.01) is False
    release.set()
    waiting.join()
    assert scheduler.stop() is True
    assert len(runs) == 1


def test_stopping_leaves_jobs_that_did_not_begin_due(open_scheduler, clock):
    scheduler, release = open_scheduler(), threading.Event()
    begun, outcomes = threading.Barrier(5, timeout=10.0), []

    def slow(run):
        begun.wait()
        release.wait(10.0)

    for name in "abcde":
        scheduler.register(name, HOURLY, slow)
    clock.advance(3600.0)
    waiting = threading.Thread(target=lambda: outcomes.extend(scheduler.run_due()))
    waiting.start()
    begun.wait()
    assert scheduler.stop(0.01) is False
    release.set()
    waiting.join()
    assert [outcome.name for outcome in outcomes] == ["a", "b", "c", "d"]
    assert scheduler.job("e").planned == START + 3600.0


def test_jobs_run_side_by_side(open_scheduler, clock):
    scheduler, meeting = open_scheduler(), threading.Barrier(2, timeout=10.0)
    for name in ("a", "b"):
        scheduler.register(name, HOURLY, lambda run: meeting.wait())
    clock.advance(3600.0)
    assert [outcome.result for outcome in scheduler.run_due()] == ["succeeded", "succeeded"]


def test_the_background_thread_runs_what_is_due_until_it_is_stopped(open_scheduler, clock):
    scheduler, done = open_scheduler(), threading.Event()
    scheduler.register("job", HOURLY, lambda run: done.set())
    clock.advance(3600.0)
    scheduler.start(0.001)
    scheduler.start(0.001)
    assert done.wait(10.0)
    assert [thread.name for thread in threading.enumerate()].count("scheduler") == 1
    assert scheduler.stop() is True
    scheduler.check()
    assert "scheduler" not in [thread.name for thread in threading.enumerate()]
    done.clear()
    scheduler.start(0.001)
    clock.advance(3600.0)
    assert done.wait(10.0)


@pytest.mark.negative
def test_a_broken_store_is_told_by_the_health_check(open_scheduler, clock, path):
    scheduler = open_scheduler()
    scheduler.register("job", HOURLY, lambda run: None)
    clock.advance(3600.0)
    store = JobStore(path)
    with store._database.write() as connection:
        connection.execute("DROP TABLE jobs")
    scheduler.start(0.001)
    looked = threading.Event()
    for _ in range(1000):
        if scheduler._look_fault is not None:
            looked.set()
            break
        looked.wait(0.01)
    with pytest.raises(MemoryLayerError, match=r"^the scheduler failed: MemoryLayerError$"):
        scheduler.check()
    store.close()


@pytest.mark.negative
def test_a_run_that_cannot_be_recorded_stays_due_and_is_told(open_scheduler, clock, path):
    scheduler = open_scheduler()
    store = JobStore(path)

    def spoil(run):
        with store._database.write() as connection:
            connection.execute("DROP TABLE runs")

    scheduler.register("job", HOURLY, spoil)
    clock.advance(3600.0)
    with pytest.raises(MemoryLayerError, match="runs"):
        scheduler.run_due()
    with pytest.raises(MemoryLayerError, match=r"^the scheduler failed: "):
        scheduler.check()
    assert scheduler.next_due() == START + 3600.0
    store.close()


def test_an_unregistered_job_is_gone_but_its_history_stays(open_scheduler, clock):
    scheduler = open_scheduler()
    scheduler.register("job", HOURLY, lambda run: None)
    clock.advance(3600.0)
    scheduler.run_due()
    scheduler.unregister("job")
    clock.advance(3600.0)
    assert scheduler.run_due() == ()
    assert scheduler.jobs() == ()
    assert scheduler.next_due() is None
    assert len(scheduler.history("job")) == 1


@pytest.mark.negative
def test_a_job_that_another_process_removed_is_not_run(open_scheduler, clock, path):
    scheduler = open_scheduler()
    scheduler.register("job", HOURLY, lambda run: None)
    store = JobStore(path)
    store.remove("job")
    store.close()
    clock.advance(3600.0)
    assert scheduler.run_due() == ()
    with pytest.raises(MemoryLayerError, match=r"^the job 'job' is no longer stored$"):
        scheduler.job("job")


@pytest.mark.negative
@pytest.mark.parametrize("name", ["", "Job", "../x", "a/b", "-a", "a" * 101])
def test_malformed_names_are_refused(open_scheduler, name):
    with pytest.raises(ConfigError, match=r" is no job name$"):
        open_scheduler().register(name, HOURLY, lambda run: None)


@pytest.mark.negative
def test_a_name_is_taken_once_and_unknown_names_are_refused(open_scheduler):
    scheduler = open_scheduler()
    scheduler.register("a" * 100, HOURLY, lambda run: None)
    with pytest.raises(ConfigError, match=r" exists already$"):
        scheduler.register("a" * 100, HOURLY, lambda run: None)
    with pytest.raises(ConfigError, match=r"^no job 'gone'$"):
        scheduler.job("gone")
    with pytest.raises(ConfigError, match=r"^no job 'gone'$"):
        scheduler.unregister("gone")
