"""Compiles a folder of Python files; run as a script in a bare process of its own.

Compiled code depends a little on what else the process has loaded, and on hash seeds. A process
that has loaded nothing writes the same bytes each time.

Usage: python -S compiling.py FOLDER SUBFOLDER_THAT_KEEPS_ITS_SOURCES...
"""

import py_compile
import sys
from pathlib import Path


def main(folder: str, *with_source: str) -> None:
    """Compile.

    Files in the named subfolders, and at the top, are compiled into `__pycache__` and stay. Of all
    others only the compiled file stays, in their place.

    Raises:
        py_compile.PyCompileError: A file is no Python.
    """
    for path in sorted(Path(folder).rglob("*.py")):
        name = path.relative_to(folder)
        stays = len(name.parts) == 1 or name.parts[0] in with_source
        py_compile.compile(
            str(path),
            cfile=None if stays else f"{path}c",
            dfile=str(name),  # what tracebacks show until the import system knows the real place
            doraise=True,
            # never compared with the source: nobody changes it, and a zip has no exact times
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        if not stays:
            path.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
