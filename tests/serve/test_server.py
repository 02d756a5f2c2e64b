"""The server as a user starts it: a process of its own, real sockets, files that change, and clients of all kinds."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keyflow.serve.server import Interruption
from tests.command import keyflow
from tests.serve.running import Server, project_of, serving, wait_for

DEFINITION = """
from keyflow import Api, Parameter, Workflow
from keyflow.aws import dynamodb

table = Parameter("Table", default="things")
keep = Workflow("Keep", timeout=20)
kept = keep.task("Put", dynamodb.put_item(TableName=table, Item={"pk": {"S": keep.input["id"]}}))
kept.keep("it is to be kept")
keep.succeed({"kept": keep.input["id"], "word": "first"})

shop = Api("shop", cors="https://shop.example")
shop.post("/things/{id}", keep, authorization="public", input={"id": shop.path["id"]})
shop.post("/any", keep, authorization="public", input={"id": shop.body["id"]})
shop.get("/things/{id}", dynamodb.get_item(TableName=table, Key={"pk": {"S": shop.path["id"]}}), authorization="public")
"""
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(project_of(tmp_path_factory.mktemp("shop"), DEFINITION)) as started:
        yield started


def test_the_first_line_says_where_everything_is(server: Server) -> None:
    assert server.started["studio"] == f"{server.url}/_keyflow/"
    routes = {f"{route['method']} {route['url'].removeprefix(server.url)}": route for route in server.started["routes"]}
    assert routes["GET /shop/things/{id}"]["calls"] == "dynamodb:GetItem"
    assert routes["POST /shop/things/{id}"]["calls"] == "Keep"


def test_a_route_answers_and_the_services_keep_what_it_did(server: Server) -> None:
    reply = server.post("/shop/things/a%2Fb", None)
    assert (reply.status, reply.json()) == (200, {"kept": "a/b", "word": "first"})
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert server.get("/shop/things/a%2Fb").json() == {"Item": {"pk": {"S": "a/b"}}}
    wait_for(lambda: any(json.loads(line)["label"] == "POST /things/{id}" for line in server.lines))


def test_only_this_machine_can_reach_it(server: Server) -> None:
    with socket.socket() as probe:
        probe.settimeout(2)
        with pytest.raises((ConnectionRefusedError, TimeoutError)):
            probe.connect((_other_address(), server.port))


def test_another_website_is_refused_and_the_apis_own_is_not(server: Server) -> None:
    assert server.post("/shop/things/x", None, {"Origin": "https://evil.example"}).status == 403
    assert server.get("/_keyflow/", {"Host": "evil.example"}).status == 403
    assert server.get("/_keyflow/", {"Origin": "https://evil.example"}).status == 403
    assert server.post("/shop/things/x", None, {"Origin": "https://shop.example"}).status == 200
    assert server.post("/shop/things/x", None, {"Origin": "http://localhost:3000"}).status == 200


def test_a_body_of_ten_megabytes_is_too_long(server: Server) -> None:
    reply = server.post("/shop/any", "x" * (10 * MEGABYTE + 1))
    assert (reply.status, reply.json()) == (413, {"message": "Request Too Long"})
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    chunks = (b"100000\r\n" + b"x" * MEGABYTE + b"\r\n") * 11
    head = f"POST /shop/any HTTP/1.1\r\nHost: localhost:{server.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b" 413 " in raw(server, head.encode() + chunks)
    assert server.post("/shop/any", {"id": "y"}).status == 200


def test_slow_and_aborted_clients_stop_no_one(server: Server) -> None:
    """Connections that send half of a request, or leave before they are answered."""
    head = f"POST /shop/any HTTP/1.1\r\nHost: localhost:{server.port}\r\nContent-Length: 1000\r\n\r\nhalf".encode()
    slow = []
    for _ in range(50):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(head)
        slow.append(connection)
    for _ in range(20):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(head)
        connection.close()
    began = time.monotonic()
    assert server.post("/shop/any", {"id": "z"}).status == 200
    assert time.monotonic() - began < 5
    for connection in slow:
        connection.close()
    assert server.post("/shop/any", {"id": "z"}).status == 200
    assert [line for line in server.errors if "Traceback" in line] == []


@pytest.mark.parametrize(
    "sent",
    [b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /shop/any%ZZ HTTP/1.1\r\nHost: localhost\r\n\r\n"],
)
def test_what_is_no_request_is_answered_or_cut(server: Server, sent: bytes) -> None:
    assert b" 500 " not in raw(server, sent)
    assert server.post("/shop/any", {"id": "z"}).status == 200


def test_a_path_that_does_not_exist_names_those_that_do(server: Server) -> None:
    assert server.get("/shp/any").json()["message"].endswith("/shop")
    assert server.get("/shop/nowhere").json() == {"message": "Missing Authentication Token"}
    assert server.get("/_keyflow/nowhere").status == 404
    assert server.get("/_keyflow/runs/none").status == 404
    assert server.get("/").status == 307


def test_many_at_once_get_their_own_answers(server: Server) -> None:
    def ask(number: int) -> bool:
        kept: str = server.post("/shop/any", {"id": f"id-{number}"}).json()["kept"]
        return kept == f"id-{number}"

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(500)))


def test_markup_in_what_is_sent_is_text_on_the_pages(server: Server) -> None:
    sent = "<script>alert(1)</script>\x00\x1b[31m\u202e"
    assert server.post("/shop/any", {"id": sent}).status == 200
    newest = re.findall(r'href="(/_keyflow/runs/[^"]+)"', server.get("/_keyflow/").text)[0]
    page = server.get(newest)
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert not set(page.text) & {"\x00", "\x1b", "\u202e"}
    policy = page.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    assert "style=" not in page.text
    assert "<style" not in page.text


def test_files_that_change_are_served_and_those_that_do_not_build_are_shown(tmp_path: Path) -> None:
    project = project_of(tmp_path, DEFINITION)
    (project / "definitions" / "_words.py").write_text("WORD = 'first'\n")
    file = project / "definitions" / "shop.py"
    file.write_text(
        DEFINITION.replace('"word": "first"', '"word": WORD').replace("\n", "\nfrom _words import WORD\n", 1)
    )
    with serving(project, "--watch") as server:
        assert server.post("/shop/things/a", None).json()["word"] == "first"
        (project / "definitions" / "_words.py").write_text("WORD = 'second'\n")
        wait_for(lambda: server.post("/shop/things/a", None).json()["word"] == "second")
        good = file.read_text()
        file.write_text(good.replace("put_item", "putt_item"))
        wait_for(lambda: "do not build" in server.get("/_keyflow/").text)
        assert "putt_item" in server.get("/_keyflow/").text
        assert server.post("/shop/things/a", None).json()["word"] == "second"
        file.write_text(good.replace("things/{id}", "other/{id}"))
        wait_for(lambda: server.post("/shop/other/a", None).status == 200)
        assert "do not build" not in server.get("/_keyflow/").text
        assert server.get("/shop/other/a").json() == {"Item": {"pk": {"S": "a"}}}


def test_a_script_fills_the_services_first(tmp_path: Path) -> None:
    project = project_of(tmp_path, DEFINITION)
    (project / "fill.py").write_text('client("dynamodb").put_item(TableName="things", Item={"pk": {"S": "before"}})\n')
    with serving(project, "--setup", "fill.py") as server:
        assert server.get("/shop/things/before").json() == {"Item": {"pk": {"S": "before"}}}
    (project / "fill.py").write_text('client("dynamodb").put_item(TableName="nothing", Item={})\n')
    done = keyflow("serve", "--port", "0", "--setup", "fill.py", cwd=project)
    assert (done.returncode, "fill.py:1: error KF613" in done.stderr) == (1, True)
    assert keyflow("serve", "--samples", "--setup", "fill.py", cwd=project).returncode == 2


def test_a_definition_that_ends_the_process_is_an_error(tmp_path: Path) -> None:
    done = keyflow("serve", "--port", "0", cwd=project_of(tmp_path, "import os\nos._exit(7)\n"))
    assert done.returncode == 1
    assert "KF551" in done.stderr
    assert "7" in done.stderr


def test_a_port_in_use_is_said(server: Server) -> None:
    done = keyflow("serve", "--port", str(server.port), cwd=Path(__file__).parents[2])
    assert done.returncode == 1
    assert f"error KF550: cannot listen on port {server.port}" in done.stderr
    assert "--port 0" in done.stderr


@pytest.mark.parametrize("port", ["-1", "70000", "x"])
def test_a_port_that_is_none_is_wrong_usage(port: str) -> None:
    assert keyflow("serve", "--port", port, cwd=Path(__file__).parents[2]).returncode == 2


def test_definitions_that_do_not_build_are_told_before_anything_is_served(tmp_path: Path) -> None:
    done = keyflow("serve", "--port", "0", cwd=project_of(tmp_path, DEFINITION.replace("put_item", "putt_item")))
    assert done.returncode == 1
    assert "definitions/shop.py:7: error KF202" in done.stderr.replace(f"{tmp_path}{os.sep}", "")


@pytest.mark.parametrize("later", [0.0, 0.05])
def test_ctrl_c_ends_it(later: float, tmp_path: Path) -> None:
    """At once, while it still imports what answers, and when its loop of events begins."""
    project = project_of(tmp_path, DEFINITION)
    with serving(project) as server:
        time.sleep(later)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(10) == 130
        assert [line for line in server.errors if "Traceback" in line] == []


class Loop:
    """As much of uvicorn's server as ends it."""

    should_exit = False


def test_ctrl_c_is_noted_before_the_server_begins_and_while_it_runs() -> None:
    before, interruption, early, late = signal.getsignal(signal.SIGINT), Interruption(), Loop(), Loop()
    with interruption.noted():
        interruption.ends(early)
        assert (interruption.came, early.should_exit) == (False, False)
        signal.raise_signal(signal.SIGINT)
        assert (interruption.came, early.should_exit) == (True, True)
        interruption.ends(late)
        assert late.should_exit
    assert signal.getsignal(signal.SIGINT) is before


def test_people_are_shown_the_routes_and_each_request(tmp_path: Path) -> None:
    project = project_of(tmp_path, DEFINITION)
    command = [sys.executable, "-u", "-m", "keyflow", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        assert lines[0].split()[0] in ("GET", "POST")
        address = lines[-1].split("/_keyflow/")[0].rpartition(" ")[2]
        port = int(address.rpartition(":")[2])
        sent = f"GET /shop/things/none HTTP/1.1\r\nHost: {address[7:]}\r\nConnection: close\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(sent)
            assert b" 200 " in connection.recv(1000)
        assert process.stdout.readline().startswith("GET /things/{id}  200  ")
        process.terminate()


def raw(server: Server, sent: bytes) -> bytes:
    """What comes back for bytes as they are."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(10)
        sender = threading.Thread(target=_send, args=(connection, sent))
        sender.start()
        answer = b""
        try:
            while b"\r\n\r\n" not in answer and (part := connection.recv(4096)):
                answer += part
        except OSError:
            pass
        sender.join()
    return answer


def _send(connection: socket.socket, sent: bytes) -> None:
    with contextlib.suppress(OSError):  # the server has had enough
        connection.sendall(sent)


def _other_address() -> str:
    """An address of this machine beside the loopback interface's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but the loopback interface's")
        address: str = probe.getsockname()[0]
    if address.startswith("127."):
        pytest.skip("this machine has no address but the loopback interface's")
    return address
