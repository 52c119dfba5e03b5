import { fileURLToPath } from "node:url";
import ts from "typescript";

/**
 * What the compiler says of each of `programs`, one line of TypeScript each, after `declarations`: what an editor would underline, and the
 * message. It sees a single file `misuse.ts` in the folder of `url`, under the options of this repository: one program for all of
 * them, since making one is what takes the time.
 */
export function compilerMessages(
  url: string,
  declarations: string,
  programs: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly string[]>> {
  const name = fileURLToPath(new URL("./misuse.ts", url));
  const head = declarations.trim().split("\n");
  // In braces, so that each line has names of its own.
  const body = Object.values(programs).map((line) => `{ ${line} }`);
  const text = [...head, "async () => {", ...body, "};"].join("\n");
  const messages = new Map(Object.keys(programs).map((title): [string, string[]] => [title, []]));
  for (const { file, start = 0, length = 0, messageText } of diagnosticsOf(name, text)) {
    const message = ts.flattenDiagnosticMessageText(messageText, "\n");
    if (file === undefined) throw new Error(message);
    const { line } = ts.getLineAndCharacterOfPosition(file, start);
    const title = Object.keys(programs)[line - head.length - 1] ?? `declarations, line ${line + 1}`;
    const underlined = text.slice(start, start + length);
    messages.set(title, [...(messages.get(title) ?? []), `«${underlined}» ${inOneOrder(message)}`]);
  }
  return Object.fromEntries(messages);
}

/** With the literals of each union sorted: the compiler has them in the order in which it met them first, anywhere in a program. */
const inOneOrder = (message: string): string =>
  message.replaceAll(/(?:"[^"]*"|\d+)(?: \| (?:"[^"]*"|\d+))+/g, (union) => union.split(" | ").sort().join(" | "));

function diagnosticsOf(name: string, text: string): readonly ts.Diagnostic[] {
  const { options } = ts.parseJsonConfigFileContent(
    { extends: "./tsconfig.json", files: [name] },
    ts.sys,
    fileURLToPath(new URL("../../../", import.meta.url)),
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (path) => (path === name ? text : readFile(path));
  host.fileExists = (path) => path === name || fileExists(path);
  const program = ts.createProgram([name], options, host);
  const file = program.getSourceFile(name);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
}
