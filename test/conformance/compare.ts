import type { Exchange } from "./conversation.js";

export interface Difference {
  /** `title of the case / label of the exchange`. */
  readonly where: string;
  readonly path: string;
  readonly kafka: unknown;
  readonly ours: unknown;
  readonly sent: string;
}

const identities = [
  "apiKey",
  "name",
  "topic",
  "topicId",
  "partitionIndex",
  "partition",
  "index",
  "groupId",
  "memberId",
  "resourceName",
  "key",
  "transactionalId",
  "brokerId",
  "nodeId",
];

/** Where the answers of two brokers to the same case differ, in the order of the exchanges. */
export function differencesOf(
  title: string,
  kafka: readonly Exchange[],
  ours: readonly Exchange[],
): readonly Difference[] {
  const found: Difference[] = [];
  for (let index = 0; index < Math.max(kafka.length, ours.length); index += 1) {
    const [one, other] = [kafka[index], ours[index]];
    const label = one?.label ?? other?.label ?? "";
    const where = `${title} / ${label}`;
    const sent = other?.sent ?? one?.sent ?? "";
    if (one?.label !== other?.label) {
      found.push({ where, path: "(exchange)", kafka: one ?? "none", ours: other ?? "none", sent });
      break;
    }
    for (const { path, ...sides } of walk(one?.answer, other?.answer, "")) found.push({ where, path, ...sides, sent });
  }
  return found;
}

function* walk(
  kafka: unknown,
  ours: unknown,
  path: string,
): Generator<{ path: string; kafka: unknown; ours: unknown }> {
  if (Array.isArray(kafka) && Array.isArray(ours)) {
    const [one, other] = [byIdentity(kafka), byIdentity(ours)];
    for (const key of new Set([...one.keys(), ...other.keys()]))
      yield* walk(one.get(key), other.get(key), `${path}[${key}]`);
    return;
  }
  if (isRecord(kafka) && isRecord(ours)) {
    for (const name of new Set([...Object.keys(kafka), ...Object.keys(ours)])) {
      yield* walk(kafka[name], ours[name], path === "" ? name : `${path}.${name}`);
    }
    return;
  }
  if (JSON.stringify(kafka) !== JSON.stringify(ours)) yield { path: path === "" ? "(answer)" : path, kafka, ours };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Elements under what names them, so that one that is missing is one difference and does not shift the others. */
function byIdentity(list: readonly unknown[]): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [index, one] of list.entries()) {
    const field = isRecord(one) ? identities.find((name) => name in one) : undefined;
    const name = isRecord(one) && field !== undefined ? String(one[field]) : String(index);
    let key = name;
    for (let copy = 2; found.has(key); copy += 1) key = `${name} again ${copy}`;
    found.set(key, one);
  }
  return found;
}
