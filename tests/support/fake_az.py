"""What `tests.support.fake_azure` puts on PATH as `az`: a small tenant, kept in a file.

It understands the commands that infra/scripts use, and evaluates `--query` by JMESPath as the Azure
CLI does. A script calls it a dozen times, so it imports little.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

STATE = "state.json"
CALLS = "calls.jsonl"
GRAPH = "https://graph.microsoft.com"
_FILTER = re.compile(r"\$filter=(\w+)%20eq%20'([^']*)'")


class RefusedError(Exception):
    """What the fake writes to stderr before it fails."""


# -- the tenant -----------------------------------------------------------------------------------


class Graph:
    """The part of Microsoft Graph that the scripts use, over collections in the state."""

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """The answer to a request; path is what follows `/v1.0/`."""
        path, _, query = path.partition("?")
        where = _FILTER.search(query)
        if special := re.fullmatch(r"(\w+)/([^/]+)/(appRoleAssignments|appRoleAssignedTo)", path):
            return self._assignments(method, special[2], special[3], body)
        if inner := re.fullmatch(
            r"(applications/[^/]+/federatedIdentityCredentials)(?:/(.+))?", path
        ):
            return self._collection(method, inner[1], inner[2], body, None)
        if one := re.fullmatch(r"(\w+)\((appId|uniqueName)='([^']+)'\)", path):
            return self._by_key(method, one[1], one[2], one[3], body)
        if where and where[1] == "uniqueName":
            raise RefusedError("Request_UnsupportedQuery: uniqueName is a key, not a filter")
        name, _, key = path.partition("/")
        return self._collection(method, name, key, body, where)

    def _collection(
        self, method: str, name: str, key: str | None, body: dict[str, Any], where: Any
    ) -> Any:
        items: list[dict[str, Any]] = self._state.setdefault(name, [])
        if method == "get" and not key:
            return {"value": [each for each in items if not where or each[where[1]] == where[2]]}
        if method == "get":
            return self._only(name, "id", str(key))
        if method == "patch":
            return self._only(name, "id", str(key)).update(body)
        number = self._state["made"] = self._state.get("made", 0) + 1
        new = {"id": f"made-{number}", **body}
        if name == "applications":
            new["appId"] = f"client-{number}"
        items.append(new)
        return new

    def _by_key(self, method: str, name: str, field: str, key: str, body: dict[str, Any]) -> Any:
        there = [each for each in self._state.setdefault(name, []) if each.get(field) == key]
        if method == "patch" and not there:
            return self._collection("post", name, None, {field: key, **body}, None)
        found = self._only(name, field, key)
        return found if method == "get" else found.update(body)

    def _assignments(self, method: str, key: str, side: str, body: dict[str, Any]) -> Any:
        self._only("servicePrincipals", "id", key)
        items: list[dict[str, Any]] = self._state.setdefault("assignments", [])
        if method == "get":
            field = "principalId" if side == "appRoleAssignments" else "resourceId"
            return {"value": [each for each in items if each[field] == key]}
        if body in items:
            raise RefusedError("Permission being assigned already exists on the object")
        items.append(body)
        return body

    def _only(self, name: str, field: str, value: str) -> Any:
        for each in self._state.get(name, []):
            if each.get(field) == value:
                return each
        raise RefusedError(f"Request_ResourceNotFound: {name} has nothing with {field} {value}")


# -- the command line -----------------------------------------------------------------------------


def _option(argv: list[str], name: str) -> str:
    return argv[argv.index(name) + 1] if name in argv else ""


def _rest(argv: list[str], state: dict[str, Any]) -> Any:
    url, method = _option(argv, "--url"), _option(argv, "--method")
    if url.startswith("/subscriptions/"):
        return None
    if not url.startswith(f"{GRAPH}/v1.0/") or _option(argv, "--resource") != GRAPH:
        raise RefusedError(f"a token for another host than Graph was sent to {url}")
    body = json.loads(_option(argv, "--body") or "{}")
    if body and "Content-Type=application/json" not in argv:
        raise RefusedError("415: a body needs its content type")
    if "uniqueName=" in url and method == "patch" and "Prefer=create-if-missing" not in argv:
        raise RefusedError("404: without that header nothing is made")
    return Graph(state).answer(method, url.removeprefix(f"{GRAPH}/v1.0/"), body)


def _keyvault(argv: list[str], state: dict[str, Any], said: str) -> Any:
    secrets: dict[str, str] = state.setdefault("secrets", {})
    name = _option(argv, "--name")
    if argv[2] == "list":
        return [{"name": each} for each in secrets]
    if argv[2] == "show":
        return {"name": name, "value": secrets[name]}
    if _option(argv, "--file") != "/dev/stdin" or _option(argv, "--encoding") != "utf-8":
        raise RefusedError("the secret did not come on stdin")
    secrets[name] = said
    return {"name": name, "value": said}


def _role(argv: list[str], state: dict[str, Any]) -> Any:
    roles: list[dict[str, str]] = state.setdefault("roles", [])
    scope = _option(argv, "--scope")
    if argv[2] == "list":
        return [each for each in roles if each["scope"] == scope]
    new = {"scope": scope, "roleDefinitionName": _option(argv, "--role")}
    new["principalId"] = _option(argv, "--assignee-object-id")
    roles.append(new)
    return new


def _answer(argv: list[str], state: dict[str, Any], said: str) -> Any:
    match argv[:2]:
        case ["account", "show"]:
            return {"tenantId": state["tenant"]}
        case ["cloud", "show"]:
            endpoints = {"microsoftGraphResourceId": f"{GRAPH}/"}
            return {"name": state.get("cloud", "AzureCloud"), "endpoints": endpoints}
        case ["rest", _]:
            return _rest(argv, state)
        case ["keyvault", "secret"]:
            return _keyvault(argv, state, said)
        case ["role", "assignment"]:
            return _role(argv, state)
        case ["functionapp", "show"]:
            return {"id": f"/subscriptions/0/sites/{_option(argv, '--name')}"}
    raise RefusedError(f"the fake does not know: {argv}")


def _fail_on_demand(line: str, state: dict[str, Any]) -> None:
    for words, error in state.get("failures", {}).items():
        if words in line:
            raise RefusedError(error)


def _tsv(value: Any) -> str:
    if isinstance(value, list):
        rows = [each if isinstance(each, list) else [each] for each in value]
        return "".join("\t".join(str(cell) for cell in row) + "\n" for row in rows)
    return "" if value is None else f"{value}\n"


def main(argv: list[str], folder: Path) -> int:
    """One call of `az`.

    Args:
        argv: The arguments behind `az`.
        folder: Where the state is, and the calls are written down.

    Returns:
        The exit code.
    """
    said = sys.stdin.read()
    with (folder / CALLS).open("a") as file:
        file.write(json.dumps({"argv": argv, "stdin": said}) + "\n")
    state = json.loads((folder / STATE).read_text())
    try:
        _fail_on_demand(" ".join(argv), state)
        result = _answer(argv, state, said)
    except RefusedError as refused:
        sys.stderr.write(f"ERROR: {refused}\n")
        return 1
    (folder / STATE).write_text(json.dumps(state))
    if query := _option(argv, "--query"):
        # most calls need none, and it takes its time; it ships no types
        import jmespath  # type: ignore[import-untyped]  # noqa: PLC0415 - untyped; few calls need it

        result = jmespath.search(query, result)
    output = _option(argv, "--output") or "json"
    if output != "none":
        sys.stdout.write(_tsv(result) if output == "tsv" else json.dumps(result, indent=2))
    return 0
