import { readFileSync } from "node:fs";
import ts from "typescript";

/** Text of a document, by its path in this repository. */
export const readDocument = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** The TypeScript programs in a text, in order. */
export const programsIn = (text: string): readonly string[] =>
  [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, program = ""]) => program);

/**
 * Runs a program as it stands in a document, with `modules` for what it imports by name. Answers what it printed, each call of
 * `console.log` with its parts.
 */
export async function runProgram(
  program: string,
  modules: Readonly<Record<string, unknown>>,
): Promise<readonly (readonly unknown[])[]> {
  const body = program.replace(/^import (\{[^}]*\}) from "([^"]+)";$/gm, (_, names: string, from: string) => {
    const values = names.replace(/type \w+,?/g, "");
    return `const ${values} = modules["${from}"];`;
  });
  const script = ts.transpile(`exports.run = async (modules: any, console: any) => {\n${body}\n}`, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
  });
  const exported: { run?: (modules: unknown, console: unknown) => Promise<void> } = {};
  new Function("exports", script)(exported);
  const printed: (readonly unknown[])[] = [];
  await exported.run?.(modules, { log: (...parts: unknown[]) => printed.push(parts) });
  return printed;
}
