import type { SerdePlace, SubjectNames } from "@ottla/client";

/** Names the subject that a schema belongs to. `recordName` is the full name of the schema's own type, if it has one. */
export type SubjectStrategy = (context: {
  readonly topic: string;
  readonly part: "key" | "value" | "header";
  readonly recordName: string | undefined;
}) => string;

/**
 * The subject of a schema: by what its serde was told, else by what the contract says, else by the topic's name.
 *
 * @throws TypeError when it is to be named after a record and the schema is none.
 */
export function subjectOf(
  told: SubjectStrategy | SubjectNames | undefined,
  { topic, part, subjects }: SerdePlace,
  recordName: string | undefined,
): string {
  if (typeof told === "function") return told({ topic, part, recordName });
  const names = told ?? subjects ?? "topicName";
  if (names === "topicName") return `${topic}-${part}`;
  if (recordName === undefined) {
    throw new TypeError(
      `topic ${topic}, ${part}: its subject is to be named after its record, and the schema has no name`,
    );
  }
  return names === "recordName" ? recordName : `${topic}-${recordName}`;
}
