"""Services whose requests say in ways of their own which actions and resources they are about.

A module here is a service, or a few that are alike; it registers functions for boto3's names of services. What is not
here goes by the templates of the Service Authorization Reference (see `arns`).
"""

from __future__ import annotations

from keyflow.aws.authorization.requests import containers, dynamodb, keys, messages, models, names, s3, workflows
from keyflow.aws.authorization.requests.registry import grants_of, resources_of

__all__ = [
    "containers",
    "dynamodb",
    "grants_of",
    "keys",
    "messages",
    "models",
    "names",
    "resources_of",
    "s3",
    "workflows",
]
