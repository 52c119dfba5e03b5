import type { SchemaText } from "@ottla/schema-registry/compatibility";
import { referencesOf } from "../history/effective-versions.js";
import type { SubjectHistory } from "../history/subject-version.js";
import { type DeclaredSubject, emptyManifest, type Manifest } from "../manifest/manifest.js";
import { includesLevel, includesPolicy } from "../manifest/strictness.js";
import { adviceFor } from "./advice.js";
import type { CheckReport, Finding, SubjectReport } from "./finding.js";
import { judgeReader, judgeText, judgeVersions, type Strictness } from "./judge-subject.js";
import { type IsSameFile, type Manifests, policyFindings } from "./policy-findings.js";
import { type Waivers, waived } from "./waived.js";

/** Everything that a verdict depends on. */
export interface Check {
  readonly head: Manifest;
  /** The manifest of what is compared with; `undefined` where there is none, or it had none. */
  readonly base: Manifest | undefined;
  /** The manifest where the change began. */
  readonly fork: Manifest | undefined;
  readonly history: SubjectHistory;
  /** A file as it lies there; `undefined` where it does not. */
  readonly textOf: (file: string) => string | undefined;
  /** Whether a subject's schema, and all that it uses, is as where the change began. */
  readonly isUnchanged: (subject: DeclaredSubject) => boolean;
  readonly isSameFile: IsSameFile;
  /** What a contract says the schema of a subject is. */
  readonly contractText: ((contract: string, subject: string) => string | undefined) | undefined;
  /** The day it is: `2026-01-31`. */
  readonly today: string;
}

/** Judges all subjects of a manifest. A pure function of what was read. */
export function checkSchemas(check: Check): CheckReport {
  const { head, base, fork = base, history, today } = check;
  const waivers: Waivers = {
    inForce: base === undefined ? head.waivers : base.waivers,
    asked: head.waivers,
    base: history.against,
    today,
  };
  const manifests: Manifests = { base: base ?? emptyManifest, fork: fork ?? emptyManifest, head };
  const gone = [...manifests.base.subjects.values()].filter(({ subject }) => !head.subjects.has(subject));
  const subjects = [
    ...[...head.subjects.values()].map((subject) => judged(subject, check, manifests, waivers)),
    ...gone.flatMap((subject) => deleted(subject, check, manifests, waivers)),
  ];
  const isCompatible = subjects.every(({ verdict }) => verdict !== "incompatible");
  return { against: history.against, subjects, isCompatible };
}

function judged(subject: DeclaredSubject, check: Check, manifests: Manifests, waivers: Waivers): SubjectReport {
  const before = manifests.base.subjects.get(subject.subject);
  const policy = before === undefined ? [] : policyFindings(before, manifests, check.isSameFile);
  const rules = policy.map((one) => waived(subject.subject, one, waivers));
  const strictness = inForce(subject, before, manifests, rules);
  const versions = check.history.versions(subject.subject);
  const isUnchanged = versions.length > 0 && check.isUnchanged(subject);
  const found = isUnchanged ? [] : schemaFindings(subject, before, strictness, check);
  const findings = [...rules, ...found.map((one) => waived(subject.subject, one, waivers))];
  const isWaived = findings.every(({ waiver }) => waiver !== undefined);
  const quiet = isUnchanged ? "unchanged" : versions.length === 0 ? "new" : "compatible";
  return {
    subject: subject.subject,
    file: subject.file,
    level: strictness.level,
    policy: strictness.policy,
    owner: subject.owner,
    verdict: isWaived ? quiet : "incompatible",
    versions: versions.length,
    findings,
  };
}

function deleted(
  before: DeclaredSubject,
  check: Check,
  manifests: Manifests,
  waivers: Waivers,
): readonly SubjectReport[] {
  const { subject, file, level, policy, owner } = before;
  const findings = policyFindings(before, manifests, check.isSameFile).map((one) => waived(subject, one, waivers));
  if (findings.length === 0) return [];
  const verdict = findings.every(({ waiver }) => waiver !== undefined) ? "compatible" : "incompatible";
  const versions = check.history.versions(subject).length;
  return [{ subject, file, level, policy, owner, verdict, versions, findings }];
}

/** The rules to judge by: the base's, where the change would lower them, and the change's own where it raises them. */
function inForce(
  now: DeclaredSubject,
  before: DeclaredSubject | undefined,
  { fork }: Manifests,
  rules: readonly Finding[],
): Strictness {
  const { format } = now;
  if (before === undefined) return { format, level: now.level, policy: now.policy };
  const began = fork.subjects.get(now.subject);
  const mayLower = (type: string) => rules.some((rule) => rule.type === type && rule.waiver !== undefined);
  const isOwnLevel =
    began?.level !== now.level && (includesLevel(now.level, before.level) || mayLower("LEVEL_LOWERED"));
  const isOwnPolicy =
    began?.policy !== now.policy && (includesPolicy(now.policy, before.policy) || mayLower("POLICY_LOWERED"));
  return { format, level: isOwnLevel ? now.level : before.level, policy: isOwnPolicy ? now.policy : before.policy };
}

function schemaFindings(
  subject: DeclaredSubject,
  before: DeclaredSubject | undefined,
  strictness: Strictness,
  check: Check,
): readonly Finding[] {
  const schema = check.textOf(subject.file);
  if (schema === undefined) return [missing(subject.file)];
  const references = referencesOf(check.head, subject, check.textOf);
  if (references === undefined) {
    const used = Object.values(subject.references).find((name) => {
      const declared = check.head.subjects.get(name);
      return declared === undefined || check.textOf(declared.file) === undefined;
    });
    return [missing(check.head.subjects.get(used ?? "")?.file ?? "a file that it refers to")];
  }
  const text: SchemaText = { schema, references };
  const invalid = judgeText(text, subject.format);
  if (invalid.length > 0) return invalid;
  const versions = check.history.versions(subject.subject);
  return [
    ...judgeVersions(text, versions, strictness, before?.format ?? subject.format),
    ...readerFindings(subject, text, check),
    ...contractFindings(subject, text, check),
  ];
}

function readerFindings(subject: DeclaredSubject, text: SchemaText, { textOf }: Check): readonly Finding[] {
  return subject.readers.flatMap((reader) => {
    const read = textOf(reader);
    if (read === undefined) return [missing(reader)];
    return readersIn(reader, read, subject.subject).flatMap(([name, schema]) => {
      const readerText = { schema, references: text.references };
      const invalid = judgeText(readerText, subject.format);
      if (invalid.length > 0) return invalid.map((one) => ({ ...one, message: `${name}: ${one.message}` }));
      return judgeReader(name, readerText, text, subject.format);
    });
  });
}

/** A file with a schema, or a lock file: `{"<consumer>": {"<subject>": "<schema>"}}`. */
function readersIn(file: string, text: string, subject: string): readonly (readonly [string, string])[] {
  if (!file.endsWith(".lock.json")) return [[file, text]];
  const consumers = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  return Object.entries(consumers).flatMap(([consumer, subjects]) => {
    const schema = subjects[subject];
    if (schema === undefined) return [];
    return [[consumer, typeof schema === "string" ? schema : JSON.stringify(schema)] as const];
  });
}

function contractFindings(subject: DeclaredSubject, text: SchemaText, { contractText }: Check): readonly Finding[] {
  if (subject.contract === undefined || contractText === undefined) return [];
  const said = contractText(subject.contract, subject.subject);
  if (said === undefined || isSameJson(said, text.schema)) return [];
  const message = `${subject.contract} says another schema than ${subject.file}`;
  return [{ type: "CONTRACT_DRIFT", path: "/", message, advice: adviceFor("CONTRACT_DRIFT"), against: [] }];
}

function isSameJson(one: string, other: string): boolean {
  try {
    return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
  } catch {
    return one.trim() === other.trim();
  }
}

const missing = (file: string): Finding => ({
  type: "SCHEMA_FILE_MISSING",
  path: "/",
  message: `${file} is not there`,
  against: [],
});
