"""Make `tests/data/bicep-types` anew: the types that the templates use, and nothing else.

    python -m tests.support.bicep.prune --source DIR [--source DIR]

DIR holds `types.json` files as the compiler's own type data has them, at any depth and under any
name that ends in `.json`; SOURCES.md says where to get them. What is written is a fraction of it:
the descriptions are left out, and only what a used resource type reaches is kept.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from tests.support.bicep.data import TYPE_DATA, type_data
from tests.support.bicep.kinds import TypeData
from tests.support.bicep.workspace import Workspace

INFRA: Final = Path(__file__).resolve().parents[3] / "infra"

Entries = list[dict[str, Any]]


def used_types(folder: Path) -> set[str]:
    """The `type@version` that the templates of a folder use, in lower case."""
    workspace = Workspace(TypeData({}))
    return {
        placed.reference.lower()
        for path in sorted(folder.rglob("*.bicep"))
        for placed in workspace.open(path).resources
    }


def references(value: object) -> set[int]:
    """The entries that a piece of an entry refers to."""
    if isinstance(value, dict):
        own = {int(value["$ref"].rpartition("/")[2])} if "$ref" in value else set[int]()
        return own.union(*map(references, value.values()))
    if isinstance(value, list):
        return set[int]().union(*map(references, value))
    return set()


def rewritten(value: Any, places: dict[int, int]) -> Any:
    """A piece of an entry that refers to the entries at their new places, without descriptions."""
    if isinstance(value, dict):
        if "$ref" in value:
            return {"$ref": f"#/{places[int(value['$ref'].rpartition('/')[2])]}"}
        is_field = "flags" in value and "type" in value
        return {
            key: rewritten(each, places)
            for key, each in value.items()
            if not (is_field and key == "description")
        }
    return [rewritten(each, places) for each in value] if isinstance(value, list) else value


def pruned(entries: Entries, wanted: set[str]) -> Entries:
    """The wanted resource types of a file with all that they reach, re-indexed.

    Args:
        entries: A whole `types.json`.
        wanted: `type@version` in lower case.
    """
    roots = set[int]()
    for index, each in enumerate(entries):
        if each["$type"] == "ResourceType":
            name = each["name"].lower()
        elif each["$type"] == "ResourceFunctionType":
            name = f"{each['resourceType']}@{each['apiVersion']}".lower()
        else:
            continue
        if name in wanted:
            roots.add(index)
    kept, waiting = set[int](), roots
    while waiting:
        kept |= waiting
        waiting = set[int]().union(*(references(entries[each]) for each in waiting)) - kept
    places = {old: new for new, old in enumerate(sorted(kept))}
    return [rewritten(entries[each], places) for each in sorted(kept)]


def resource_types(entries: Entries) -> list[str]:
    """The names of the resource types in a file, in lower case."""
    return [each["name"].lower() for each in entries if each["$type"] == "ResourceType"]


def file_name(entries: Entries) -> str:
    """`provider@version.json` for a pruned file."""
    name, _, version = min(resource_types(entries)).partition("@")
    return f"{name.replace('/', '.', 1).partition('/')[0]}@{version}.json"


def prune(sources: list[Path], target: Path, wanted: set[str]) -> set[str]:
    """Write the pruned files.

    Args:
        sources: Folders with type data.
        target: Where to write; files of an earlier run are replaced, handmade ones stay.
        wanted: `type@version` in lower case.

    Returns:
        What was wanted and not found, here or in the handmade files.
    """
    for old in target.glob("*@*.json"):
        old.unlink()
    missing = set(wanted)
    missing -= set(type_data(target).types)
    for source in sources:
        for path in sorted(source.rglob("*.json")):
            entries = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(entries, list):
                continue
            kept = pruned(entries, missing)
            names = resource_types(kept)
            if names:
                text = ",\n".join(json.dumps(each, separators=(",", ":")) for each in kept)
                (target / file_name(kept)).write_text(f"[\n{text}\n]\n", encoding="utf-8")
                missing -= set(names)
    return missing


def main(arguments: list[str]) -> int:
    """Prune for the templates of this checkout.

    Returns:
        0, or 1 when a type was not found.
    """
    parser = argparse.ArgumentParser(description="The types that infra/ uses, and nothing else.")
    parser.add_argument("--source", type=Path, action="append", required=True, metavar="DIR")
    sources = parser.parse_args(arguments).source
    missing = prune(sources, TYPE_DATA, used_types(INFRA))
    total = sum(path.stat().st_size for path in TYPE_DATA.glob("*.json"))
    sys.stdout.write(f"{len(list(TYPE_DATA.glob('*.json')))} files, {total} bytes\n")
    for each in sorted(missing):
        sys.stderr.write(f"not found: {each}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
