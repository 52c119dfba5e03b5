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
  // The round in which a place was last reached, so that no set has to be emptied for each character.
  readonly #reachedIn: Uint32Array;
  #round = 0;

  constructor(source: string) {
    this.#program = compile(parsePattern(source));
    this.#reachedIn = new Uint32Array(this.#program.length);
  }

  /** Places in it: one step of {@link LinearPattern.steps} may look at all. */
  get size(): number {
    return this.#program.length;
  }

  /** Whether it matches the whole text. */
  matches(text: string): boolean {
    const steps = this.steps(text);
    for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
  }

  /** As {@link LinearPattern.matches}, one character at a time, for who has others to serve between. */
  *steps(text: string): Generator<undefined, boolean> {
    const program = this.#program;
    let current = this.#closure([0], true, text === "");
    let at = 0;
    for (const character of text) {
      at += character.length;
      const next: number[] = [];
      for (const place of current) {
        const instruction = program[place];
        if (instruction?.kind === "take" && instruction.test(character)) next.push(place + 1);
      }
      if (next.length === 0) return false;
      current = this.#closure(next, false, at === text.length);
      yield;
    }
    return current.some((place) => program[place]?.kind === "done");
  }

  /** All places that are reached without taking a character, but those that only lead on. */
  #closure(waiting: number[], isAtStart: boolean, isAtEnd: boolean): readonly number[] {
    const reachedIn = this.#reachedIn;
    this.#round = (this.#round + 1) >>> 0;
    if (this.#round === 0) {
      reachedIn.fill(0);
      this.#round = 1;
    }
    const reached: number[] = [];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (reachedIn[at] === this.#round) continue;
      reachedIn[at] = this.#round;
      const instruction = this.#program[at];
      switch (instruction?.kind) {
        case "split":
          for (const to of instruction.to) waiting.push(to);
          break;
        case "start":
          if (isAtStart) waiting.push(at + 1);
          break;
        case "end":
          if (isAtEnd) waiting.push(at + 1);
          break;
        default:
          reached.push(at);
      }
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
