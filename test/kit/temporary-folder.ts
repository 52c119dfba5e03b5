import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanup } from "./cleanup.js";

/** A fresh empty folder that goes with the running test. */
export function temporaryFolder(name = "test"): string {
  const folder = mkdtempSync(join(tmpdir(), `ottla-${name}-`));
  cleanup(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
