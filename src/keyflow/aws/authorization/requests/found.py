"""What a request is found to be about."""

from __future__ import annotations

from keyflow.aws.authorization.arns import ResourceArn

Where = tuple[tuple[str, str], ...]
Found = tuple[ResourceArn, Where]
"""A resource, and the keys of the request's context by which it must be named."""
