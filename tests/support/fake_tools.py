"""Commands on PATH that record how they were called and answer what a test told them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.components import ROOT

_TOOL = """\
#!{python} -S
import json, os, sys
from pathlib import Path
here = Path(__file__).resolve().parent
name = Path(sys.argv[0]).name
calls = here / "calls.jsonl"
seen = [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []
said = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()
line = {{"tool": name, "argv": sys.argv[1:], "stdin": said, "key": os.environ.get("FUNCTION_KEY")}}
with calls.open("a") as file:
    file.write(json.dumps(line) + chr(10))
rules = json.loads((here / "rules.json").read_text())
text = " ".join([name, *sys.argv[1:]])
for number, rule in enumerate(rules):
    if rule["words"] in text:
        before = sum(rule["words"] in " ".join([each["tool"], *each["argv"]]) for each in seen)
        answer = rule["answers"][min(before, len(rule["answers"]) - 1)]
        if "--output" in sys.argv and name == "curl":
            Path(sys.argv[sys.argv.index("--output") + 1]).write_text(answer.get("body", ""))
        sys.stdout.write(answer.get("out", ""))
        sys.stderr.write(answer.get("err", ""))
        sys.exit(answer.get("code", 0))
sys.stderr.write("the test has no answer for: " + text + chr(10))
sys.exit(97)
"""
NAMES = ("az", "curl", "gh", "make", "sleep", "doctor-python")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool.

    Attributes:
        tool: Its name.
        argv: Its arguments.
        stdin: All that it was given to read.
        key: FUNCTION_KEY in its environment.
    """

    tool: str
    argv: tuple[str, ...]
    stdin: str
    key: str | None

    @property
    def text(self) -> str:
        """The command as one line."""
        return " ".join((self.tool, *self.argv))


@dataclass
class FakeTools:
    """A folder that goes in front of PATH.

    Attributes:
        folder: An empty folder.
        rules: Which words in a command get which answers, the last one again and again.
    """

    folder: Path
    rules: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in NAMES:
            tool = self.folder / name
            tool.write_text(_TOOL.format(python=sys.executable))
            tool.chmod(0o755)

    def answer(self, words: str, *answers: dict[str, Any]) -> None:
        """Answer commands that contain the words; earlier rules win.

        Args:
            words: A part of the command line, tool first.
            answers: Of the first call, the second, …: `out`, `err`, `code`, and `body`, which a
                curl writes into its --output file.
        """
        self.rules.append({"words": words, "answers": list(answers) or [{}]})

    def run(
        self, script: str, *options: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script of the project with these tools only in front of the machine's.

        Args:
            script: Its path in the checkout.
            options: Its arguments.
            environment: Further variables; nothing of the caller's but PATH is there.
        """
        (self.folder / "rules.json").write_text(json.dumps(self.rules))
        path = os.pathsep.join((str(self.folder), os.environ["PATH"]))
        return subprocess.run(  # noqa: S603 - our own script
            [str(ROOT / script), *options],
            env={"PATH": path, "TMPDIR": str(self.folder), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,  # not a limit of speed: only a script that hangs meets it
        )

    def calls(self, tool: str = "") -> list[Call]:
        """Every call so far, of one tool or of all."""
        file = self.folder / "calls.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        found = [
            Call(**{**json.loads(line), "argv": tuple(json.loads(line)["argv"])}) for line in lines
        ]
        return [each for each in found if not tool or each.tool == tool]
