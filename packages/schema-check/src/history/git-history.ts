import { posix } from "node:path";
import type { Check } from "../check/check-schemas.js";
import { SchemaCheckError } from "../check-error.js";
import { type Base, findBase } from "../git/base.js";
import { blobs } from "../git/blobs.js";
import { type FileVersion, fileHistories, renamedSince } from "../git/file-history.js";
import type { Git } from "../git/git.js";
import type { DeclaredSubject, Manifest } from "../manifest/manifest.js";
import { parseManifest } from "../manifest/parse-manifest.js";
import { type Content, effectiveVersions, usedFiles } from "./effective-versions.js";

/** What a check takes from a history. */
export type Past = Pick<Check, "base" | "fork" | "history" | "isUnchanged" | "isSameFile">;

export interface GitPastOptions {
  readonly git: Git;
  readonly head: Manifest;
  /** The manifest's path from the folder that git runs in. */
  readonly manifestFile: string;
  readonly against: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly textOf: (file: string) => string | undefined;
}

/** Subjects as they were on a branch: each version that it ever held is one to be compatible with. */
export async function gitPast(options: GitPastOptions): Promise<Past> {
  const { git, head, manifestFile, against, env, textOf } = options;
  const base = await findBase(git, against, env);
  const folder = posix.join((await git.line("rev-parse", "--show-prefix")) ?? "", posix.dirname(manifestFile));
  const manifestPath = posix.join(folder, posix.basename(manifestFile));
  const inRepository = (file: string): string => {
    const path = posix.join(folder, file);
    if (!path.startsWith("../")) return path;
    throw new SchemaCheckError("INVALID_MANIFEST", `${manifestFile}: "${file}" lies outside of the repository`);
  };
  const [baseManifest, forkManifest, renamed] = await Promise.all([
    manifestAt(git, base.commit, manifestPath),
    manifestAt(git, base.forkPoint, manifestPath),
    renamedSince(git, base.forkPoint),
  ]);
  const before = new Map([...renamed].map(([from, to]) => [to, from]));
  const pathAtBase = (file: string) => before.get(inRepository(file)) ?? inRepository(file);
  const declared = declaredThen(head, baseManifest);
  const paths = new Map<string, string>();
  for (const { subject } of declared.subjects.values()) {
    const isOld = baseManifest?.subjects.has(subject) === true;
    for (const file of usedFiles(declared, declared.subjects.get(subject) as DeclaredSubject)) {
      if (!paths.has(file)) paths.set(file, isOld ? inRepository(file) : pathAtBase(file));
    }
  }
  const tracked = await fileHistories(git, base.commit, [...new Set(paths.values())]);
  const texts = await blobs(
    git,
    [...tracked.values()].flat().flatMap(({ blob }) => blob ?? []),
  );
  const contents = new Map<string, readonly Content[]>();
  for (const [file, path] of paths) contents.set(file, contentsOf(tracked.get(path) ?? [], texts));
  const atFork = await textsAt(git, base.forkPoint, [...paths.values(), ...[...paths.keys()].map(inRepository)]);
  const isSameText = (earlier: string, now: string): boolean => {
    const text = textOf(now);
    return text !== undefined && atFork.get(earlier) === text;
  };
  return {
    base: baseManifest,
    fork: forkManifest,
    history: {
      against: described(base),
      versions: (subject) => {
        const found = declared.subjects.get(subject);
        return found === undefined ? [] : effectiveVersions(declared, found, (file) => contents.get(file) ?? []);
      },
    },
    isUnchanged: (subject) =>
      [...usedFiles(head, subject)].every((file) => isSameText(pathAtBase(file), file)) &&
      JSON.stringify(forkManifest?.subjects.get(subject.subject)?.references) === JSON.stringify(subject.references),
    isSameFile: (earlier, now) =>
      earlier === now || pathAtBase(now) === inRepository(earlier) || isSameText(inRepository(earlier), now),
  };
}

const described = ({ ref, commit }: Base): string =>
  commit.startsWith(ref) ? commit.slice(0, 7) : `${ref} (${commit.slice(0, 7)})`;

/** Subjects as the base declares them, and those that it does not as the change does. */
const declaredThen = (head: Manifest, base: Manifest | undefined): Manifest => ({
  subjects: new Map([...head.subjects, ...(base?.subjects ?? [])]),
  waivers: [],
});

async function manifestAt(git: Git, commit: string, path: string): Promise<Manifest | undefined> {
  const text = (await textsAt(git, commit, [path])).get(path);
  return text === undefined ? undefined : parseManifest(text, `${commit.slice(0, 7)}:${path}`);
}

/** What files held at a commit, by their paths in the repository. */
async function textsAt(git: Git, commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(paths)];
  if (wanted.length === 0) return new Map();
  const out = await git.run(["ls-tree", "-r", "-z", "--full-tree", commit, "--", ...wanted]);
  const ids = new Map<string, string>();
  for (const line of out.toString("utf8").split("\0").filter(Boolean)) {
    const [meta = "", path = ""] = line.split("\t");
    ids.set(path, meta.split(" ")[2] ?? "");
  }
  const texts = await blobs(git, ids.values());
  return new Map([...ids].flatMap(([path, id]) => (texts.has(id) ? [[path, texts.get(id) as string]] : [])));
}

const contentsOf = (versions: readonly FileVersion[], texts: ReadonlyMap<string, string>): readonly Content[] =>
  versions.map(({ position, commit, day, path, blob }) => ({
    position,
    text: blob === undefined ? undefined : texts.get(blob),
    origin: `${commit.slice(0, 7)} (${day}) ${path}`,
  }));
