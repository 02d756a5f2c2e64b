"""What a service of this process refuses, as AWS's JSON protocol says it."""

from __future__ import annotations

from keyflow.serve.rest_api import AwsAnswer


class Refused(Exception):
    """An error of a service, by its name in the service's model."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error
        self.message = message

    def answer(self) -> AwsAnswer:
        """The answer that API Gateway gets."""
        return AwsAnswer(status=400, body={"__type": self.error, "message": self.message})
