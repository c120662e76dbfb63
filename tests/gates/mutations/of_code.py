"""Mutations of what modules say and how they are written."""

from tests.gates.mutations.edits import (
    Mutation,
    append,
    both,
    emptied,
    match,
    swap,
)

_KEY = "-----BEGIN " + "PRIVATE KEY-----"
_TOKEN = "eyJhbGciOiJ" + ".eyJzdWIiOiIx" + ".SflKxwRJSMeKK"
_DRAWN = "Zm9vYmFy" + "QmF6UXV4MTIzNDU2Nzg5" + "MGFiY2RlZkdISktM"

CODE = (
    Mutation("cut a bracket off", "syntax", swap("domainadapter.py", "_all=False)", "_all=False")),
    Mutation("escape what is no escape", "syntax", append("domainadapter.py", 'X = "\\d"')),
    Mutation("break a test file", "syntax", append("test_tensorutils.py", "def test_more(:")),
    Mutation("plant a TODO", "no_todo", append("tensorutils.py", "# TODO: check the width")),
    Mutation(
        "plant a FIXME in a docstring",
        "no_todo",
        swap("tensorutils.py", "Return `rows` as a matrix", "FIXME return `rows` as a matrix"),
    ),
    Mutation("leave TBD in a constant", "no_todo", append("domainadapter.py", 'LIMIT = "TBD"')),
    Mutation("leave a TODO in a document", "no_todo", append("TRAINING.md", "TODO: figures")),
    Mutation(
        "call it a placeholder",
        "no_placeholder",
        swap("domainadapter.py", "Domains that are served now", "A placeholder for the domains"),
    ),
    Mutation(
        "leave template syntax in a document",
        "no_placeholder",
        swap("DEPLOYMENT.md", "Send SIGTERM", "Send {{ signal }}"),
    ),
    Mutation(
        "promise it for later",
        "no_placeholder",
        append("eventpublisher.py", "# retries are to be added"),
    ),
    Mutation(
        "empty a function",
        "no_empty_function",
        emptied("domainadapter.py", "local_name", "pass"),
    ),
    Mutation(
        "let a function answer nothing",
        "no_empty_function",
        emptied("domainadapter.py", "entity", "return None"),
    ),
    Mutation(
        "raise NotImplementedError",
        "no_empty_function",
        emptied("worldmodelbridge.py", "pattern_discovery", "raise NotImplementedError"),
    ),
    Mutation(
        "empty a fixture",
        "no_empty_function",
        emptied("test_eventpublisher.py", "audience", "..."),
    ),
    Mutation(
        "drop a return type",
        "complete_signatures",
        swap("tensorutils.py", "-> FeatureMatrix:", ":", times=1),
    ),
    Mutation(
        "drop the type of a parameter",
        "complete_signatures",
        swap("domainadapter.py", "name: str", "name", times=1),
    ),
    Mutation(
        "type by Any",
        "type_hints",
        both(
            swap("domainadapter.py", "import Final", "import Any, Final"),
            swap("domainadapter.py", "domain: str", "domain: Any"),
        ),
    ),
    Mutation(
        "take the elements from a type",
        "type_hints",
        swap("domainadapter.py", "-> tuple[str, ...]:", "-> tuple:"),
    ),
    Mutation(
        "silence the type checker",
        "type_hints",
        swap("tensorutils.py", "(rows)\n", "(rows)  # type: ignore\n", times=1),
    ),
    Mutation(
        "silence the linter",
        "type_hints",
        swap("eventpublisher.py", "        return event", "        return event  # noqa"),
    ),
    Mutation(
        "take the docstring of a class",
        "docstrings",
        match("eventpublisher.py", r'    """Tells whoever.*?"""\n', ""),
    ),
    Mutation(
        "take the docstring of a method",
        "docstrings",
        match("domainadapter.py", r'        """Return the models.*?"""\n', ""),
    ),
    Mutation(
        "shorten a docstring to nothing",
        "docstrings",
        match("tensorutils.py", r'^""".*?"""', '"""Utils."""'),
    ),
    Mutation(
        "import what nobody declared",
        "no_undeclared_import",
        append("tensorutils.py", "import requests"),
    ),
    Mutation(
        "import the compiler",
        "no_undeclared_import",
        append("tensorutils.py", "import generators.engine"),
    ),
    Mutation(
        "import another agent",
        "no_undeclared_import",
        append("tensorutils.py", "from L9.core.tensor_trainer import VERSION"),
    ),
    Mutation(
        "import by a relative path",
        "no_undeclared_import",
        append("domainadapter.py", "from .tensorutils import unit_rows"),
    ),
    Mutation(
        "close an import cycle",
        "no_circular_import",
        append(
            "tensorutils.py",
            "from L9.core.tensoraios.anomaly_detector import AnomalyDetector",
        ),
    ),
    Mutation(
        "import everything",
        "explicit_imports",
        swap("tensorutils.py", "import CandidatePair\n", "import *\n"),
    ),
    Mutation(
        "import what is private",
        "explicit_imports",
        append("tensorutils.py", "from agent_runtime.guards import _finite"),
    ),
    Mutation("write a key down", "no_secret", append("domainadapter.py", f"# {_KEY}")),
    Mutation("write a token down", "no_secret", append("DEPLOYMENT.md", f"Use `{_TOKEN}`.")),
    Mutation(
        "write a password down",
        "no_secret",
        append("configmanager.py", 'REDIS_PASSWORD: Final = "swordfish"'),
    ),
    Mutation(
        "hide a secret in a constant",
        "no_secret",
        append("eventpublisher.py", f'SALT = "{_DRAWN}"'),
    ),
    Mutation(
        "evaluate text",
        "no_dangerous_call",
        append("domainadapter.py", 'RATE: Final = eval("1 + 1")'),
    ),
    Mutation(
        "unpickle",
        "no_dangerous_call",
        append("model_loader.py", "import pickle"),
    ),
    Mutation(
        "start a process",
        "no_dangerous_call",
        append("apiserver.py", 'os.system("true")'),
    ),
    Mutation(
        "catch everything",
        "no_swallowed_error",
        swap("model_loader.py", "except NoModelError:", "except:"),
    ),
    Mutation(
        "swallow an error",
        "no_swallowed_error",
        match(
            "model_loader.py",
            r"(        except ModelStoreError:\n).*?            raise\n",
            r"\1            pass\n",
        ),
    ),
    Mutation(
        "suppress an error",
        "no_swallowed_error",
        swap("model_loader.py", "with self._refusals_told(version, trace_id):", "with suppress():"),
    ),
    Mutation(
        "bind a document to one machine",
        "same_bytes",
        append("DEPLOYMENT.md", "Run it in `/home/igor/l9`."),
    ),
    Mutation(
        "stamp a file with the clock",
        "same_bytes",
        swap("tensorutils.py", "Generated from", "Generated on 2026-11-25 from"),
    ),
)
