"""`doctor` on the command line: here and in the deployed app, its exit codes, and its secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from shared import cli
from shared.doctor.checks import CHECKS
from shared.doctor.outside import HEALTH, KEYS, SIGN_IN
from tests.support.command_line import CANARY, WRONG, one_object, printed
from tests.support.doctor_scene import HEALTH as HEALTHY
from tests.support.doctor_scene import scene
from tests.support.roles_credential import RolesCredential
from tests.support.signing import KEYS as SIGNING_KEYS
from tests.support.webhook_server import Reply, WebhookServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.doctor_scene import Scene

KEY = "c4nary-functi0n-key-f0r-tests=="
ROW = {"name": "store writable", "outcome": "pass", "detail": "It works.", "fix": ""}
REPORT = {"status": "ok", "build": "0.1.0+3f2a9c1", "where": "the app's identity", "rows": [ROW]}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A healthy tenant; the credential carries what is granted there; no public address."""
    with scene(tmp_path) as found:
        found.environ["WATCHDOG_PUBLIC_URL"] = ""
        monkeypatch.setattr(
            "shared.wiring.clients.credential_of", lambda _: RolesCredential.of(found.loopback)
        )
        yield found


def app_answers(status: int, body: object) -> WebhookServer:
    """A deployed app that answers so, to everything."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookServer(Reply(status, body=text))


# -- here -----------------------------------------------------------------------------------------


def test_a_healthy_tenant_exits_0(world: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """A row for every check, and that there is nothing to mend."""
    code = cli.main(["doctor"], world.environ)
    out, err = printed(capsys)

    assert (code, err) == (0, "")
    assert all(f" {check.name}: " in " ".join(out.split()) for check in CHECKS)
    assert "Nothing to mend." in out
    assert "\x1b" not in out


def test_a_fault_exits_1_and_says_what_mends_it(
    world: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """In capitals, with the command."""
    world.loopback.revokes("Organization.Read.All")
    code = cli.main(["doctor"], world.environ)
    out, _ = printed(capsys)

    assert code == 1
    assert "NOT PERMITTED   Graph role Organization.Read.All\n" in out
    assert "$ infra/scripts/grant-graph-roles.sh --principal-id" in out
    assert "To mend, 1: Graph role Organization.Read.All." in out


def test_an_optional_right_that_is_missing_exits_0(
    world: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """A team may decide not to grant it; it is missed by name."""
    world.loopback.revokes("AuditLog.Read.All")
    world.loopback.removes_reader()
    code = cli.main(["doctor"], world.environ)
    out, _ = printed(capsys)

    assert code == 0
    assert "not permitted   Graph role AuditLog.Read.All: " in out
    assert "not permitted   Connect Health: " in out


def test_wrong_settings_exit_2_with_a_row_each(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else can be looked at; no value of a secret is shown."""
    code = cli.main(["doctor"], WRONG)
    out, _ = printed(capsys)

    assert code == 2
    assert all(f"setting {name}\n" in out for name in WRONG)
    assert "Mend them first." in out


def test_who_has_configured_nothing_is_told_where_to_begin(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ask the deployed app, play the demo, or sign in here: each with its command."""
    code = cli.main(["doctor"], {"PATH": "/usr/bin"})
    out, _ = printed(capsys)

    assert code == 2
    assert "this machine: Nothing is configured here" in out
    for command in ("doctor --app https://", "shared.cli demo", "WATCHDOG_CREDENTIAL=developer"):
        assert command in out
    assert "setting WATCHDOG_TENANT_ID" in out


@pytest.mark.parametrize("send", [False, True])
def test_only_send_card_sends_a_card(
    world: Scene, capsys: pytest.CaptureFixture[str], *, send: bool
) -> None:
    """Then the row says that accepted is not posted."""
    code = cli.main(["doctor", *(["--send-card"] if send else [])], world.environ)
    out = " ".join(printed(capsys)[0].split())

    assert code == 0
    assert len(world.loopback.cards) == int(send)
    assert ("Accepted is not posted: look at the channel." in out) == send
    assert ("doctor --send-card" in out) != send


@pytest.mark.parametrize(("fault", "status", "code"), [(False, "ok", 0), (True, "faults", 1)])
def test_json_is_one_object_with_every_row(
    world: Scene, capsys: pytest.CaptureFixture[str], *, fault: bool, status: str, code: int
) -> None:
    """For pipelines: the same rows, nothing around them."""
    if fault:
        world.loopback.revokes("Organization.Read.All")
    found = cli.main(["doctor", "--json"], world.environ)
    report = one_object(printed(capsys)[0])

    assert found == code
    assert report["status"] == status
    assert [row["name"] for row in report["rows"]] == [check.name for check in CHECKS]
    assert set(report["rows"][0]) == {"name", "outcome", "detail", "fix", "required"}


def test_json_of_wrong_settings_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    """The status says it, and the rows say which."""
    code = cli.main(["doctor", "--json"], WRONG)
    report = one_object(printed(capsys)[0])

    assert (code, report["status"]) == (2, "misconfigured")
    assert {row["outcome"] for row in report["rows"]} == {"fail"}


def test_a_terminal_gets_colours_and_a_pipe_none(
    world: Scene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless the person said no (NO_COLOR), or the terminal cannot."""
    outputs = {}
    for name, changes in {
        "person": {},
        "no colour": {"NO_COLOR": "1"},
        "dumb": {"TERM": "dumb"},
    }.items():
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        cli.main(["doctor"], {**world.environ, **changes})
        outputs[name] = printed(capsys)[0]

    monkeypatch.setattr("sys.platform", "win32")
    for name, changes in {"old console": {}, "Terminal": {"WT_SESSION": "1"}}.items():
        cli.main(["doctor"], {**world.environ, **changes})
        outputs[name] = printed(capsys)[0]

    assert "\x1b[32mpass\x1b[0m" in outputs["person"]
    assert "\x1b[32mpass\x1b[0m" in outputs["Terminal"]
    assert "\x1b" not in outputs["old console"]
    assert "\x1b" not in outputs["no colour"] + outputs["dumb"]


# -- in the deployed app --------------------------------------------------------------------------


def there(app: WebhookServer, *options: str, key: str | None = KEY) -> int:
    """`doctor --app` against an app on loopback."""
    environ = {} if key is None else {"FUNCTION_KEY": key}
    return cli.main(["doctor", "--app", app.origin, *options], environ)


def test_the_app_looks_at_itself_and_the_outside_adds_its_rows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One POST with the key, and the pages as a stranger, without it."""
    with app_answers(200, REPORT) as app:
        code = there(app)
        requests = list(app.received)
    out, _ = printed(capsys)

    assert code == 1  # this app shows its report to strangers, too
    assert "store writable: It works." in out
    assert all(name in out for name in (HEALTH, SIGN_IN, KEYS))
    with_key = [each for each in requests if "x-functions-key" in each.headers]
    assert [(each.method, each.target) for each in with_key] == [("POST", "/api/doctor")]
    assert with_key[0].headers["x-functions-key"] == KEY
    assert KEY not in out


def test_a_whole_deployed_app_exits_0(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report of the app, and a health page for strangers."""

    async def outside(*_: Any) -> tuple[()]:
        return ()

    monkeypatch.setattr("shared.doctor.outside.seen_from_outside", outside)
    with app_answers(200, REPORT) as app:
        code = there(app, "--json", "--send-card")
        (request,) = app.received
    report = one_object(printed(capsys)[0])

    assert code == 0
    assert report["where"].startswith("the app's identity (127.0.0.1:")
    assert json.loads(request.body) == {"send_card": True}


def test_a_misconfigured_app_exits_2_with_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    """503 with the settings' rows."""
    row = {"name": "setting WATCHDOG_STORE", "outcome": "fail", "detail": "missing.", "fix": "x"}
    with app_answers(503, {**REPORT, "status": "misconfigured", "rows": [row]}) as app:
        code = there(app)
    out, _ = printed(capsys)

    assert code == 2
    assert "setting WATCHDOG_STORE" in out


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b"", "refuses the key"),
        (404, b"", "an older build"),
        (503, b"<html>", "does not run the app now"),
        (200, b"<html>", "not with a report"),
        (200, b"\xff" * 70_000, "not with a report"),
        (302, b"", "asks for sign-in"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_app_without_report_exits_2(
    capsys: pytest.CaptureFixture[str], status: int, body: bytes, words: str, *, as_json: bool
) -> None:
    """With what to do, on standard error or as one object."""
    with app_answers(status, body) as app:
        code = there(app, *(["--json"] if as_json else []))
    out, err = printed(capsys)

    assert code == 2
    assert words in (one_object(out)["detail"] if as_json else err)
    assert (out == "") != as_json
    assert KEY not in out + err


def test_the_outside_is_looked_at_only_after_the_report(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The report wakes an app that slept: asked at once, its pages would seem out of reach."""
    with app_answers(401, b"") as app:
        there(app)
        requests = list(app.received)
    printed(capsys)

    assert [each.target for each in requests] == ["/api/doctor"]


def test_without_a_key_nothing_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """The command that fetches it is said instead."""
    with app_answers(200, REPORT) as app:
        code = there(app, key=None)
        assert app.received == []
    _, err = printed(capsys)

    assert code == 2
    assert "az functionapp keys list" in err


def test_a_key_goes_to_no_plain_http_address(capsys: pytest.CaptureFixture[str]) -> None:
    """Only https, or this machine."""
    url = "http://contoso-watchdog.azurewebsites.net"
    code = cli.main(["doctor", "--app", url], {"FUNCTION_KEY": KEY})
    _, err = printed(capsys)

    assert code == 2
    assert "not https" in err


def test_no_key_and_no_secret_is_printed_whatever_the_app_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An app that sends the key back is not quoted with it."""
    echo = {**ROW, "detail": f"You sent {KEY}.", "fix": f"$ use {KEY}", "name": f"a {KEY}"}
    with app_answers(200, {**REPORT, "rows": [echo], "build": KEY}) as app:
        there(app)
        there(app, "--json")
    out, err = printed(capsys)

    assert KEY not in out + err
    assert CANARY not in out + err
    assert SIGNING_KEYS not in out
    assert HEALTHY.decode() not in out
