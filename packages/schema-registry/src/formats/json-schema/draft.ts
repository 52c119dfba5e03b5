/** A version of JSON Schema's specification, oldest first. */
const drafts = ["4", "6", "7", "2019-09", "2020-12"] as const;

export type Draft = (typeof drafts)[number];

/** What a schema without `$schema` is written in, as Confluent's registry has it. */
export const defaultDraft: Draft = "7";

const metaschema = /^https?:\/\/json-schema\.org\/(?:draft-0([467])\/|draft\/(2019-09|2020-12)\/)?schema#?$/;

/** The draft that a `$schema` names; `undefined` for an URI that is none of theirs. */
export function draftOf(uri: string): Draft | undefined {
  const match = metaschema.exec(uri);
  // Without a draft in it, the URI is that of the fourth.
  return match === null ? undefined : ((match[1] ?? match[2] ?? "4") as Draft);
}

/** Whether an URI is that of JSON Schema's own schemas, which every registry knows. */
export const isMetaschema = (uri: string): boolean =>
  metaschema.test(uri) || /^https?:\/\/json-schema\.org\/draft\/20(19-09|20-12)\/meta\/[a-z-]+#?$/.test(uri);

export const isAtLeast = (draft: Draft, other: Draft): boolean => drafts.indexOf(draft) >= drafts.indexOf(other);
