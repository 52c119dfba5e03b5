import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { CheckReport } from "./check/finding.js";
import { runSchemaCheck, type SchemaCheckOptions } from "./run-schema-check.js";

/** A git repository of its own in the temporary folder, gone when the test ends. */
export class Repository {
  readonly folder: string;

  constructor(folder = mkdtempSync(join(tmpdir(), "ottla-schema-check-"))) {
    this.folder = folder;
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  }

  static init(): Repository {
    const repository = new Repository();
    repository.git("init", "--quiet", "--initial-branch=main");
    return repository;
  }

  git(...args: readonly string[]): string {
    const person = ["-c", "user.name=Ben", "-c", "user.email=ben@example.com", "-c", "commit.gpgsign=false"];
    return execFileSync("git", [...person, ...args], {
      cwd: this.folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Writes files; what is no text is written as JSON. */
  write(files: Readonly<Record<string, unknown>>): this {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    }
    return this;
  }

  remove(name: string): this {
    rmSync(join(this.folder, name));
    return this;
  }

  move(from: string, to: string): this {
    mkdirSync(dirname(join(this.folder, to)), { recursive: true });
    renameSync(join(this.folder, from), join(this.folder, to));
    return this;
  }

  commit(message = "change"): this {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "--message", message);
    return this;
  }

  branch(name: string): this {
    this.git("checkout", "--quiet", "-b", name);
    return this;
  }

  check(options: Partial<SchemaCheckOptions> = {}): Promise<CheckReport> {
    const manifest = join(this.folder, "ottla.schemas.json");
    return runSchemaCheck({ manifest, against: "main", today: "2026-06-01", env: {}, ...options });
  }
}

/** An Avro record with these fields. */
export const record = (...fields: readonly object[]) => ({ type: "record", name: "Order", fields });
export const id = { name: "id", type: "string" };
export const cents = { name: "cents", type: "long", default: 0 };
export const coupon = { name: "coupon", type: "string" };

/** Verdict and types of findings by subject. */
export const verdicts = ({ subjects }: CheckReport): Record<string, readonly string[]> =>
  Object.fromEntries(
    subjects.map(({ subject, verdict, findings }) => [
      subject,
      [verdict, ...findings.filter(({ waiver }) => waiver === undefined).map(({ type }) => type)],
    ]),
  );
