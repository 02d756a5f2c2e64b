from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serve.shop import Shop, open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose authorizer knows a tenant, and whose cards are charged by a stub."""
    stubs = {
        "authorizer:CheckTokenAuthorizer": {"Return": {"tenant": "t1"}},
        "Charge": [{"Throw": {"Error": "Lambda.TooManyRequestsException"}}, {"Return": {"Payload": {}}}],
        "POST /letters": [{"Return": {"MessageId": "m"}, "Seconds": 40}],
    }
    with open_shop(tmp_path_factory.mktemp("shop"), stubs) as opened:
        yield opened
