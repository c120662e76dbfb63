"""An attempt keeps failures as values, except those that end the process."""

import pytest
from agent_runtime.attempt import Attempt


def test_a_failure_is_kept_and_the_block_ends_quietly():
    failure = ValueError("x")
    with Attempt() as attempt:
        raise failure
    assert attempt.error is failure


def test_success_leaves_no_error():
    with Attempt() as attempt:
        pass
    assert attempt.error is None


@pytest.mark.negative
@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_ends_the_process_passes_through(kind):
    attempt = Attempt()
    with pytest.raises(kind), attempt:
        raise kind
    assert attempt.error is None
