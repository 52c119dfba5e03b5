// What an entry of a package declares, as text to compare: names in order, signatures without comments, nothing private.
import ts from "typescript";

const printer = ts.createPrinter({ removeComments: true });

/** A report for each entry, by its name. Entries are declaration files, as npm would publish them. */
export function apiReports(entries) {
  const program = ts.createProgram({
    rootNames: entries.map(({ declarations }) => declarations),
    options: {
      target: ts.ScriptTarget.ES2023,
      lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
      module: ts.ModuleKind.NodeNext,
      strict: true,
      skipLibCheck: true,
      types: ["node"],
      noEmit: true,
    },
  });
  return entries.map(({ name, declarations }) => [name, report(name, program, program.getSourceFile(declarations))]);
}

function report(name, program, entry) {
  const checker = program.getTypeChecker();
  const home = entry.fileName.slice(0, entry.fileName.lastIndexOf("/") + 1);
  const isOurs = (symbol) => symbol.declarations?.some((node) => node.getSourceFile().fileName.startsWith(home));
  const exported = new Map();
  const foreign = [];
  for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(entry))) {
    const target = resolved(checker, symbol);
    if (isOurs(target)) exported.set(target, symbol.name);
    else foreign.push(`export { ${symbol.name} } from ${sourceOf(symbol)};`);
  }
  const local = new Map();
  const seen = new Set(exported.keys());
  for (const symbol of seen) {
    for (const used of usedBy(symbol, checker)) {
      if (seen.has(used) || !isOurs(used)) continue;
      seen.add(used);
      local.set(used, used.name);
    }
  }
  const parts = [`# ${name}`, "Made by `npm run check:api -- --write`."];
  if (foreign.length > 0) parts.push(block(foreign.sort()));
  parts.push(block(declared(exported)));
  if (local.size > 0) parts.push("Used above, not exported:", block(declared(local)));
  return `${parts.join("\n\n")}\n`;
}

const resolved = (checker, symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

function sourceOf(symbol) {
  const [specifier] = symbol.declarations;
  const declaration = ts.findAncestor(specifier, ts.isExportDeclaration);
  return declaration?.moduleSpecifier?.getText() ?? "elsewhere";
}

const block = (texts) => `\`\`\`ts\n${texts.join("\n")}\n\`\`\``;

function declared(symbols) {
  return [...symbols]
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
    .flatMap(([symbol, name]) => {
      const texts = statementsOf(symbol).map(printed);
      return name === symbol.name ? texts : [`// exported as ${name}`, ...texts];
    });
}

const statementsOf = (symbol) => [
  ...new Set(symbol.declarations.map((node) => ts.findAncestor(node, ts.isVariableStatement) ?? node)),
];

function usedBy(symbol, checker) {
  const used = [];
  const visit = (node) => {
    if (isHidden(node)) return;
    if (ts.isIdentifier(node)) {
      const named = checker.getSymbolAtLocation(node);
      const target = named && resolved(checker, named);
      if (target?.declarations?.some(({ parent }) => ts.isSourceFile(parent) || ts.isVariableDeclarationList(parent))) {
        used.push(target);
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const statement of statementsOf(symbol)) visit(statement);
  return used;
}

/** What a caller cannot reach, or is told to leave alone. */
function isHidden(node) {
  if (!ts.isClassElement(node)) return false;
  if (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) return true;
  return (node.name && ts.isPrivateIdentifier(node.name)) || ts.getJSDocTags(node).some(isInternal);
}

const isInternal = ({ tagName }) => tagName.text === "internal";

function printed(statement) {
  const kept = ts.transform(statement, [
    (context) => (root) => {
      const visit = (node) => {
        if (isHidden(node)) return undefined;
        if (node.kind === ts.SyntaxKind.ExportKeyword || node.kind === ts.SyntaxKind.DeclareKeyword) return undefined;
        return ts.visitEachChild(node, visit, context);
      };
      return ts.visitNode(root, visit);
    },
  ]);
  const text = printer.printNode(ts.EmitHint.Unspecified, kept.transformed[0], statement.getSourceFile());
  return text.replace(
    /export \{ (.+) \};/g,
    (_, names) => `export {\n        ${names.split(", ").join(",\n        ")}\n    };`,
  );
}
