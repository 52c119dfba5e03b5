import type { Git } from "./git.js";

/** A file's content from a commit on. */
export interface FileVersion {
  /** Counts the commits of the line that was followed, from its first: later is higher. */
  readonly position: number;
  readonly commit: string;
  /** The commit's day, `2026-01-31`. */
  readonly day: string;
  /** What the file was called then, relative to the repository's root. */
  readonly path: string;
  /** The content's id; `undefined` where the commit took the file away. */
  readonly blob: string | undefined;
}

interface Change {
  readonly commit: string;
  readonly day: string;
  readonly parent: string | undefined;
  readonly status: string;
  readonly blob: string;
  readonly path: string;
}

/** A path that is followed, for which file, and up to which commit it was called so. */
interface Followed {
  readonly file: string;
  readonly before: number;
}

/** A file that is renamed more often than this is no longer followed. */
const mostRenames = 100;

/**
 * All that files ever held on the line of a branch, the oldest first, renames followed. The line is the chain of first
 * parents: what the branch itself was at some time, not what a merged branch tried on its way.
 *
 * It takes a few git processes for all files together, and two more for each round of renames.
 *
 * @param paths - Relative to the repository's root, as they are called at `tip`.
 */
export async function fileHistories(
  git: Git,
  tip: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, readonly FileVersion[]>> {
  const positions = await positionsOf(git, tip);
  const histories = new Map<string, FileVersion[]>(paths.map((path) => [path, []]));
  let followed = new Map<string, Followed[]>(paths.map((path) => [path, [{ file: path, before: positions.size }]]));
  for (let round = 0; round <= mostRenames && followed.size > 0; round += 1) {
    const changes = await changesOf(git, tip, [...followed.keys()]);
    const added: { readonly change: Change; readonly followed: Followed }[] = [];
    for (const [path, claims] of followed) {
      for (const claim of claims) {
        const own = changes.filter(
          (change) => change.path === path && (positions.get(change.commit) ?? 0) < claim.before,
        );
        histories.get(claim.file)?.push(...own.map((change) => versionOf(change, positions)));
        const oldest = own.at(-1);
        if (oldest?.status === "A") added.push({ change: oldest, followed: claim });
      }
    }
    followed = await renamedFrom(git, added, positions);
  }
  for (const versions of histories.values()) versions.sort((one, other) => one.position - other.position);
  return histories;
}

const versionOf = (
  { commit, day, path, status, blob }: Change,
  positions: ReadonlyMap<string, number>,
): FileVersion => ({
  position: positions.get(commit) ?? 0,
  commit,
  day,
  path,
  blob: status === "D" ? undefined : blob,
});

async function positionsOf(git: Git, tip: string): Promise<ReadonlyMap<string, number>> {
  const out = await git.run(["rev-list", "--first-parent", "--reverse", tip]);
  const commits = out.toString("utf8").split("\n").filter(Boolean);
  return new Map(commits.map((commit, position) => [commit, position]));
}

/** What the commits of the line did to these paths, the newest first. */
async function changesOf(git: Git, tip: string, paths: readonly string[]): Promise<readonly Change[]> {
  const format = "--format=commit %H %cs %P";
  const out = await git.run([
    "log",
    "--first-parent",
    "-m",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "-z",
    format,
    tip,
    "--",
    ...paths,
  ]);
  const changes: Change[] = [];
  let commit = "";
  let day = "";
  let parent: string | undefined;
  const tokens = out.toString("utf8").split("\0");
  for (let at = 0; at < tokens.length; at += 1) {
    const token = (tokens[at] ?? "").trim();
    if (token.startsWith("commit ")) {
      const [, id = "", date = "", first] = token.split(" ");
      commit = id;
      day = date;
      parent = first === "" ? undefined : first;
    } else if (token.startsWith(":")) {
      const [, , , blob = "", status = ""] = token.split(" ");
      at += 1;
      changes.push({ commit, day, parent, status, blob, path: tokens[at] ?? "" });
    }
  }
  return changes;
}

/** What the files were called before the commits that added them, where git takes the addition for a rename. */
async function renamedFrom(
  git: Git,
  added: readonly { readonly change: Change; readonly followed: Followed }[],
  positions: ReadonlyMap<string, number>,
): Promise<Map<string, Followed[]>> {
  const before = new Map<string, Followed[]>();
  const pairs = added.flatMap(({ change: { commit, parent } }) =>
    parent === undefined ? [] : [`${commit} ${parent}`],
  );
  if (pairs.length === 0) return before;
  const renames = await renamesIn(git, [...new Set(pairs)]);
  for (const { change, followed } of added) {
    const from = renames.get(`${change.commit} ${change.path}`);
    if (from === undefined) continue;
    const claims = before.get(from) ?? [];
    before.set(from, [...claims, { file: followed.file, before: positions.get(change.commit) ?? 0 }]);
  }
  return before;
}

/** `<commit> <path>` to the path before, for pairs of a commit and its parent. */
async function renamesIn(git: Git, pairs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const args = ["diff-tree", "--stdin", "-r", "--raw", "--no-abbrev", "-z", "-M", "--diff-filter=R"];
  const out = await git.run(args, `${pairs.join("\n")}\n`);
  const renames = new Map<string, string>();
  const tokens = out.toString("utf8").split("\0");
  let commit = "";
  for (let at = 0; at < tokens.length; at += 1) {
    const token = (tokens[at] ?? "").trim();
    if (/^[0-9a-f]{40,64}$/.test(token)) commit = token;
    if (!token.startsWith(":")) continue;
    renames.set(`${commit} ${tokens[at + 2] ?? ""}`, tokens[at + 1] ?? "");
    at += 2;
  }
  return renames;
}

/** What the files of a commit are called where they lie now, for those that git takes for renamed: new path by old one. */
export async function renamedSince(git: Git, commit: string): Promise<ReadonlyMap<string, string>> {
  const out = await git.run(["diff", "--raw", "--no-abbrev", "-z", "-M", "--diff-filter=R", commit]);
  const tokens = out.toString("utf8").split("\0");
  const renames = new Map<string, string>();
  for (let at = 0; at + 2 < tokens.length; at += 3) renames.set(tokens[at + 1] ?? "", tokens[at + 2] ?? "");
  return renames;
}
