import { existsSync, readdirSync } from "node:fs";
import { readDocument } from "../kit/run-program.js";

const imported = /import\s+(?:type\s+)?\{([^}]*)\}\s+from\s+"(@ottla\/[^"]+)"/g;
const named = /^(?:type\s+)?(\w+)/;

/** Where readers are told what to import. */
function documents(): readonly string[] {
  const root = new URL("../../", import.meta.url);
  const guides = readdirSync(new URL("docs", root)).filter((name) => name.endsWith(".md"));
  const readmes = readdirSync(new URL("packages", root))
    .map((name) => `packages/${name}/README.md`)
    .filter((path) => existsSync(new URL(path, root)));
  return ["README.md", ...guides.map((name) => `docs/${name}`), ...readmes];
}

/** The names that the READMEs and guides import of our packages, by the path that they import them from. */
export function documentedImports(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const document of documents()) {
    for (const [, names = "", path = ""] of readDocument(document).matchAll(imported)) {
      const known = found.get(path) ?? new Set<string>();
      for (const name of names.split(",")) {
        const [, plain] = named.exec(name.trim()) ?? [];
        if (plain !== undefined) known.add(plain);
      }
      found.set(path, known);
    }
  }
  return found;
}
