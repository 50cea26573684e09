"""Context managers that lend a piece of the process's state and give it back as it was."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_MACHINE = frozenset(
    {
        "CI",
        "HOME",
        "LANG",
        "LOGNAME",
        "PATH",
        "SHELL",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "SYSTEMROOT",
        "TEMP",
        "TERM",
        "TMP",
        "TMPDIR",
        "TZ",
        "USER",
        "VIRTUAL_ENV",
    }
)
_MACHINE_PREFIXES = ("LC_", "PYTHON", "PYTEST_", "COV_", "COVERAGE_")


@contextlib.contextmanager
def app_environment(settings: Mapping[str, str]) -> Iterator[None]:
    """`os.environ` of an app: its settings and the machine's plain variables, nothing else.

    A developer's own `AZURE_*` or `WATCHDOG_*` must not reach an app under test.
    """
    saved = dict(os.environ)
    kept = {
        name: value
        for name, value in saved.items()
        if name.upper() in _MACHINE or name.upper().startswith(_MACHINE_PREFIXES)
    }
    try:
        os.environ.clear()
        os.environ.update(kept | dict(settings))
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


@contextlib.contextmanager
def app_imports(app_dir: Path, *fresh: str) -> Iterator[None]:
    """`sys.path` and `sys.modules` of an app.

    The modules named in `fresh` and their submodules are imported anew, and so is what the app's
    folder holds, unless the tests can import that folder themselves: then its packages are the
    tests' own, and a second copy of a class would not equal the first.
    """
    path, modules = list(sys.path), dict(sys.modules)
    own = set(fresh)
    if str(app_dir) not in path:
        own |= {each.stem for each in app_dir.glob("*.py")}
        own |= {each.parent.name for each in app_dir.glob("*/__init__.py")}

    def mine(name: str) -> bool:
        return name.partition(".")[0] in own

    def forget() -> None:
        for name in filter(mine, list(sys.modules)):
            del sys.modules[name]

    try:
        forget()
        sys.path[:] = [str(app_dir), *(each for each in path if each != str(app_dir))]
        importlib.invalidate_caches()  # a test may have written the files just now
        yield
    finally:
        forget()
        sys.modules.update({name: module for name, module in modules.items() if mine(name)})
        sys.path[:] = path
        sys.path_importer_cache.pop(str(app_dir), None)


@contextlib.contextmanager
def app_logging(handler: logging.Handler, level: int = logging.INFO) -> Iterator[None]:
    """Logging of an app: `handler` sees everything from `level` up (the host's default).

    What the app does to loggers, levels, handlers, filters and `logging.disable` is undone.
    """
    root = logging.getLogger()
    saved = {logger: _state(logger) for logger in _loggers()}
    disabled = root.manager.disable
    try:
        root.addHandler(handler)
        root.setLevel(level)
        yield
    finally:
        for logger in _loggers():
            level_, propagate, off, handlers, filters = saved.get(logger, _NEW)
            logger.setLevel(level_)
            logger.propagate, logger.disabled = propagate, off
            logger.handlers[:], logger.filters[:] = handlers, filters
        root.manager.disable = disabled


_State = tuple[int, bool, bool, list[logging.Handler], list["logging._FilterType"]]
_NEW: _State = (logging.NOTSET, True, False, [], [])


def _loggers() -> list[logging.Logger]:
    found = logging.Logger.manager.loggerDict.values()
    return [logging.getLogger(), *(each for each in found if isinstance(each, logging.Logger))]


def _state(logger: logging.Logger) -> _State:
    return (
        logger.level,
        logger.propagate,
        logger.disabled,
        list(logger.handlers),
        list(logger.filters),
    )
