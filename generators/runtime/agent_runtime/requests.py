"""Documents from outside, checked against the shape of the operation that they are meant for."""

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from agent_runtime.errors import InputBoundsError


class RequestValidator:
    """Turns documents into requests, or says all that is wrong with them."""

    def __init__(self, shapes: Mapping[str, type[BaseModel]]) -> None:
        """Check against `shapes`, by the name of the operation."""
        self._shapes = dict(shapes)

    def validate(self, operation: str, document: Mapping[str, object]) -> BaseModel:
        """Return `document` as a request of `operation`.

        Raises:
            InputBoundsError: the operation is not known, or fields are missing, unknown or out of
                their bounds; all of them are named.
        """
        shape = self._shapes.get(operation)
        if shape is None:
            raise InputBoundsError(f"{operation!r} is none of {', '.join(sorted(self._shapes))}")
        try:
            return shape.model_validate(document)
        except ValidationError as error:
            problems = (
                f"{'.'.join(map(str, each['loc'])) or 'the document'}: {each['msg']}"
                for each in error.errors(include_url=False, include_input=False)
            )
            raise InputBoundsError("; ".join(problems)) from error

    def problems(self, operation: str, document: Mapping[str, object]) -> tuple[str, ...]:
        """Return what is wrong with `document` as a request of `operation`; empty if nothing is."""
        try:
            self.validate(operation, document)
        except InputBoundsError as error:
            return tuple(str(error).split("; "))
        return ()
