import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Outcomes } from "./run-corpus.js";
import type { Served } from "./served.js";

const file = fileURLToPath(new URL("recorded.jsonl", import.meta.url));

/** In front of the names of a recorded run. */
export const recordedRun = "recorded";

/** What Apache Kafka answered, in normal form, and which versions the corpus was made for. */
export interface Recording {
  readonly served: Served;
  readonly outcomes: Outcomes;
}

// A line each: the versions, the different answers, then a case per line, whose answers are numbers of those above.
export function writeRecording({ served, outcomes }: Recording): void {
  const numbers = new Map<string, number>();
  const numberOf = (answer: unknown): number => {
    const text = JSON.stringify(answer ?? null);
    const known = numbers.get(text) ?? numbers.size;
    numbers.set(text, known);
    return known;
  };
  const cases = Array.from(outcomes, ([title, exchanges]) =>
    JSON.stringify([title, exchanges.map(({ label, answer }) => [label, numberOf(answer)])]),
  );
  const head = [JSON.stringify(served), `[${[...numbers.keys()].join(",\n")}]`.replaceAll("\n", "")];
  writeFileSync(file, `${[...head, ...cases].join("\n")}\n`);
}

/** What {@link writeRecording} wrote last. */
export function readRecording(): Recording {
  const [served = "{}", answers = "[]", ...cases] = readFileSync(file, "utf8").trim().split("\n");
  const known = JSON.parse(answers) as readonly unknown[];
  const outcomes = cases.map((line) => {
    const [title, exchanges] = JSON.parse(line) as [string, readonly (readonly [string, number])[]];
    return [title, exchanges.map(([label, answer]) => ({ label, answer: known[answer], sent: "" }))] as const;
  });
  return { served: JSON.parse(served) as Served, outcomes: new Map(outcomes) };
}
