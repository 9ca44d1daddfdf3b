"""Nobody but the browser that was let in gets anything from the exam's page, whatever another page makes it send."""

from __future__ import annotations

import http.client
import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from ckslab.errors import LabError, MissingCapability
from ckslab.web import serve
from ckslab.web.keys import Keys
from ckslab.web.serve import listen, need_extra
from tests.support.web_client import Page, ask
from tests.support.web_exam import Rehearsal, Served, served

SOCKETS = ("/events", "/terminals/1")
CHANGES = {
    "/tasks/1/flag": '{"on": true}',
    "/pause": '{"on": true}',
    "/end": "{}",
    "/terminals": '{"size": {"columns": 80, "rows": 24}}',
    "/terminals/1/close": "{}",
}
ADDRESSES = ("/", "/report", "/static/page.js", "/static/xterm/xterm.mjs", "/nothing")


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    with served(Rehearsal()) as running:
        yield running


@pytest.fixture(scope="module")
def page(site: Served) -> Page:
    return Page(site)


def test_the_address_lets_one_browser_in_once(site: Served) -> None:
    path = site.address().removeprefix(site.origin)
    first, second = ask(site, path), ask(site, path)
    assert (first.status, second.status) == (200, 403)
    assert "set-cookie" not in second.headers
    assert "Press Enter" in second.body


def test_another_address_makes_the_one_before_worthless(site: Served) -> None:
    before, after = (site.address().removeprefix(site.origin) for _ in range(2))
    assert ask(site, before).status == 403
    assert ask(site, after).status == 200


def test_the_cookie_is_for_this_site_alone_and_for_no_script(site: Served) -> None:
    cookie = ask(site, site.address().removeprefix(site.origin)).headers["set-cookie"]
    name, *attributes = cookie.lower().split("; ")
    assert name.startswith(f"ckslab-{site.port}=")
    assert {"httponly", "samesite=strict", "path=/"} <= set(attributes)
    assert not [one for one in attributes if one.startswith("domain")]


def test_the_cookie_is_not_the_token(site: Served) -> None:
    address = site.address()
    cookie = ask(site, address.removeprefix(site.origin)).headers["set-cookie"]
    assert address.rpartition("=")[2] not in cookie


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize(
    "cookie", [None, "", "ckslab=x", "{name}=", "{name}=guess", "{name}=guess; {name}=guess", '"']
)
def test_without_the_cookie_nothing_is_told(site: Served, path: str, cookie: str | None) -> None:
    given = cookie and cookie.format(name=site.cookie_name)
    answer = ask(site, path, headers={"Cookie": given})
    assert answer.status == 403
    assert "let in" in answer.body


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.2:{port}",
        "0.0.0.0:{port}",
        "[::1]:{port}",
        "localhost.:{port}",
        "user@127.0.0.1:{port}",
        "",
        None,
    ],
)
def test_by_another_name_it_is_not_there(page: Page, host: str | None) -> None:
    """DNS rebinding: the name of a stranger's page leads to 127.0.0.1, and the browser sends its name."""
    name = host and host.format(port=page.site.port)
    for path in ("/", "/enter?token=x", "/static/page.js"):
        answer = page.get(path, Host=name, Origin=name and f"http://{name}")
        assert answer.status in (400, 421), path


def test_a_second_name_in_the_same_request_does_not_help(page: Page) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", page.site.port, timeout=20)
    connection.putrequest("GET", "/", skip_host=True)
    for name in (page.site.host, "evil.example"):
        connection.putheader("Host", name)
    connection.putheader("Cookie", page.cookie)
    connection.endheaders()
    assert connection.getresponse().status in (400, 421)
    connection.close()


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "https://{host}", "{host}", ""],
)
def test_what_another_page_sends_changes_nothing(page: Page, origin: str) -> None:
    given = origin.format(host=page.site.host)
    for path, body in CHANGES.items():
        answer = ask(
            page.site,
            path,
            "POST",
            body,
            {"Cookie": page.cookie, "Origin": given, "Content-Type": "application/json"},
        )
        assert (path, answer.status) == (path, 403)
    assert page.get("/", Origin=given).status == 403
    for path in SOCKETS:
        with pytest.raises(InvalidStatus, match="403"):
            page.socket(path, Origin=given)


def test_what_says_of_no_page_that_it_sent_it_changes_nothing(page: Page) -> None:
    for path, body in CHANGES.items():
        headers = {"Cookie": page.cookie, "Content-Type": "application/json"}
        assert ask(page.site, path, "POST", body, headers).status == 403


@pytest.mark.parametrize("fetched", ["cross-site", "same-site", "what"])
def test_another_port_of_this_machine_is_another_page(page: Page, fetched: str) -> None:
    """For SameSite it is the same site, so the cookie comes along; what the browser says of it differs."""
    for path in ADDRESSES:
        assert page.get(path, Origin=None, **{"Sec-Fetch-Site": fetched}).status == 403
    with pytest.raises(InvalidStatus, match="403"):
        page.socket("/events", **{"Sec-Fetch-Site": fetched})


def test_the_address_may_be_opened_from_anywhere(site: Served) -> None:
    entered = ask(site, site.address().removeprefix(site.origin), headers={"Sec-Fetch-Site": "cross-site"})
    assert entered.status == 200
    assert 'http-equiv="refresh" content="0; url=/"' in entered.body


def test_without_the_cookie_no_socket_opens(page: Page) -> None:
    for path in SOCKETS:
        with pytest.raises(InvalidStatus, match="403"):
            page.socket(path, Cookie="")


def test_no_form_can_send_what_is_understood(page: Page) -> None:
    """A form sends without asking first; JSON it cannot send."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None):
        headers = {**page.headers, "Content-Type": kind}
        assert ask(page.site, "/tasks/1/flag", "POST", '{"on": true}', headers).status == 415


@pytest.mark.parametrize("path", CHANGES)
def test_no_other_page_is_told_that_it_may(page: Page, path: str) -> None:
    asked = ask(
        page.site,
        path,
        "OPTIONS",
        headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST", "Cookie": page.cookie},
    )
    assert asked.status == 403
    assert not [name for name in asked.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", [*ADDRESSES, "/enter?token=x"])
def test_every_answer_says_what_its_page_may(page: Page, path: str) -> None:
    for answer in (page.get(path, Origin=None), ask(page.site, path), page.get(path, Host="evil.example")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert not [name for name in answer.headers if name.startswith("access-control") or name == "server"]
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert f"frame-ancestors {chr(39)}{'self' if path == '/report' else 'none'}{chr(39)}" in policy
        assert not re.search(r"script-src[^;]*('unsafe|\*|http)", policy)
        assert "evil" not in policy or path == "/report"


def test_the_page_has_no_script_of_its_own_and_no_style(page: Page) -> None:
    text = page.get("/").body
    assert re.findall(r"<script[^>]*>", text) == ['<script type="module" src="/static/page.js">']
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)


def test_what_a_task_says_is_text(page: Page) -> None:
    text = page.get("/").body
    assert "&lt;script&gt;" in text
    assert "<img" not in text
    assert 'href="javascript' not in text
    assert "Pin what the &lt;b&gt;API&lt;/b&gt; 2 runs" in text


def test_no_nonce_is_used_twice(page: Page) -> None:
    found = [re.search(r"'nonce-([\w-]{20,})'", page.get("/").headers["content-security-policy"]) for _ in range(3)]
    assert len({one and one[1] for one in found}) == 3


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/"])
def test_static_files_are_those_and_no_others(page: Page, path: str) -> None:
    assert page.get(path).status == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/tasks/1/flag", "{", 400),
        ("/tasks/1/flag", '{"on": "yes"}', 400),
        ("/tasks/1/flag", '{"on": true, "x": 1}', 400),
        ("/tasks/99/flag", '{"on": true}', 409),
        ("/tasks/x/flag", '{"on": true}', 404),
        ("/tasks/1/flag", " " * 5000, 413),
        ("/terminals", '{"size": {"columns": 0, "rows": 24}}', 400),
        ("/terminals", '{"size": {"columns": 80, "rows": 100000}}', 400),
        ("/terminals", '{"size": {}, "argv": ["sh"]}', 400),
        ("/terminals/77/close", "{}", 204),
        ("/pause", '{"on": true}', 409),
    ],
)
def test_what_no_page_of_ours_says_is_refused(page: Page, path: str, body: str, status: int) -> None:
    answer = ask(page.site, path, "POST", body, {**page.headers, "Content-Type": "application/json"})
    assert answer.status == status, answer.body


def test_there_is_no_report_before_all_is_graded(page: Page) -> None:
    answer = page.get("/report")
    assert (answer.status, answer.body) == (404, "the exam is not graded yet")


def test_it_listens_on_loopback_alone(site: Served) -> None:
    wanted = f"{site.port:04X}"
    rows = [
        line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()[1:]
    ]
    assert [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{wanted}")] == [f"0100007F:{wanted}"]


def test_no_secret_is_logged(
    site: Served, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    address = site.address()
    cookie = ask(site, address.removeprefix(site.origin)).headers["set-cookie"].partition("=")[2][:43]
    ask(site, f"/?token={cookie}", headers={"Cookie": f"{site.cookie_name}={cookie}"})
    told = caplog.text + "".join(capfd.readouterr())
    assert address.rpartition("=")[2] not in told
    assert cookie not in told


def test_whoever_comes_before_the_server_does_waits() -> None:
    with listen(0) as listener, socket.create_connection(listener.getsockname(), timeout=5):
        pass


def test_a_port_that_is_taken_is_named(site: Served) -> None:
    with pytest.raises(LabError, match=f"port {site.port} cannot be used") as told:
        listen(site.port)
    assert "--port" in told.value.advice


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_EXTRA", ("starlette", "no_such_package_here"))
    with pytest.raises(MissingCapability, match="no_such_package_here") as told:
        need_extra()
    assert "pip install 'ckslab[web]'" in told.value.advice


def test_a_browser_too_many_ends_the_first() -> None:
    keys = Keys()
    cookies = [keys.redeem(keys.new_token()) or "" for _ in range(17)]
    assert [keys.known(one) for one in cookies] == [False] + [True] * 16
