"""Where a deployment goes: account, region and endpoint, the clients that lead there, and what AWS answers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from keyflow.dataclass import dataclass
from keyflow.diagnostics import DeployError, Diagnostic

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config

T = TypeVar("T")

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LOCAL_REGION = "us-east-1"


_SIGN_IN = "the credentials are no longer valid: sign in again (`aws sso login`), or look at --profile"
_HINTS = {
    "ExpiredToken": _SIGN_IN,
    "ExpiredTokenException": _SIGN_IN,
    "InvalidClientTokenId": _SIGN_IN,
    "UnrecognizedClientException": _SIGN_IN,
    "SignatureDoesNotMatch": "the secret key does not belong to the access key, or this machine's clock is wrong",
    "AccessDenied": "whoever deploys must be allowed the call; what was done before stays done",
    "AccessDeniedException": "whoever deploys must be allowed the call; what was done before stays done",
}
"""What to do, by the codes of errors."""


class Clients:
    """boto3's clients for one account and region, each made when it is first used.

    An endpoint on this machine is a local engine, which wants credentials and a region but does not check them: where
    none are configured, it gets some.
    """

    def __init__(
        self, *, region: str | None = None, profile: str | None = None, endpoint_url: str | None = None
    ) -> None:
        self.endpoint_url = endpoint_url
        self._region = region
        self._profile = profile
        self._made: dict[str, Any] = {}
        self._remembered: dict[tuple[str, ...], Any] | None = None

    @property
    def is_local(self) -> bool:
        """Whether the endpoint is on this machine."""
        return self.endpoint_url is not None and urlsplit(self.endpoint_url).hostname in _LOOPBACK

    @cached_property
    def _session(self) -> boto3.Session:
        import boto3

        with aws_errors():
            # AWS's other tools look at AWS_REGION first; boto3 knows AWS_DEFAULT_REGION alone
            region = self._region or os.environ.get("AWS_REGION") or None
            session = boto3.Session(region_name=region, profile_name=self._profile)
            if not self.is_local or (session.get_credentials() is not None and session.region_name is not None):
                return session
            return boto3.Session(
                region_name=session.region_name or _LOCAL_REGION,
                aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "test"),
                aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            )

    @property
    def region(self) -> str:
        """The region's name.

        Raises:
            DeployError: KF504, none is configured.
        """
        if self._session.region_name is None:
            raise DeployError(
                Diagnostic("KF504", "no AWS region is configured", hint="pass --region, or set AWS_REGION")
            )
        return self._session.region_name

    def client(self, service: str) -> Any:
        """boto3's client of a service. Several threads may share one that has been made."""
        if service not in self._made:
            made = self._session.client(  # type: ignore[call-overload]
                service, region_name=self.region, endpoint_url=self.endpoint_url, config=self._config()
            )
            made.exceptions  # noqa: B018 - else each thread that is refused first makes classes that no other one catches
            self._made[service] = made
        return self._made[service]

    def _config(self) -> Config:
        """How calls are made: a deployment's may be made again where an answer is lost."""
        from botocore.config import Config

        return Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=60)

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """While a plan is made, AWS is asked everything once: resources share much of what they read."""
        self._remembered = {}
        try:
            yield
        finally:
            self._remembered = None

    def once(self, key: tuple[str, ...], read: Callable[[], T]) -> T:
        """What is read, or was under the same key since `remembering` began."""
        if self._remembered is None:
            return read()
        if key not in self._remembered:
            self._remembered[key] = read()
        found: T = self._remembered[key]
        return found

    def clock(self, otherwise: Callable[[], float] = time.time) -> float:
        """What time it is for AWS, in seconds since 1970: this machine's clock may be wrong."""
        with aws_errors():
            answer = self.client("sts").get_caller_identity()
        date = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
        return parsedate_to_datetime(date).timestamp() if date and not self.is_local else otherwise()

    def target(self, stage: str) -> Target:
        """The account and region behind the clients."""
        with aws_errors():
            identity = self.client("sts").get_caller_identity()
        partition = identity["Arn"].split(":")[1]
        return Target(
            stage=stage,
            account=identity["Account"],
            region=self.region,
            partition=partition,
            endpoint_url=self.endpoint_url,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One stage in one account and region."""

    stage: str
    account: str
    region: str
    partition: str = "aws"
    endpoint_url: str | None = None

    @property
    def pseudo_parameters(self) -> dict[str, str]:
        """What CloudFormation's pseudo parameters stand for here."""
        return {"AWS::Partition": self.partition, "AWS::Region": self.region, "AWS::AccountId": self.account}

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """The ARN of a resource of this account; `region=""` for a global service."""
        place = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{place}:{self.account}:{resource}"


@contextmanager
def aws_errors() -> Iterator[None]:
    """Turns boto3's errors into a `DeployError`: KF503, AWS refused a call; KF504, AWS could not be reached."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        code = details.get("Code", "error")
        message = f"AWS refused {error.operation_name}: {code}: {details.get('Message', error)}"
        raise DeployError(Diagnostic("KF503", message, hint=_HINTS.get(code))) from error
    except BotoCoreError as error:
        hint = "check the credentials, the region and --endpoint-url"
        raise DeployError(Diagnostic("KF504", str(error), hint=hint)) from error
