"""Documents of the outside world to requests of an agent, and its answers back to documents."""

from collections.abc import Mapping

from pydantic import BaseModel

from agent_runtime.errors import InputBoundsError
from agent_runtime.requests import RequestValidator
from agent_runtime.spelling import in_camel_case, plain_name, respelled
from agent_runtime.values import JsonObject


class OperationDocuments:
    """Brings documents into the declared form of an operation, whatever spelling they come in."""

    def __init__(
        self, requests: Mapping[str, type[BaseModel]], responses: Mapping[str, type[BaseModel]]
    ) -> None:
        """Take the shapes of each operation.

        Args:
            requests: shape of the request by operation.
            responses: shape of the answer by operation.
        """
        self._requests = dict(requests)
        self._responses = dict(responses)
        self._validator = RequestValidator(requests)
        self._names = {plain_name(name): name for name in requests}

    def operation(self, name: str) -> str:
        """Return the declared operation of this name, in any spelling.

        Raises:
            InputBoundsError: there is none.
        """
        found = self._names.get(plain_name(name))
        if found is None:
            known = ", ".join(sorted(self._requests))
            raise InputBoundsError(f"{name[:80]!r} is none of {known}")
        return found

    def request(self, operation: str, document: JsonObject) -> BaseModel:
        """Return a document as a checked request; fields may be spelled in any way.

        Raises:
            InputBoundsError: the operation is not declared, two names mean one field, or fields
                are missing, unknown or out of their bounds.
        """
        name = self.operation(operation)
        return self._validator.validate(name, respelled(document, self._requests[name]))

    def document(
        self, operation: str, answer: BaseModel, *, camel_case: bool = False
    ) -> JsonObject:
        """Return an answer as plain JSON, in declared spelling or in camel case.

        Raises:
            InputBoundsError: the operation is not declared, or the answer is of another one.
        """
        name = self.operation(operation)
        shape = self._responses[name]
        if not isinstance(answer, shape):
            raise InputBoundsError(f"{name} answers with {shape.__name__}")
        plain: JsonObject = answer.model_dump(mode="json")
        return in_camel_case(plain, shape) if camel_case else plain
