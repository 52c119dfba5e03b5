import { InvalidSchemaError } from "../invalid-schema-error.js";
import type { CompatibilityPolicy } from "../schema-format.js";
import { effectOf, isIncompatible, type JsonSchemaDifferenceType } from "./json-schema-difference.js";
import type { JsonSchemaType } from "./json-schema-type.js";
import { compilePattern, type PatternProgram } from "./pattern-matcher.js";

/** A difference of two schemas, its path relative to them. */
export interface LocalDifference {
  readonly type: JsonSchemaDifferenceType;
  readonly path: string;
  readonly message: string;
}

/** What is known of a writer's and a reader's schema: compatible until something says otherwise. */
export interface Pair {
  readonly isCompatible: boolean;
  /** Differences of the two themselves. */
  readonly differences: readonly LocalDifference[];
  /** Parts of them whose differences are theirs too, with the way to them. */
  readonly parts: readonly { readonly path: string; readonly pair: Pair }[];
}

/** Collects what one pair comes to. Paths are steps with a slash between them, `""` for the pair itself. */
export interface Findings {
  add(type: JsonSchemaDifferenceType, path: string, message: string): void;
  /** What is known of another pair. A later change of mind about it has the present pair looked at again. */
  ask(writer: JsonSchemaType, reader: JsonSchemaType): Pair;
  /** Whether a pattern matches somewhere in a name. */
  matches(pattern: string, name: string): boolean;
  /** Counts another pair's differences as differences of this one. */
  include(path: string, pair: Pair): void;
}

/** Compares two schemas that are not references, as far as they are not pairs of their own. */
export type ComparePair = (found: Findings, writer: JsonSchemaType, reader: JsonSchemaType) => void;

// What comparing may cost: some seconds, in units of asking for a pair that is known. Unions of a thousand members are within
// it, and far from any real schema.
const mostWork = 20_000_000;
const workPerPair = 10;
/** Steps of patterns through names for a unit. */
const stepsPerUnit = 2;

/**
 * Compares two schemas and all that they consist of: every pair of parts once, however many ways lead to it, and again only
 * when a pair that was taken for compatible turns out not to be. That ends recursion, and gives the same verdicts as taking
 * all for compatible and repeating the whole until nothing changes.
 *
 * @throws {@link InvalidSchemaError} when the unions in them are too large to compare each member with each.
 */
export class PairComparison {
  readonly #compare: ComparePair;
  readonly #policy: CompatibilityPolicy;
  readonly #pairs = new Map<JsonSchemaType, Map<JsonSchemaType, OpenPair>>();
  readonly #fresh: OpenPair[] = [];
  readonly #doubtful = new Set<OpenPair>();
  readonly #patterns = new Map<string, PatternProgram>();
  #done = 0;

  constructor(compare: ComparePair, policy: CompatibilityPolicy) {
    this.#compare = compare;
    this.#policy = policy;
  }

  between(writer: JsonSchemaType, reader: JsonSchemaType): Pair {
    const root = this.#pair(writer, reader);
    for (;;) {
      // New ones first, so that a pair that is looked at again finds its parts settled.
      const next = this.#fresh.pop() ?? this.#oldestDoubt();
      if (next === undefined) return root;
      this.#evaluate(next);
    }
  }

  #oldestDoubt(): OpenPair | undefined {
    const [oldest] = this.#doubtful;
    if (oldest !== undefined) this.#doubtful.delete(oldest);
    return oldest;
  }

  #pair(writer: JsonSchemaType, reader: JsonSchemaType): OpenPair {
    const [from, to] = [targetOf(writer), targetOf(reader)];
    const byReader = this.#pairs.get(from) ?? new Map<JsonSchemaType, OpenPair>();
    this.#pairs.set(from, byReader);
    let pair = byReader.get(to);
    if (pair === undefined) {
      this.#work(workPerPair);
      pair = new OpenPair(from, to);
      byReader.set(to, pair);
      this.#fresh.push(pair);
    }
    return pair;
  }

  #evaluate(pair: OpenPair): void {
    const differences: LocalDifference[] = [];
    const parts: { readonly path: string; readonly pair: Pair }[] = [];
    this.#compare(
      {
        add: (type, path, message) => differences.push({ type, path, message }),
        ask: (writer, reader) => this.#ask(pair, writer, reader),
        matches: (pattern, name) => this.#matches(pattern, name),
        include: (path, part) => parts.push({ path, pair: part }),
      },
      pair.writer,
      pair.reader,
    );
    pair.differences = differences;
    pair.parts = parts;
    const isCompatible =
      parts.every((part) => part.pair.isCompatible) &&
      !differences.some(({ type }) => isIncompatible(effectOf(type), this.#policy));
    if (isCompatible || !pair.isCompatible) return;
    pair.isCompatible = false;
    for (const other of pair.askedBy) this.#doubtful.add(other);
  }

  #ask(by: OpenPair, writer: JsonSchemaType, reader: JsonSchemaType): Pair {
    this.#work(1);
    const pair = this.#pair(writer, reader);
    // Who has seen it incompatible once need not hear of it again.
    if (pair.isCompatible) pair.askedBy.add(by);
    return pair;
  }

  #matches(pattern: string, name: string): boolean {
    const program = this.#patterns.get(pattern) ?? compilePattern(pattern);
    this.#patterns.set(pattern, program);
    this.#work(1 + (program.size * name.length) / stepsPerUnit);
    return program.matches(name);
  }

  #work(units: number): void {
    this.#done += units;
    if (this.#done > mostWork) throw new InvalidSchemaError("too many pairs of subschemas to compare", "");
  }
}

class OpenPair implements Pair {
  readonly writer: JsonSchemaType;
  readonly reader: JsonSchemaType;
  readonly askedBy = new Set<OpenPair>();
  isCompatible = true;
  differences: Pair["differences"] = [];
  parts: Pair["parts"] = [];

  constructor(writer: JsonSchemaType, reader: JsonSchemaType) {
    this.writer = writer;
    this.reader = reader;
  }
}

const targetOf = (type: JsonSchemaType): JsonSchemaType => (type.kind === "reference" ? type.target : type);
