// Microsoft's own KQL parser and analyser, asked once for many queries.
//
// stdin:  {"folder": path of the package, "tables": {table: "(Column: type, ...)"}, "queries": {name: text}}
// stdout: {name: {"problems": [text], "columns": [[name, type]]}}
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
const load = (file) => require(path.join(asked.folder, file));
const quiet = console.log;
console.log = () => {};
load('bridge.min.js');
load('bridge.meta.min.js');
load('Kusto.Language.Bridge.min.js');
load('Kusto.Language.Bridge.meta.min.js');
console.log = quiet;

const { KustoCode, GlobalState } = Kusto.Language;
const { TableSymbol, DatabaseSymbol } = Kusto.Language.Symbols;

const tables = Object.entries(asked.tables).map(([name, schema]) => new TableSymbol.$ctor7(name, schema, null));
const database = new DatabaseSymbol.$ctor1('workspace', tables, false);
const globals = GlobalState.Default.WithDatabase(database);

const list = (found) => {
  const items = [];
  for (let at = 0; at < found.Count; at++) items.push(found.getItem(at));
  return items;
};

const answers = {};
for (const [name, text] of Object.entries(asked.queries)) {
  const code = KustoCode.ParseAndAnalyze(text, globals);
  const line = (start) => text.slice(0, start).split('\n').length;
  const result = code.ResultType;
  answers[name] = {
    problems: list(code.GetDiagnostics()).map((d) => `line ${line(d.Start)}: ${d.Message} (${d.Code})`),
    columns: result && result.Columns ? list(result.Columns).map((c) => [c.Name, c.Type.Name]) : [],
  };
}
fs.writeSync(1, JSON.stringify(answers));
