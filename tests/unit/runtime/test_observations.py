"""Observed links are kept once each, with when they were last seen, and age out as asked."""

import sqlite3
import threading

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import InputBoundsError
from agent_runtime.observations import CandidatePair, ObservedLinks, candidate_pairs

A, B, C = ("a", "r", "b"), ("b", "r", "c"), ("c", "s", "a")


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def links(tmp_path, clock):
    return ObservedLinks(tmp_path / "links.db", clock)


def test_links_are_kept_sorted_and_once(links):
    assert links.observe([C, A, A]) == 2
    assert links.observe([A, B]) == 2
    assert links.recent() == (A, B, C)


def test_they_survive_and_are_shared_by_processes(links, tmp_path, clock):
    links.observe([A])
    links.close()
    other = ObservedLinks(tmp_path / "links.db", clock)
    assert other.recent() == (A,)
    other.observe([B])
    assert links.recent() == (A, B)


def test_a_link_counts_until_just_its_age(links, clock):
    links.observe([A])
    clock.advance(2 * 86_400)
    links.observe([B])
    assert links.recent(2.0) == (A, B)
    clock.advance(0.5)
    assert links.recent(2.0) == (B,)
    assert links.recent(None) == (A, B)


def test_seeing_a_link_again_makes_it_young(links, clock):
    links.observe([A])
    clock.advance(5 * 86_400)
    links.observe([A])
    clock.advance(86_400)
    assert links.recent(1.0) == (A,)


def test_a_clock_behind_does_not_make_a_link_older(links, tmp_path, clock):
    links.observe([A])
    slow = ObservedLinks(tmp_path / "links.db", ManualClock(clock() - 86_400))
    slow.observe([A])
    assert links.recent(0.0) == (A,)


def test_old_links_can_be_forgotten(links, clock):
    links.observe([A, B])
    clock.advance(86_400)
    links.observe([B])
    assert links.forget(1.0) == 0
    clock.advance(1)
    assert links.forget(1.0) == 1
    assert links.recent() == (B,)


def test_threads_lose_nothing(links):
    batches = [[(f"e{i}", "r", f"e{j}") for j in range(20)] for i in range(6)]
    threads = [threading.Thread(target=links.observe, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(links.recent()) == 120


@pytest.mark.negative
def test_one_bad_name_and_nothing_is_noted(links):
    with pytest.raises(InputBoundsError, match="triple 2"):
        links.observe([A, ("", "r", "b")])
    assert links.recent() == ()


def test_candidate_pairs_are_named_tuples_in_order():
    assert candidate_pairs([B, A, B]) == (CandidatePair(*B), CandidatePair(*A))
    assert candidate_pairs([B])[0].relation == "r"
    assert candidate_pairs([A, B], most=2) == (A, B)


@pytest.mark.negative
def test_no_pairs_and_too_many_are_refused():
    with pytest.raises(InputBoundsError, match="0 candidate pairs; 1 to 200000 are accepted"):
        candidate_pairs([])
    with pytest.raises(InputBoundsError, match="3 candidate pairs; 1 to 2 are accepted"):
        candidate_pairs([A, B, C], most=2)


def test_links_that_were_unknown_until_a_moment_are_told_apart(links, clock):
    links.observe([A])
    moment = clock()
    assert links.first_seen_after(moment) == ()
    assert links.first_seen_after(moment - 0.001) == (A,)
    clock.advance(1)
    links.observe([C, A, B])
    assert links.first_seen_after(moment) == (B, C)


def test_a_forgotten_link_is_new_when_it_comes_again(links, clock):
    links.observe([A])
    clock.advance(2 * 86_400)
    links.observe([B])
    assert links.forget(1) == 1
    moment = clock()
    clock.advance(1)
    links.observe([A, B])
    assert links.first_seen_after(moment) == (A,)


def test_links_kept_before_first_sightings_were_noted_are_not_new(links, tmp_path, clock):
    links.observe([A])
    links.close()
    with sqlite3.connect(tmp_path / "links.db") as connection:
        connection.execute("DROP TABLE first_sightings")
    connection.close()
    reopened = ObservedLinks(tmp_path / "links.db", clock)
    clock.advance(1)
    reopened.observe([A, B])
    assert reopened.first_seen_after(0.0) == (B,)
