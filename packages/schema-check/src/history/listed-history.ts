import type { Past } from "./git-history.js";
import type { SubjectVersion } from "./subject-version.js";

/** Subjects with versions that are known one by one: from a folder, from a registry. There is no manifest beside them. */
export const listedPast = (against: string, versions: ReadonlyMap<string, readonly SubjectVersion[]>): Past => ({
  base: undefined,
  fork: undefined,
  history: { against, versions: (subject) => versions.get(subject) ?? [] },
  isUnchanged: () => false,
  isSameFile: (earlier, now) => earlier === now,
});
