import { effectOf, type JsonSchemaDifference } from "./json-schema-difference.js";
import type { Pair } from "./pair-comparison.js";

/** Where a pair was met: the way there, one step after the other from the inside. */
interface Meeting {
  readonly pair: Pair;
  readonly path: string;
  readonly depth: number;
  readonly from: Meeting | undefined;
}

// Schemas that share parts have exponentially many ways to them, and recursive ones infinitely many. Each pair is told of where
// it is met first, and a number of times again.
const mostRepetitions = 1_000;
const mostDifferences = 10_000;
const longestWay = 200;

/** The differences of a pair and of all its parts, each with its path from the top; the incompatible ones first. */
export function listDifferences(root: Pair): readonly JsonSchemaDifference[] {
  const speaking = pairsWithDifferences(root);
  const met = new Set<Pair>([root]);
  const first: Meeting[] = [{ pair: root, path: "", depth: 0, from: undefined }];
  const again: Meeting[] = [];
  const differences = new Map<string, JsonSchemaDifference>();
  const tell = (meeting: Meeting): void => {
    for (const { type, path, message } of meeting.pair.differences) {
      const place = `#/${joined(meeting.path, path)}`;
      differences.set(`${type} ${place}`, { type, path: place, message, effect: effectOf(type) });
    }
    for (const { path, pair } of meeting.pair.parts) {
      if (!speaking.has(pair)) continue;
      // A way of thousands of steps helps nobody to find the place, and there may be thousands of such.
      const isNear = meeting.depth < longestWay;
      const way = isNear ? joined(meeting.path, path) : meeting.path;
      const next = { pair, path: way, depth: meeting.depth + 1, from: meeting };
      if (!met.has(pair)) first.push(next);
      else if (isNear && again.length < mostRepetitions && !isInside(meeting, pair)) again.push(next);
      met.add(pair);
    }
  };
  for (const meeting of first) tell(meeting);
  for (const meeting of again) tell(meeting);
  const isBad = ({ effect }: JsonSchemaDifference) => effect !== "compatible";
  const all = [...differences.values()];
  return [...all.filter(isBad), ...all.filter((one) => !isBad(one))].slice(0, mostDifferences);
}

const joined = (way: string, step: string): string => (way === "" || step === "" ? way + step : `${way}/${step}`);

function isInside(meeting: Meeting, pair: Pair): boolean {
  for (let outer: Meeting | undefined = meeting; outer !== undefined; outer = outer.from) {
    if (outer.pair === pair) return true;
  }
  return false;
}

/** Pairs that have differences, or parts that have. */
function pairsWithDifferences(root: Pair): ReadonlySet<Pair> {
  const wholes = new Map<Pair, Pair[]>([[root, []]]);
  // A map goes on to what is added while it is walked.
  for (const whole of wholes.keys()) {
    for (const { pair } of whole.parts) {
      const known = wholes.get(pair);
      if (known === undefined) wholes.set(pair, [whole]);
      else known.push(whole);
    }
  }
  const speaking = new Set([...wholes.keys()].filter(({ differences }) => differences.length > 0));
  for (const pair of speaking) for (const whole of wholes.get(pair) ?? []) speaking.add(whole);
  return speaking;
}
