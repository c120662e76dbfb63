"""Log lines: one JSON object each, whatever they are given."""

import json
import math
import threading
from pathlib import Path

import pytest
from agent_runtime.clock import ManualClock
from agent_runtime.errors import ConfigError, InputBoundsError
from agent_runtime.logs import DEEPEST, LONGEST_TEXT, MOST_ITEMS, AgentLogs, frames, harmless
from agent_runtime.settings import Secret
from agent_runtime.tracing import bind_trace

CHANNELS = {"serving": "L9/logs/scorer/serving.log", "training": "L9/logs/scorer/training.log"}


def _logs(tmp_path, level="INFO"):
    return AgentLogs(tmp_path, CHANNELS, agent="scorer", clock=ManualClock(), level=level)


def _open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def _lines(tmp_path, channel="serving"):
    text = (tmp_path / CHANNELS[channel]).read_text(encoding="ascii")
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_says_when_who_where_and_under_which_trace(tmp_path):
    logs = _logs(tmp_path)
    with bind_trace("t-1"):
        logs.channel("serving").info("scored", candidates=3, score=0.25)
    assert _lines(tmp_path) == [
        {
            "timestamp": "2023-11-14T22:13:20.000+00:00",
            "level": "info",
            "agent": "scorer",
            "channel": "serving",
            "trace_id": "t-1",
            "event": "scored",
            "candidates": 3,
            "score": 0.25,
        }
    ]
    assert list(_lines(tmp_path)[0])[:3] == ["timestamp", "level", "agent"]


def test_each_channel_has_its_own_declared_file_from_the_start(tmp_path):
    logs = _logs(tmp_path)
    assert logs.channels == ("serving", "training")
    assert _lines(tmp_path) == _lines(tmp_path, "training") == []
    logs.channel("training").warning("slow")
    assert _lines(tmp_path) == []
    assert [line["event"] for line in _lines(tmp_path, "training")] == ["slow"]


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("DEBUG", ["debug", "info", "warning", "error"]),
        ("INFO", ["info", "warning", "error"]),
        ("WARNING", ["warning", "error"]),
        ("ERROR", ["error"]),
    ],
)
def test_lines_below_the_level_are_not_written(tmp_path, level, written):
    log = _logs(tmp_path, level).channel("serving")
    for method in (log.debug, log.info, log.warning, log.error):
        method("x")
    assert [line["level"] for line in _lines(tmp_path)] == written


@pytest.mark.negative
@pytest.mark.parametrize(
    "text",
    ["a\nb", "a\r\nb", "a\u2028b", "a\u0085b", 'a"}\n{"x', "\x00\x1b[31m", "\ud800", "%s %d"],
)
def test_hostile_text_cannot_break_a_line(tmp_path, text):
    _logs(tmp_path).channel("serving").info(text, **{text: text})
    assert len((tmp_path / CHANNELS["serving"]).read_bytes().splitlines()) == 1
    (line,) = _lines(tmp_path)
    assert line["event"] == line[text] == text


@pytest.mark.negative
def test_a_field_cannot_pose_as_one_of_ours(tmp_path):
    forged = {"event": "e", "agent": "a", "trace_id": "t", "level": "l", "self": "s"}
    _logs(tmp_path).channel("serving").info("real", **forged)
    (line,) = _lines(tmp_path)
    assert line["event"] == "real"
    assert line["agent"] == "scorer"
    assert line["field_event"] == "e"
    assert line["field_agent"] == "a"
    assert line["field_trace_id"] == "t"
    assert line["field_level"] == "l"
    assert line["self"] == "s"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("x", None, None),
        ("x", True, True),
        ("x", 1.5, 1.5),
        ("x", math.nan, "nan"),
        ("x", -math.inf, "-inf"),
        ("x", 2**63 - 1, 2**63 - 1),
        ("x", 2**63, "<integer of 64 bits>"),
        ("x", -(2**63), -(2**63)),
        ("x", -(2**63) - 1, "<integer of 64 bits>"),
        pytest.param("x", 10**5000, "<integer of 16610 bits>", id="huge"),
        ("x", "a" * LONGEST_TEXT, "a" * LONGEST_TEXT),
        ("x", "a" * (LONGEST_TEXT + 1), "a" * LONGEST_TEXT + "...(cut)"),
        ("x", (1, [2, {"y": 3}]), [1, [2, {"y": 3}]]),
        ("x", [0] * MOST_ITEMS, [0] * MOST_ITEMS),
        ("x", [0] * (MOST_ITEMS + 1), [0] * MOST_ITEMS + ["...(cut)"]),
        ("x", {1: 2}, {"1": 2}),
        ("x", ValueError("bad"), "ValueError: bad"),
        ("x", object(), "<object>"),
        ("x", b"bytes", "<bytes>"),
        ("x", Secret("s"), "********"),
        ("governance_token", "eyJ", "********"),
        ("Authorization", ["Bearer x"], "********"),
        ("tokens", 3, 3),
        ("x", {"password": "p", "user": "u"}, {"password": "********", "user": "u"}),
    ],
)
def test_values_are_made_harmless(name, value, expected):
    assert harmless(value, name=name) == expected
    json.dumps(harmless(value, name=name), allow_nan=False)


def test_deep_and_cyclic_values_are_cut():
    loop: list[object] = []
    loop.append(loop)
    cut = harmless(loop)
    for _ in range(DEEPEST):
        assert isinstance(cut, list)
        (cut,) = cut
    assert cut == "...(cut)"
    assert len(harmless({str(n): n for n in range(MOST_ITEMS + 1)})) == MOST_ITEMS


def test_frames_name_places_without_folders():
    with pytest.raises(InputBoundsError) as caught:
        raise InputBoundsError("x")
    (frame,) = frames(caught.value)
    assert frame.startswith("test_logs.py:")
    assert frame.endswith(" in test_frames_name_places_without_folders")


@pytest.mark.negative
@pytest.mark.parametrize("path", ["", "/var/log/x", "../x", "a/../../x", "a\0b"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path, path):
    with pytest.raises(ConfigError, match="leaves its folder"):
        AgentLogs(tmp_path, {"serving": path}, agent="a", clock=ManualClock())


@pytest.mark.negative
def test_misconfigured_logs_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"^an agent needs at least one log channel$"):
        AgentLogs(tmp_path, {}, agent="a", clock=ManualClock())
    with pytest.raises(ConfigError, match=r"^'LOUD' is none of the log levels DEBUG, INFO"):
        _logs(tmp_path, "LOUD")
    with pytest.raises(ConfigError, match=r"^no log channel 'gone'; there are serving, training$"):
        _logs(tmp_path).channel("gone")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"^the log file cannot be written: "):
        AgentLogs(tmp_path, {"a": "file/x.log"}, agent="a", clock=ManualClock())


def test_a_rotated_file_is_opened_anew(tmp_path):
    log = _logs(tmp_path).channel("serving")
    path = tmp_path / CHANNELS["serving"]
    log.info("one")
    path.rename(path.with_name("serving.log.1"))
    log.info("two")
    assert [line["event"] for line in _lines(tmp_path)] == ["two"]
    path.unlink()
    path.write_text("")
    log.info("three")
    assert [line["event"] for line in _lines(tmp_path)] == ["three"]


def test_lines_that_cannot_be_written_are_counted(tmp_path):
    logs = _logs(tmp_path)
    log = logs.channel("serving")
    log.info("one")
    assert logs.lost == 0
    path = tmp_path / CHANNELS["serving"]
    path.unlink()
    path.mkdir()
    log.info("two")
    assert logs.lost == 1
    path.rmdir()
    log.info("three")
    assert [line["event"] for line in _lines(tmp_path)] == ["three"]
    assert logs.lost == 1


def test_closed_logs_lose_lines_and_say_so(tmp_path):
    logs = _logs(tmp_path)
    before = _open_files()
    logs.close()
    logs.close()
    assert _open_files() == before - 2
    logs.channel("training").info("late")
    assert logs.lost == 1
    assert _lines(tmp_path, "training") == []


def test_lines_of_two_writers_and_many_threads_do_not_mix(tmp_path):
    writers = [_logs(tmp_path), _logs(tmp_path)]

    def write(number: int) -> None:
        for index in range(50):
            writers[number % 2].channel("serving").info("x" * 500, writer=number, index=index)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = _lines(tmp_path)
    assert sorted((line["writer"], line["index"]) for line in lines) == [
        (writer, index) for writer in range(4) for index in range(50)
    ]
