import { type PatternNode, parsePattern } from "./pattern-syntax.js";

/** What follows what: a program whose steps all ways through it are followed at once. */
type Step =
  | { readonly kind: "one"; readonly test: (character: string) => boolean; readonly next: number }
  | { readonly kind: "assert"; readonly test: (before: string, after: string) => boolean; readonly next: number }
  | { readonly kind: "split"; readonly next: readonly number[] }
  | { readonly kind: "end" };

// A pattern such as (((a{100}){100}){100}) unrolls into a million steps.
const mostSteps = 10_000;

/** A pattern that is ready to be looked for. */
export interface PatternProgram {
  /** How many steps it has: looking through a text takes that many times its length at most. */
  readonly size: number;
  /** Whether it matches somewhere in a text. */
  matches(text: string): boolean;
}

/**
 * Makes a pattern ready. Looking for it takes time in proportion to pattern times text, whatever the pattern: the engine of
 * JavaScript tries ways one after the other, and some patterns have exponentially many.
 *
 * A pattern with look-around or back-references, or one that is too large, matches nothing.
 */
export function compilePattern(pattern: string): PatternProgram {
  const node = parsePattern(pattern);
  const steps = (node && programOf(node)) ?? [];
  return { size: steps.length, matches: (text) => steps.length > 0 && runs(steps, [...text]) };
}

function programOf(pattern: PatternNode): readonly Step[] | undefined {
  const steps: Step[] = [{ kind: "end" }];
  const add = (step: Step): number => steps.push(step) - 1;
  /** Writes a node in front of what follows it, and says where it begins; -1 when the program grows too large. */
  const before = (node: PatternNode, next: number): number => {
    if (next < 0 || steps.length > mostSteps) return -1;
    switch (node.kind) {
      case "one":
        return add({ kind: "one", test: node.test, next });
      case "assert":
        return add({ kind: "assert", test: node.test, next });
      case "sequence":
        return node.parts.reduceRight((behind, part) => before(part, behind), next);
      case "choice":
        return add({ kind: "split", next: node.options.map((option) => before(option, next)) });
      case "repeat": {
        let start = next;
        if (node.most === Number.POSITIVE_INFINITY) {
          // The way back is known only when the part that it leads to is written.
          const ways: number[] = [next];
          start = add({ kind: "split", next: ways });
          ways.push(before(node.part, start));
        } else {
          for (let more = node.most - node.least; more > 0 && start >= 0; more -= 1) {
            start = add({ kind: "split", next: [next, before(node.part, start)] });
            if (steps.length > mostSteps) return -1;
          }
        }
        for (let more = node.least; more > 0 && start >= 0; more -= 1) {
          const longer = before(node.part, start);
          // What is empty stays so, however often it is repeated.
          if (longer === start) break;
          start = longer;
        }
        return start;
      }
    }
  };
  const start = before(pattern, 0);
  // Where it begins is the last step.
  add({ kind: "split", next: [start] });
  return steps.length > mostSteps || start < 0 ? undefined : steps;
}

function runs(steps: readonly Step[], characters: readonly string[]): boolean {
  let current = new Set<number>();
  for (let at = 0; at <= characters.length; at += 1) {
    // A match may begin anywhere.
    current.add(steps.length - 1);
    const next = new Set<number>();
    // A set goes on to what is added while it is walked.
    for (const index of current) {
      const step = steps[index];
      if (step === undefined) continue;
      if (step.kind === "end") return true;
      const character = characters[at];
      if (step.kind === "split") for (const way of step.next) current.add(way);
      else if (step.kind === "assert") {
        if (step.test(characters[at - 1] ?? "", character ?? "")) current.add(step.next);
      } else if (character !== undefined && step.test(character)) next.add(step.next);
    }
    current = next;
  }
  return false;
}
