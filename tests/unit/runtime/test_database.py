"""A SQLite file that threads and processes share, and whose faults have one name."""

import sqlite3
import subprocess
import sys
import threading

import pytest
from agent_runtime.database import Database
from agent_runtime.errors import InputBoundsError, MemoryLayerError

TABLES = "CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b TEXT);"


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "deep" / "x.db", TABLES)
    yield opened
    opened.close()


def test_rows_written_in_a_transaction_are_there_afterwards(database):
    with database.write() as connection:
        connection.execute("INSERT INTO t VALUES (1, 'x')")
    assert database.rows("SELECT a, b FROM t WHERE a = ?", (1,)) == [(1, "x")]


def test_an_exception_undoes_the_transaction_and_goes_on(database):
    def interrupted():
        with database.write() as connection:
            connection.execute("INSERT INTO t VALUES (1, 'x')")
            raise KeyError("stop")

    with pytest.raises(KeyError):
        interrupted()
    assert database.rows("SELECT * FROM t") == []
    with database.write() as connection:
        connection.execute("INSERT INTO t VALUES (2, 'y')")
    assert database.rows("SELECT a FROM t") == [(2,)]


def test_a_fault_of_the_database_is_a_memory_error_that_names_the_file(database):
    with pytest.raises(MemoryLayerError, match=r"x\.db: no such table: nowhere"):
        database.rows("SELECT * FROM nowhere")
    with pytest.raises(MemoryLayerError, match="UNIQUE"), database.write() as connection:
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, "x"), (1, "y")])
    assert database.rows("SELECT * FROM t") == []


@pytest.mark.parametrize("value", ["\ud800", 2**63])
def test_what_sqlite_cannot_hold_is_refused_as_input(database, value):
    with pytest.raises(InputBoundsError, match="a value cannot be stored"):
        database.rows("SELECT ?", (value,))


def test_readers_see_the_last_commit_while_another_thread_writes(database):
    inside, done = threading.Event(), threading.Event()

    def writer():
        with database.write() as connection:
            connection.execute("INSERT INTO t VALUES (1, 'x')")
            inside.set()
            done.wait(5)

    thread = threading.Thread(target=writer)
    thread.start()
    assert inside.wait(5)
    before = database.rows("SELECT * FROM t")
    done.set()
    thread.join()
    assert before == []
    assert database.rows("SELECT * FROM t") == [(1, "x")]


def test_the_journal_is_wal_and_durability_is_as_asked(tmp_path):
    for durable, level in ((False, 1), (True, 2)):
        database = Database(tmp_path / f"{level}.db", TABLES, durable=durable)
        assert database.rows("PRAGMA journal_mode") == [("wal",)]
        assert database.rows("PRAGMA synchronous") == [(level,)]
        assert database.rows("PRAGMA foreign_keys") == [(1,)]
        assert database.rows("PRAGMA busy_timeout") == [(5000,)]
        database.close()


def test_a_file_of_the_same_layout_is_continued_and_a_newer_one_refused(tmp_path):
    Database(tmp_path / "x.db", TABLES, version=2).close()
    Database(tmp_path / "x.db", TABLES, version=2).close()
    with pytest.raises(MemoryLayerError, match=r"newer release \(layout 2, ours 1\)"):
        Database(tmp_path / "x.db", TABLES)
    Database(tmp_path / "x.db", TABLES, version=3).close()
    assert sqlite3.connect(tmp_path / "x.db").execute("PRAGMA user_version").fetchone() == (3,)


def test_a_file_that_is_no_database_is_a_memory_error(tmp_path):
    (tmp_path / "x.db").write_text("this is prose, and more of it than a header needs " * 4)
    with pytest.raises(MemoryLayerError, match="file is not a database"):
        Database(tmp_path / "x.db", TABLES)


def test_a_folder_that_cannot_be_made_is_a_memory_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MemoryLayerError, match=r"x\.db"):
        Database(tmp_path / "file" / "x.db", TABLES)


def test_a_closed_database_opens_again_when_used(database):
    with database.write() as connection:
        connection.execute("INSERT INTO t VALUES (1, 'x')")
    database.close()
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")
    assert database.rows("SELECT a FROM t") == [(1,)]


WRITER = """
import sys
from pathlib import Path
from agent_runtime.database import Database
database = Database(Path(sys.argv[1]), sys.argv[2])
for _ in range(50):
    with database.write() as connection:
        connection.execute("INSERT INTO t (b) VALUES (?)", (sys.argv[3],))
"""


def test_processes_that_create_and_write_at_once_lose_nothing(tmp_path):
    path = tmp_path / "x.db"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), TABLES, name])
        for name in ("p", "q")
    ]
    assert [writer.wait(30) for writer in writers] == [0, 0]
    database = Database(path, TABLES)
    assert database.rows("SELECT b, count(*) FROM t GROUP BY b ORDER BY b") == [
        ("p", 50),
        ("q", 50),
    ]
    database.close()
