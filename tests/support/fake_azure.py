"""A folder in front of PATH with an `az` in it: scripts can be run twice, or fail half-way."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jmespath  # type: ignore[import-untyped]  # it ships no types

from shared.sources.permissions import GRAPH_APP_ID, GRAPH_ROLES
from tests.support.components import ROOT
from tests.support.fake_az import CALLS, STATE

TENANT = "8f0c2f5e-3a5b-4b9a-9a3b-2f6f0f4f9d11"
IDENTITY = "11111111-2222-4333-8444-555555555555"
GRAPH_SERVICE = "aaaaaaaa-2222-4333-8444-555555555555"
USER = "99999999-2222-4333-8444-555555555555"
# Python starts in a third of the time without site; what the fake imports is found by these
_TOOL = """\
#!{python} -IS
import sys
from pathlib import Path
sys.path += {path!r}
import fake_az
sys.exit(fake_az.main(sys.argv[1:], Path({folder!r})))
"""


def cloud_id(value: str) -> str:
    """An id that a permission has in this tenant's cloud, unlike the public one's."""
    return f"role-of-{value}"


def graph_service() -> dict[str, Any]:
    """Graph's own service principal: its permissions have ids of their own."""
    values = [*(role.value for role in GRAPH_ROLES), "Directory.ReadWrite.All"]
    application = [
        {"value": value, "id": cloud_id(value), "allowedMemberTypes": ["Application"]}
        for value in values
    ]
    # Graph has permissions for users by the same names
    users = [
        {"value": value, "id": f"user-{value}", "allowedMemberTypes": ["User"]} for value in values
    ]
    scopes = [{"value": value, "id": f"scope-{value}"} for value in ("openid", "profile", "email")]
    return {
        "id": GRAPH_SERVICE,
        "appId": GRAPH_APP_ID,
        "appRoles": [*users, *application],
        "oauth2PermissionScopes": scopes,
    }


@dataclass(frozen=True, slots=True)
class Azure:
    """A folder that goes in front of PATH.

    Attributes:
        folder: An empty folder.
    """

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Azure:
        """A tenant with Graph and the app's identity, which may do nothing yet."""
        tool = folder / "az"
        libraries = str(Path(jmespath.__file__).parents[1])
        path = [str(ROOT / "tests" / "support"), libraries]
        text = _TOOL.format(python=sys.executable, path=path, folder=str(folder))
        tool.write_text(text)
        tool.chmod(0o755)
        azure = cls(folder)
        identity = {"id": IDENTITY, "appId": "identity-client"}
        azure.write({"tenant": TENANT, "servicePrincipals": [graph_service(), identity]})
        return azure

    @property
    def state(self) -> dict[str, Any]:
        """What is in the tenant now."""
        found: dict[str, Any] = json.loads((self.folder / STATE).read_text())
        return found

    def write(self, state: dict[str, Any]) -> None:
        """Replace what is in the tenant."""
        (self.folder / STATE).write_text(json.dumps(state))

    def change(self, **state: Any) -> None:
        """Replace parts of what is in the tenant."""
        self.write({**self.state, **state})

    def fail(self, words: str, error: str) -> None:
        """From now on every call that holds the words fails with this error, and no other."""
        self.change(failures={words: error})

    def arguments(self) -> str:
        """All that a list of processes could have shown so far."""
        return "\n".join(" ".join(each["argv"]) for each in self.calls())

    def calls(self) -> list[dict[str, Any]]:
        """Every call so far: its `argv`, and its `stdin`."""
        file = self.folder / CALLS
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def writes(self) -> list[str]:
        """The calls so far that change something, each as one line."""
        lines = [" ".join(each["argv"]) for each in self.calls()]
        return [each for each in lines if re.search(r"--method (?!get)| create | set ", each)]

    def run(self, script: str, *options: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run a script of infra/scripts with this `az`, and with what is said on its stdin."""
        path = os.pathsep.join((str(self.folder), os.environ["PATH"]))
        return subprocess.run(  # noqa: S603 - our own script
            [str(ROOT / "infra" / "scripts" / script), *options],
            env={"PATH": path, "HOME": str(self.folder), "TMPDIR": str(self.folder)},
            input=said,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
