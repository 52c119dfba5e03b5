import { parsePattern } from "./parse-pattern.js";
import type { CharacterTest, PatternNode } from "./pattern-node.js";

type Instruction =
  | { readonly kind: "take"; readonly test: CharacterTest }
  | { readonly kind: "split"; readonly to: readonly number[] }
  | { readonly kind: "start" }
  | { readonly kind: "end" }
  | { readonly kind: "done" };

/**
 * A regular expression in the syntax of RE2, which Kafka takes from clients: no look-around and no back-references, so that a
 * match takes time in proportion to the text and no client can make the broker think for ever.
 *
 * @throws {@link InvalidPatternError} for what RE2 would not take, or what would be too large.
 */
export class LinearPattern {
  readonly #program: readonly Instruction[];

  constructor(source: string) {
    this.#program = compile(parsePattern(source));
  }

  /** Whether it matches the whole text. */
  matches(text: string): boolean {
    const program = this.#program;
    const last = [...text];
    let current = this.#closure([0], true, last.length === 0);
    for (const [index, character] of last.entries()) {
      const next: number[] = [];
      for (const at of current) {
        const instruction = program[at];
        if (instruction?.kind === "take" && instruction.test(character)) next.push(at + 1);
      }
      if (next.length === 0) return false;
      current = this.#closure(next, false, index === last.length - 1);
    }
    return [...current].some((at) => program[at]?.kind === "done");
  }

  /** All places that are reached without taking a character. */
  #closure(from: readonly number[], isAtStart: boolean, isAtEnd: boolean): ReadonlySet<number> {
    const reached = new Set<number>();
    const waiting = [...from];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (reached.has(at)) continue;
      reached.add(at);
      const instruction = this.#program[at];
      if (instruction?.kind === "split") waiting.push(...instruction.to);
      else if ((instruction?.kind === "start" && isAtStart) || (instruction?.kind === "end" && isAtEnd))
        waiting.push(at + 1);
    }
    return reached;
  }
}

function compile(root: PatternNode): readonly Instruction[] {
  const program: Instruction[] = [];
  const add = (node: PatternNode): void => {
    switch (node.kind) {
      case "character":
        program.push({ kind: "take", test: node.test });
        break;
      case "start":
      case "end":
        program.push({ kind: node.kind });
        break;
      case "sequence":
        for (const each of node.nodes) add(each);
        break;
      case "choice":
        addChoice(node.nodes);
        break;
      case "repeat":
        for (let count = 0; count < node.min; count += 1) add(node.node);
        if (node.max === undefined) addLoop(node.node);
        else
          for (let count = node.min; count < node.max; count += 1)
            addChoice([node.node, { kind: "sequence", nodes: [] }]);
        break;
    }
  };
  const addChoice = (nodes: readonly PatternNode[]): void => {
    const split = program.length;
    program.push({ kind: "split", to: [] });
    const starts: number[] = [];
    const ends: number[] = [];
    for (const node of nodes) {
      starts.push(program.length);
      add(node);
      ends.push(program.length);
      program.push({ kind: "split", to: [] });
    }
    program[split] = { kind: "split", to: starts };
    for (const end of ends) program[end] = { kind: "split", to: [program.length] };
  };
  const addLoop = (node: PatternNode): void => {
    const split = program.length;
    program.push({ kind: "split", to: [] });
    add(node);
    program.push({ kind: "split", to: [split] });
    program[split] = { kind: "split", to: [split + 1, program.length] };
  };
  add(root);
  program.push({ kind: "done" });
  return program;
}
