import { readFileSync } from "node:fs";
import { SchemaCheckError } from "../check-error.js";
import type { Git } from "./git.js";

/** A commit to compare with, and what it was asked for as. */
export interface Base {
  /** As given, or as the CI system says: `origin/main`. */
  readonly ref: string;
  readonly commit: string;
  /** Where the line that is judged left the base's. */
  readonly forkPoint: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the commit to compare with: the one given, else the branch that the CI system wants to merge into, else what it built
 * before, else the remote's default branch.
 *
 * @throws {@link SchemaCheckError} `UNKNOWN_BASE`, `SHALLOW_HISTORY`, `NO_GIT`, each with the command that mends it.
 */
export async function findBase(git: Git, given: string | undefined, env: Environment): Promise<Base> {
  const isShallow = await git.line("rev-parse", "--is-shallow-repository");
  if (isShallow === undefined) throw new SchemaCheckError("NO_GIT", "this folder is not in a git repository");
  if (isShallow === "true") {
    throw new SchemaCheckError(
      "SHALLOW_HISTORY",
      "the clone is shallow: earlier versions of the schemas are not in it",
      {
        hint: "git fetch --unshallow   (GitHub: actions/checkout with fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
      },
    );
  }
  const ref = given ?? baseOfCi(env) ?? (await defaultBranch(git));
  const commit = await git.line("rev-parse", "--verify", "--quiet", `${ref}^{commit}`);
  if (commit === undefined) {
    const [, remote = "origin", branch = ref] = /^(origin)\/(.+)$/.exec(ref) ?? [];
    throw new SchemaCheckError("UNKNOWN_BASE", `there is no commit "${ref}" here to compare with`, {
      hint: `git fetch ${remote} ${branch === ref ? ref : `+refs/heads/${branch}:refs/remotes/${remote}/${branch}`}`,
    });
  }
  const forkPoint = await git.line("merge-base", commit, "HEAD");
  if (forkPoint === undefined || forkPoint === "") {
    throw new SchemaCheckError("UNKNOWN_BASE", `"${ref}" and the commit that is checked have no common history`, {
      hint: "git fetch --unshallow",
    });
  }
  return { ref, commit, forkPoint };
}

/** The branch that a pull request goes to, or the commit that a push followed, as CI systems say it. */
export function baseOfCi(env: Environment): string | undefined {
  const branch =
    env.GITHUB_BASE_REF ||
    env.CI_MERGE_REQUEST_TARGET_BRANCH_NAME ||
    env.SYSTEM_PULLREQUEST_TARGETBRANCH ||
    env.BITBUCKET_PR_DESTINATION_BRANCH ||
    env.BUILDKITE_PULL_REQUEST_BASE_BRANCH ||
    env.CHANGE_TARGET ||
    env.DRONE_TARGET_BRANCH ||
    env.CI_COMMIT_TARGET_BRANCH;
  if (branch) return `origin/${branch.replace(/^refs\/heads\//, "")}`;
  const before = env.CI_COMMIT_BEFORE_SHA || (env.GITHUB_EVENT_NAME === "push" && pushedFrom(env.GITHUB_EVENT_PATH));
  return before && !/^0+$/.test(before) ? before : undefined;
}

function pushedFrom(eventFile: string | undefined): string | undefined {
  if (eventFile === undefined) return undefined;
  try {
    const { before } = JSON.parse(readFileSync(eventFile, "utf8")) as { readonly before?: unknown };
    return typeof before === "string" ? before : undefined;
  } catch (cause) {
    throw new SchemaCheckError("UNREADABLE", `GITHUB_EVENT_PATH: ${(cause as Error).message}`, { cause });
  }
}

async function defaultBranch(git: Git): Promise<string> {
  const remote = await git.line("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD");
  if (remote) return remote;
  for (const ref of ["origin/main", "origin/master", "main", "master"]) {
    if (await git.line("rev-parse", "--verify", "--quiet", `${ref}^{commit}`)) return ref;
  }
  throw new SchemaCheckError("UNKNOWN_BASE", "no branch to compare with was named, and none is called main or master", {
    hint: "ottla schema check --against <branch>",
  });
}
