from starlette.responses import PlainTextResponse
from starlette.routing import Route


def pages(live):
    return [Route("/", lambda r: PlainTextResponse("studio"))]
