"""Asking servers: only allowed ones, only so much, nowhere else, and no key in any message."""

from __future__ import annotations

import gzip
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gisapp.io import web_answering
from gisapp.io.tile_desk import TileDesk
from gisapp.io.tile_fetch import Wanted, Wish
from gisapp.io.web_fetch import WebError
from gisapp.io.web_hosts import AllowedHosts, HostNotAllowedError, host_of
from gisapp.io.web_keys import Keys, cleaned, masked, take_out_key, with_key
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Extent
from tests.tile_server import GOOD_KEY, Reply, TileServer, tile_desk, tile_server, until

MOST = 1_000_000


@pytest.fixture
def server() -> Iterator[TileServer]:
    with tile_server() as made:
        yield made


@pytest.fixture
def shared(tmp_path: Path, server: TileServer) -> Iterator[TileDesk]:
    with tile_desk(tmp_path, wait=0.4) as made:
        made.hosts.allow([server.host])
        yield made
        server.gate.set()


def test_a_server_nobody_allowed_is_not_asked(server, tmp_path):
    with tile_desk(tmp_path) as shared:
        with pytest.raises(HostNotAllowedError) as caught:
            shared.web.get(f"{server.url}/xyz/1/0/0.png", MOST)
        assert caught.value.hosts == (server.host,)
        assert not server.asked


def test_what_was_allowed_is_known_the_next_time(tmp_path):
    AllowedHosts(tmp_path).allow(["Tile.Example.org"])
    again = AllowedHosts(tmp_path)
    assert "tile.example.org" in again
    again.forbid("tile.example.org")
    assert AllowedHosts(tmp_path).all() == ()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/a",
        "data:text/plain,a",
        "https:///a",
        "https://user:word@example.org/",
        "https://exa mple.org/",
        "javascript:alert(1)",
        "//example.org/a",
        "https://example.org:99999/",
        "{z}",
        "",
    ],
)
def test_what_is_no_address_is_refused(url, shared):
    with pytest.raises(ParameterError):
        shared.web.get(url, MOST)


def test_ports_belong_to_the_host():
    assert host_of("https://Example.org:443/a") == "example.org"
    assert host_of("http://example.org:8080/a") == "example.org:8080"
    assert host_of("http://[::1]:81/") == "[::1]:81"


def test_a_redirect_to_the_same_server_is_followed(server, shared):
    server.answer = lambda asked: (
        Reply(302, headers={"Location": "/there"})
        if asked.path == "/here"
        else Reply(200, b"found")
    )
    assert shared.web.get(f"{server.url}/here", MOST).body == b"found"


@pytest.mark.parametrize(
    "target",
    ["http://localhost:1/", "http://169.254.169.254/latest", "file:///etc/passwd",
     "ftp://127.0.0.1/", "http://192.168.0.1/admin"],
)  # fmt: skip
def test_a_redirect_elsewhere_is_not(server, shared, target):
    server.answer = lambda asked: Reply(302, headers={"Location": target})
    with pytest.raises(WebError) as caught:
        shared.web.get(f"{server.url}/here", MOST)
    assert caught.value.reason == "redirect"
    assert len(server.asked) == 1


def test_a_redirect_in_a_circle_ends(server, shared):
    server.answer = lambda asked: Reply(302, headers={"Location": asked.path})
    with pytest.raises(WebError) as caught:
        shared.web.get(f"{server.url}/here", MOST)
    assert caught.value.reason == "redirect"
    assert len(server.asked) == 4


def test_too_much_is_refused(server, shared):
    server.answer = lambda asked: Reply(200, b"x" * 2000)
    with pytest.raises(WebError) as caught:
        shared.web.get(f"{server.url}/large", 1000)
    assert caught.value.reason == "large"


def test_too_much_is_refused_when_it_is_packed(server, shared):
    packed = gzip.compress(b"\0" * 50_000_000)
    server.answer = lambda asked: Reply(200, packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(WebError) as caught:
        shared.web.get(f"{server.url}/bomb", MOST)
    assert caught.value.reason == "large"


def test_a_server_that_is_not_there(shared):
    shared.hosts.allow(["127.0.0.1:9"])
    with pytest.raises(WebError) as caught:
        shared.web.get("http://127.0.0.1:9/a", MOST)
    assert caught.value.reason == "refused"


def test_a_server_that_does_not_answer(server, shared):
    server.gate.clear()
    with pytest.raises(WebError) as caught:
        shared.web.get(f"{server.url}/slow", MOST)
    assert caught.value.reason == "slow"


def test_no_trace_of_the_key_in_an_error(server, shared):
    server.gate.clear()
    url = with_key(f"{server.url}/map?tk={{key}}", GOOD_KEY)
    try:
        shared.web.get(url, MOST)
    except WebError as error:
        told = "".join(traceback.format_exception(error)) + error.message + error.hint
    assert GOOD_KEY not in told
    assert masked(url, GOOD_KEY).endswith("tk=…")


def test_how_long_an_answer_stays_new(server, shared):
    server.answer = lambda asked: Reply(
        200, b"a", headers={"Cache-Control": "public, max-age=60", "Retry-After": "7"}
    )
    answer = shared.web.get(f"{server.url}/a", MOST)
    assert answer.expires > 1e9
    assert answer.keep
    assert answer.wait == 7
    server.answer = lambda asked: Reply(200, b"a", headers={"Cache-Control": "no-store"})
    assert not shared.web.get(f"{server.url}/a", MOST).keep


def test_a_key_in_an_address_is_taken_out():
    assert take_out_key("https://a.b/{z}?tk=abc&x={x}") == ("https://a.b/{z}?tk={key}&x={x}", "abc")
    assert take_out_key("https://a.b/{z}/{x}/{y}?api_key=q1")[1] == "q1"
    assert take_out_key("https://a.b/{z}?tk={key}") == ("https://a.b/{z}?tk={key}", "")
    assert take_out_key("https://a.b/{z}/{x}/{y}.png") == ("https://a.b/{z}/{x}/{y}.png", "")


def test_keys_are_cleaned_of_what_copying_brings():
    assert cleaned(" ab c1\u200b\n") == "abc1"
    with pytest.raises(ParameterError):
        cleaned(" \n")


def test_without_a_keyring_a_key_is_kept_until_the_end():
    keys = Keys(use_keyring=False)
    assert keys.keep("tianditu", f" {GOOD_KEY}\n") is False
    assert keys.get("tianditu") == GOOD_KEY
    assert GOOD_KEY not in repr(keys)
    assert Keys(use_keyring=False).get("tianditu") == ""


def test_with_a_keyring_it_is_kept_for_later(monkeypatch):
    import keyring

    stored: dict[tuple[str, str], str] = {}
    monkeypatch.setattr(keyring, "set_password", lambda s, n, k: stored.update({(s, n): k}))
    monkeypatch.setattr(keyring, "get_password", lambda s, n: stored.get((s, n)))
    monkeypatch.setattr(keyring, "delete_password", lambda s, n: stored.pop((s, n), None))
    assert Keys().keep("tianditu", GOOD_KEY)
    later = Keys()
    assert later.get("tianditu") == GOOD_KEY
    later.forget("tianditu")
    assert Keys().get("tianditu") == ""


def test_a_keyring_that_fails_is_no_keyring(monkeypatch):
    import keyring

    def fail(*args):
        raise RuntimeError("locked")

    for name in ("set_password", "get_password"):
        monkeypatch.setattr(keyring, name, fail)
    keys = Keys()
    assert keys.keep("tianditu", "k1") is False
    assert keys.get("tianditu") == "k1"


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """One that says whatever it likes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                one = listening.accept()[0]
                with one, suppress(OSError):
                    one.recv(4096)
                    talk(one)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def byte_by_byte(head: bytes) -> Callable[[socket.socket], None]:
    def talk(one: socket.socket) -> None:
        one.sendall(head)
        while one.send(b"x"):
            threading.Event().wait(0.02)

    return talk


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: "])
def test_a_byte_now_and_then_is_not_waited_for(tmp_path, monkeypatch, head):
    monkeypatch.setattr(web_answering, "PATIENCE", 0.3)
    with tile_desk(tmp_path) as shared, raw_server(byte_by_byte(head)) as host:
        shared.hosts.allow([host])
        with pytest.raises(WebError) as caught:
            shared.web.get(f"http://{host}/a", MOST)
    assert caught.value.reason == "slow"


HALF = gzip.compress(bytes(range(256)) * 50)[:-30]
UNFINISHED = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc", "broken"),
    (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + HALF, "broken"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\nabc", "broken"),
    (b"HTTP/1.1 302 Go\r\nLocation: http://[::1/a\r\n\r\n", "redirect"),
    (b"\x00\xff\xfe" * 1000, "broken"),
    (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 5000 + b"\r\n", "broken"),
]


@pytest.mark.parametrize(("said", "reason"), UNFINISHED)
def test_half_an_answer_is_none(tmp_path, said, reason):
    with tile_desk(tmp_path) as shared, raw_server(lambda one: one.sendall(said)) as host:
        shared.hosts.allow([host])
        with pytest.raises(WebError) as caught:
            shared.web.get(f"http://{host}/a", MOST)
    assert caught.value.reason == reason


def test_a_tile_that_fails_costs_no_thread(tmp_path, server, caplog):
    with tile_desk(tmp_path) as shared:
        shared.hosts.allow([server.host])
        taken: list[str] = []

        def wish(name: str) -> Wish:
            def take(answer: object) -> Wanted:
                if name.startswith("bad"):
                    raise RuntimeError(GOOD_KEY)
                taken.append(name)
                return "done"

            where = f"{server.url}/xyz/0/0/0.png"
            return Wish(name, server.host, Extent(0, 0, 1, 1), lambda: (where, ""), take)

        shared.fetcher.want([wish(f"bad {n}") for n in range(8)])
        assert until(lambda: shared.fetcher.waiting == 0)
        shared.fetcher.want([wish("good")])
        assert until(lambda: taken == ["good"])
    assert "RuntimeError" in caplog.text
    assert GOOD_KEY not in caplog.text
