/** Kafka's limit: with a partition's number after it, it is the name of a folder. */
export const longestTopicName = 249;

/** What is wrong with a topic's name, in a sentence; `undefined` when nothing is. */
export function topicNameProblem(name: string): string | undefined {
  if (name === "") return "Topic name is invalid: it cannot be empty";
  if (name === "." || name === "..") return `Topic name is invalid: it cannot be "${name}"`;
  if (name.length > longestTopicName)
    return `Topic name is invalid: ${name.length} characters, at most ${longestTopicName}`;
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `Topic name is invalid: "${name}" has characters other than ASCII letters, digits, '.', '_' and '-'`;
  }
  return undefined;
}

/** Names that metrics cannot tell apart (`a.b` and `a_b`) have the same form here. */
export const collisionForm = (name: string): string => name.replaceAll(".", "_");
