"""What is in the package, and how it is built."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from release import __main__ as command
from release import assemble, checkout
from release.assemble import SITE_PACKAGES, Package
from release.problem import BuildError
from shared import build_info
from tests.support.components import ROOT
from tests.support.fake_wheels import wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HERE = sys.version_info[:2]


def names(package: Package) -> list[str]:
    """The files of the zip."""
    with ZipFile(package.zip) as archive:
        return archive.namelist()


# -- the package of this checkout -----------------------------------------------------------------


def test_the_package_keeps_its_budget(package: Package) -> None:
    """A cold start unpacks it: 20 MB and 3,000 files at most."""
    assert package.size == package.zip.stat().st_size
    assert package.files == len(names(package))
    assert not package.too_big


def test_only_the_app_its_packages_and_its_build_are_in_the_package(package: Package) -> None:
    """Of the checkout exactly what is listed to ship: no simulator, tests or documents."""
    found = {name for name in names(package) if not name.endswith(".pyc")}
    own = {name for name in found if not name.startswith(".python_packages/")}

    assert own == {*checkout.read(ROOT).files, "shared/build.json"}
    assert {name.partition("/")[0] for name in found} == {
        *("function_app.py", "host.json", "requirements.txt", "shared", ".python_packages"),
    }
    assert not [name for name in found if name.endswith((".db", ".pyi", "local.settings.json"))]


def test_everything_is_compiled_once(package: Package) -> None:
    """Our own sources stay, for tracebacks; of packages only the compiled file is there."""
    found = names(package)
    tag = sys.implementation.cache_tag
    for name in found:
        folder, _, file = name.rpartition("/")
        if file.endswith(".py"):
            assert not name.startswith(SITE_PACKAGES), name
            compiled = f"{folder}/__pycache__/{file[:-3]}.{tag}.pyc".removeprefix("/")
            assert compiled in found
        if file.endswith(".pyc") and name.startswith(SITE_PACKAGES):
            assert "__pycache__" not in name


def test_of_msgraph_a_handful_ships(package: Package) -> None:
    """Of 16,741 modules those that make one request; with the metadata that names the version."""
    modules = [name for name in names(package) if f"{SITE_PACKAGES}/msgraph/" in name]

    assert 3 <= len(modules) <= 50
    assert f"{SITE_PACKAGES}/msgraph_sdk-1.65.0.dist-info/METADATA" in names(package)


def test_the_build_says_which_commit_it_is(package: Package) -> None:
    """In the package only, where `shared.build_info` finds it; the checkout has none."""
    said = build_info.build(package.folder / "shared" / "build.json")

    assert f"+{package.commit} " in said
    assert not (ROOT / "shared" / "build.json").exists()


def test_the_licences_of_what_ships_are_in_it(package: Package) -> None:
    """All in one file: sixty more would count."""
    with ZipFile(package.zip) as archive:
        text = archive.read(assemble.LICENCES).decode()

    for name in ("requests-", "jinja2-", "cryptography-", "azure_identity-"):
        assert f"==== {name}" in text.lower()


# -- how it is built ------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small checkout with one commit, whose one package was downloaded already."""
    root = tmp_path / "project"
    (root / "shared").mkdir(parents=True)
    texts = {
        "function_app.py": "import one\nfrom shared import words\n",
        "shared/__init__.py": "",
        "shared/words.py": "SET = {'a', 'b', 'c'}\ndef f(x): return x in {'d', 'e', 'f', 'g'}\n",
        "requirements.txt": "one==1.0\n",
        "pyproject.toml": '[project]\nname = "x"\nversion = "1.2.3"\n',
        ".funcignore": "tests/\npyproject.toml\n.funcignore\n.gitignore\n",
        ".gitignore": "local.settings.json\n",
        "local.settings.json": "{}",
        "tests": "",
    }
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / "tests").unlink()
    (root / "tests").mkdir()
    (root / "tests" / "test_x.py").write_text("", encoding="utf-8")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "First")
    return root


def git(root: Path, *words: str) -> None:
    """Run git there, as somebody made up, at a fixed time."""
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@contoso.com"}
    who |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@contoso.com"}
    at = {"GIT_COMMITTER_DATE": "2026-11-21T20:00:00Z", "HOME": str(root)}
    subprocess.run(  # noqa: S603 - our own words
        ["git", *words],  # noqa: S607 - whichever git there is
        cwd=root,
        check=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", **who, **at},
    )


@pytest.fixture
def make(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Package]:
    """Builds the small checkout; pip must not be needed."""

    def download(_requirements: Path, _version: str, folder: Path) -> None:
        wheel(folder, "one", {"one/__init__.py": "LIST = ['x']\n", "one/unused.py": ""})

    monkeypatch.setattr("release.wheels._download", download)

    def build(out: str) -> Package:
        return assemble.build(tmp_path / out, root=project, python=HERE)

    return build


def test_the_same_commit_gives_the_same_bytes(
    make: Callable[[str], Package], project: Path
) -> None:
    """Whenever it is built: sorted, with the commit's time, compiled in a bare process."""
    first = make("first")
    (project / "function_app.py").touch()
    second = make("second")

    assert first.zip.read_bytes() == second.zip.read_bytes()
    with ZipFile(first.zip) as archive:
        assert {each.date_time for each in archive.infolist()} == {(2026, 11, 21, 20, 0, 0)}
    written = json.loads((first.folder / "shared" / "build.json").read_text(encoding="utf-8"))
    assert (written["version"], written["built_at"]) == ("1.2.3", "2026-11-21T20:00Z")


def test_a_changed_file_shows_in_the_build(make: Callable[[str], Package], project: Path) -> None:
    """A build of what nobody can find again says so; ignored files and tests do not ship."""
    clean = make("clean")
    (project / "tests" / "test_x.py").write_text("# more", encoding="utf-8")
    tests_only = make("tests")
    (project / "shared" / "words.py").write_text("# more", encoding="utf-8")
    changed = make("changed")

    assert len(clean.commit) == 7
    assert tests_only.commit == clean.commit
    assert changed.commit == f"{clean.commit}-changed"
    assert "local.settings.json" not in names(changed)
    assert not [name for name in names(changed) if name.startswith("tests")]


def test_a_deleted_file_shows_in_the_build(make: Callable[[str], Package], project: Path) -> None:
    """What is missing differs from the commit as much as what is there and different."""
    (project / "shared" / "words.py").unlink()
    (project / "function_app.py").touch()

    assert make("out").commit.endswith("-changed")


def test_a_new_file_shows_in_the_build_however_git_is_set_up(
    make: Callable[[str], Package], project: Path
) -> None:
    """Some let `git status` hide what is new, because their checkout is big."""
    git(project, "config", "status.showUntrackedFiles", "no")
    (project / "shared" / "more.py").write_text("", encoding="utf-8")
    package = make("out")

    assert "shared/more.py" in names(package)
    assert package.commit.endswith("-changed")


@pytest.mark.parametrize(
    "name",
    [".env", "teams-url.txt", "id_rsa", "host.json.bak", "notes/keys.json", "function_app.py.orig"],
)
def test_what_lies_about_in_the_checkout_does_not_ship(
    make: Callable[[str], Package], project: Path, name: str
) -> None:
    """A list of what ships, not of what does not: nobody foresees where somebody keeps a secret."""
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("c4nary-S1gnatur3", encoding="utf-8")
    package = make("out")

    assert name not in names(package)
    assert not [at for at in package.folder.rglob("*") if at.is_file() and _holds_canary(at)]


def _holds_canary(path: Path) -> bool:
    return b"c4nary-S1gnatur3" in path.read_bytes()


@pytest.mark.parametrize("name", ["shared/.env", "shared/settings.json", "shared/core.1234"])
def test_what_lies_about_among_the_app_stops_the_build(
    make: Callable[[str], Package], project: Path, name: str
) -> None:
    """By name: it may be a secret, or a template that nobody committed yet."""
    (project / name).write_text("c4nary-S1gnatur3", encoding="utf-8")
    with pytest.raises(BuildError, match=re.escape(name)) as caught:
        make("out")
    git(project, "add", name)

    assert "c4nary" not in str(caught.value)
    assert name in names(make("out"))


def test_a_link_stops_the_build(
    make: Callable[[str], Package], project: Path, tmp_path: Path
) -> None:
    """What it leads to is not of the checkout, and would ship under its name."""
    (tmp_path / "elsewhere.py").write_text("", encoding="utf-8")
    (project / "shared" / "link.py").symlink_to(tmp_path / "elsewhere.py")

    with pytest.raises(BuildError, match=r"shared/link\.py"):
        make("out")


def test_a_file_that_an_earlier_build_left_is_gone(
    make: Callable[[str], Package], project: Path
) -> None:
    """What was deleted in the checkout does not ship from the folder of last time."""
    make("out")
    (project / "shared" / "words.py").unlink()
    (project / "function_app.py").write_text("import one\n", encoding="utf-8")

    assert not [name for name in names(make("out")) if "words" in name]


def test_another_python_than_the_one_in_azure_is_refused(tmp_path: Path) -> None:
    """What it compiles would not load there, and that would show only after the deployment."""
    with pytest.raises(BuildError, match=r"python3\.99 -m release"):
        assemble.build(tmp_path, python=(3, 99))

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_python_stops_the_build(
    make: Callable[[str], Package], project: Path
) -> None:
    """By name, and before anything is written."""
    (project / "shared" / "words.py").write_text("def", encoding="utf-8")

    with pytest.raises(BuildError, match=r"shared/words\.py"):
        make("out")


def test_an_archive_without_git_is_refused(tmp_path: Path) -> None:
    """Nobody could say which commit it is, or what belongs to it."""
    with pytest.raises(BuildError, match="clone"):
        checkout.read(tmp_path)


def test_the_command_fails_above_the_budget(
    make: Callable[[str], Package],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """0 with both figures when it fits, 2 when it does not, 1 when there is no package."""
    small = make("out")
    monkeypatch.setattr(command, "build", lambda _out: small)
    assert command.main(["--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f"{small.size:,} bytes" in said
    assert f"{small.files:,} files" in said

    monkeypatch.setattr(assemble, "MOST_FILES", 1)
    assert command.main(["--out", str(tmp_path)]) == 2

    def refuse(_out: Path) -> Package:
        raise BuildError("why not")

    monkeypatch.setattr(command, "build", refuse)
    assert command.main(["--out", str(tmp_path)]) == 1
    assert "why not" in capsys.readouterr().err


def test_the_package_is_for_the_python_that_azure_is_told_to_run() -> None:
    """Template, version file and builder name the same one; another would not load the package."""
    wanted = ".".join(map(str, assemble.PYTHON))
    template = (ROOT / "infra" / "modules" / "app.bicep").read_text(encoding="utf-8")
    told = re.search(r"^ +version: '([^']+)'", template, re.MULTILINE)

    assert (ROOT / ".python-version").read_text(encoding="utf-8").strip() == wanted
    assert told is not None
    assert told[1] == wanted
