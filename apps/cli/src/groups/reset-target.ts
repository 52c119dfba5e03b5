import type { ResetTarget } from "@ottla/client";
import { CommandError } from "../command-error.js";
import { exitCodes } from "../exit-codes.js";

/** Where to, as the words of the call say it; one of them is given. */
export interface TargetOptions {
  readonly toEarliest?: true;
  readonly toLatest?: true;
  readonly toTime?: string;
  readonly shift?: string;
  readonly toOffset?: string;
  readonly toGroup?: string;
}

/** Which partitions, as `--topic` says it. */
export type NamedTopic = string | { readonly topic: string; readonly partition: number };

const hint = "One of --to-earliest, --to-latest, --to-time, --shift, --to-offset and --to-group says where to.";
const wrong = (message: string): CommandError => new CommandError(message, { hint, exitCode: exitCodes.usage });

/** @throws CommandError when not exactly one is given, or its value is none */
export function resetTarget(options: TargetOptions): ResetTarget {
  const { toEarliest, toLatest, toTime, shift, toOffset, toGroup } = options;
  const given = [toEarliest, toLatest, toTime, shift, toOffset, toGroup].filter((each) => each !== undefined);
  if (given.length !== 1) throw wrong(given.length === 0 ? "where to is not said" : "where to is said more than once");
  if (toEarliest) return "earliest";
  if (toLatest) return "latest";
  if (toGroup !== undefined) return { committedBy: toGroup };
  if (shift !== undefined) {
    if (!/^[+-]?\d+$/.test(shift)) throw wrong(`--shift: "${shift}" is not a whole number`);
    return { shift: Number(shift) };
  }
  if (toOffset !== undefined) {
    if (!/^\d+$/.test(toOffset)) throw wrong(`--to-offset: "${toOffset}" is not an offset`);
    return { offset: BigInt(toOffset) };
  }
  const timestamp = /^\d+$/.test(toTime ?? "") ? Number(toTime) : Date.parse(toTime ?? "");
  if (Number.isNaN(timestamp)) throw wrong(`--to-time: "${toTime}" is not a time, as 2026-11-20T08:00:00Z is`);
  return { timestamp };
}

/** `orders` is a topic, `orders:0,2` are two partitions of it. @throws CommandError */
export function namedTopics(words: readonly string[]): readonly NamedTopic[] | undefined {
  if (words.length === 0) return undefined;
  return words.flatMap((word): readonly NamedTopic[] => {
    const [topic = "", numbers] = word.split(":");
    if (numbers === undefined) return [topic];
    return numbers.split(",").map((number) => {
      if (!/^\d+$/.test(number)) throw wrong(`--topic: "${number}" of "${word}" is not a partition`);
      return { topic, partition: Number(number) };
    });
  });
}
