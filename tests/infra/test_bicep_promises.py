from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from tests.support.bicep import promises_access as access
from tests.support.bicep import promises_app as app
from tests.support.bicep import promises_secrets as secrets
from tests.support.bicep import promises_shape as shape
from tests.support.bicep.breaches import BREACHES, Promise
from tests.support.bicep.template import Template

INFRA = Path(__file__).resolve().parents[2] / "infra"
DEPLOYABLE = ("main.bicep", "azd.bicep", "graph.bicep")

PROMISES = list(dict.fromkeys(promise for promise, *_ in BREACHES))


@cache
def deployed(name: str) -> Template:
    """A template of infra/ with its modules."""
    return Template.load(INFRA / name)


def title(promise: Promise) -> str:
    """A promise as a test's name shows it."""
    return promise.__name__


@pytest.mark.parametrize("promise", PROMISES, ids=title)
def test_the_deployment_keeps_its_promise(promise: Promise) -> None:
    """Rights, settings, secrets and shape are as agreed; the promise's docstring says how."""
    assert list(promise(deployed("main.bicep"))) == []


@pytest.mark.parametrize("promise", PROMISES, ids=title)
def test_azd_deploys_the_same(promise: Promise) -> None:
    """`azd up` goes through a wrapper, and everything that is promised holds there, too."""
    assert list(promise(deployed("azd.bicep"))) == []


@pytest.mark.parametrize(
    "promise",
    [
        shape.versions_are_settled,
        shape.every_parameter_is_described,
        shape.people_cannot_mistype,
        secrets.no_output_has_a_secret,
    ],
    ids=title,
)
def test_graph_can_be_deployed_alone(promise: Promise) -> None:
    """graph.bicep is deployed by somebody else where a pipeline may not grant."""
    assert list(promise(deployed("graph.bicep"))) == []


@pytest.mark.parametrize(
    ("promise", "file", "there", "broken"),
    BREACHES,
    ids=[f"{title(promise)}-{at}" for at, (promise, *_) in enumerate(BREACHES)],
)
def test_a_breach_is_noticed(
    tmp_path: Path, promise: Promise, file: str, there: str, broken: str
) -> None:
    """Each promise is one that can be broken: one edit in one file, and it is."""
    shutil.copytree(INFRA, tmp_path / "infra")
    path = tmp_path / "infra" / file
    text = path.read_text()
    assert there in text, f"{file} has changed: give this breach another place"
    path.write_text(text.replace(there, broken, 1))

    assert list(promise(Template.load(tmp_path / "infra" / "main.bicep"))) != []


def test_every_promise_has_a_breach() -> None:
    """No promise is made that nobody has tried to break."""
    made = {
        each
        for module in (access, app, secrets, shape)
        for each in vars(module).values()
        if getattr(each, "__annotations__", {}).get("return") == "Iterator[str]"
        and each.__module__ == module.__name__
        and not each.__name__.startswith("_")
    }

    assert made == set(PROMISES)
