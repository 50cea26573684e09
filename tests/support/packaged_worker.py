"""The other side of `tests.support.packaged`: a bare process that runs the app of a package.

It is started without `site`, as `python -I -S`: it knows the standard library, and what its first
line of input names: the package, Microsoft's runtime, and the test host's own files. One JSON
object per line comes in and one goes out.
"""

from __future__ import annotations

import asyncio
import importlib.machinery
import json
import sys
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.functions_host import FunctionsHost

_COMPILED: list[str] = []


def _record_compiling() -> None:
    """Note each source file that Python compiles because it finds no compiled one."""
    loader = importlib.machinery.SourceFileLoader
    compile_it = loader.source_to_code

    def source_to_code(self: Any, data: Any, path: Any, **options: Any) -> Any:
        _COMPILED.append(str(path))
        return compile_it(self, data, path, **options)

    loader.source_to_code = source_to_code  # type: ignore[method-assign]  # that is the idea


async def _answer(host: FunctionsHost, asked: dict[str, Any]) -> dict[str, Any]:
    if "timer" in asked:
        return {"messages": list((await host.timer(asked["timer"])).messages)}
    if "http" in asked:
        name, method, url, headers, body = asked["http"]
        got = await host.http(name, method, url, headers=headers, body=body.encode())
        return {
            "status": got.status,
            "headers": dict(got.headers),
            "text": got.body.decode(errors="replace"),
        }
    space: dict[str, Any] = {}
    exec(asked["run"], space)  # noqa: S102 - the test's own code
    return {"found": space["found"]}


def _modules() -> list[tuple[str, str, str]]:
    return [
        (name, str(getattr(module, "__file__", None) or ""), type(spec.loader).__name__)
        for name, module in list(sys.modules.items())
        if (spec := getattr(module, "__spec__", None)) is not None
    ]


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def _serve(app: str, settings: dict[str, str]) -> None:
    from tests.support.functions_host import FunctionsHost  # noqa: PLC0415 - not on the path before

    async with FunctionsHost(app, settings) as host:
        _say({"functions": sorted(host.functions)})
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            try:
                if "modules" in asked:
                    _say({"modules": _modules(), "compiled": _COMPILED})
                else:
                    _say(await _answer(host, asked))
            except Exception:  # noqa: BLE001 - the test must hear of it, whatever it is
                _say({"error": traceback.format_exc()})
        await host.module.watchdog.aclose()


def main() -> None:
    """Serve until standard input ends."""
    job = json.loads(sys.stdin.readline())
    sys.path[:0] = job["paths"]
    _record_compiling()
    try:
        asyncio.run(_serve(job["app"], job["settings"]))
    except Exception:  # noqa: BLE001 - as above
        _say({"error": traceback.format_exc()})


if __name__ == "__main__":
    main()
