import type { DeclaredSubject, Manifest } from "../manifest/manifest.js";
import { includesLevel, includesPolicy } from "../manifest/strictness.js";
import { adviceFor } from "./advice.js";
import type { Finding } from "./finding.js";

/** The manifests that a change is judged between. */
export interface Manifests {
  readonly base: Manifest;
  /** Where the change began: what it did not touch, it is not blamed for. */
  readonly fork: Manifest;
  readonly head: Manifest;
}

/** Whether two files are one for git, or in content. */
export type IsSameFile = (before: string, now: string) => boolean;

/** What a change does to the rules it is judged by, for a subject that the base has. */
export function policyFindings(
  before: DeclaredSubject,
  { fork, head, base }: Manifests,
  isSameFile: IsSameFile,
): readonly Finding[] {
  const { subject } = before;
  const now = head.subjects.get(subject);
  const began = fork.subjects.get(subject);
  if (now === undefined) return began === undefined ? [] : [gone(before, head, base, isSameFile)];
  const has = (name: keyof DeclaredSubject): boolean => began === undefined || began[name] !== now[name];
  const findings: Finding[] = [];
  if (has("level") && !includesLevel(now.level, before.level)) {
    findings.push(finding("LEVEL_LOWERED", `${before.level} became ${now.level}`));
  }
  if (has("policy") && !includesPolicy(now.policy, before.policy)) {
    findings.push(finding("POLICY_LOWERED", `${before.policy} became ${now.policy}`));
  }
  if (has("file") && !isSameFile(before.file, now.file)) {
    findings.push(finding("SUBJECT_REMAPPED", `its file was ${before.file}, and is ${now.file} now, another one`));
  }
  const removed = before.readers.filter((reader) => !now.readers.some((other) => isSameFile(reader, other)));
  for (const reader of removed.filter((one) => began?.readers.includes(one))) {
    findings.push(finding("READER_REMOVED", `${reader} is no longer among its readers`));
  }
  return findings;
}

function gone(before: DeclaredSubject, head: Manifest, base: Manifest, isSameFile: IsSameFile): Finding {
  const renamed = [...head.subjects.values()].find(
    ({ subject, file }) => !base.subjects.has(subject) && isSameFile(before.file, file),
  );
  if (renamed !== undefined) return finding("SUBJECT_RENAMED", `it is called ${renamed.subject} now`);
  return finding("SUBJECT_DELETED", `it is no longer in the manifest (its file was ${before.file})`);
}

const finding = (type: string, message: string): Finding => ({
  type,
  path: "/",
  message,
  advice: adviceFor(type),
  against: [],
});
