import type { Compatibility, TopicConfig } from "../contract/topic.js";
import type { SubjectSchema } from "../serde/serde.js";

/** One thing to do so that a cluster or a registry is as a contract says. */
export type ContractStep = CreateTopic | AddPartitions | AlterConfig | SetCompatibility | RegisterSchema;

export interface CreateTopic {
  readonly kind: "createTopic";
  readonly topic: string;
  /** The broker's default when absent. */
  readonly partitions?: number;
  /** The broker's default when absent. */
  readonly replicationFactor?: number;
  readonly config: TopicConfig;
}

/** Keys written from then on may go elsewhere than before. */
export interface AddPartitions {
  readonly kind: "addPartitions";
  readonly topic: string;
  readonly from: number;
  readonly to: number;
}

export interface AlterConfig {
  readonly kind: "alterConfig";
  readonly topic: string;
  readonly set: { readonly [name: string]: string };
  /** The values before, null where there is none. */
  readonly was: { readonly [name: string]: string | null };
}

export interface SetCompatibility {
  readonly kind: "setCompatibility";
  readonly topic: string;
  readonly subject: string;
  readonly level: Compatibility;
  readonly was: string;
}

export interface RegisterSchema {
  readonly kind: "registerSchema";
  readonly topic: string;
  readonly subject: string;
  readonly schema: SubjectSchema;
}

/** One way in which a cluster or a registry is not as a contract says. */
export type ContractProblem = { readonly message: string; readonly topic: string; readonly owner?: string } & (
  | { readonly kind: "missingTopic"; readonly remedy: CreateTopic }
  /** More are expected: they can be added; fewer: partitions are never taken away. */
  | { readonly kind: "partitions"; readonly expected: number; readonly actual: number; readonly remedy?: AddPartitions }
  | {
      readonly kind: "config";
      readonly name: string;
      readonly expected: string;
      readonly actual: string | null;
      readonly remedy: AlterConfig;
    }
  | {
      readonly kind: "compatibility";
      readonly subject: string;
      readonly expected: Compatibility;
      readonly actual: string;
      readonly remedy: SetCompatibility;
    }
  | { readonly kind: "missingSchema"; readonly subject: string; readonly remedy: RegisterSchema }
  /** `reasons` in the registry's words. */
  | {
      readonly kind: "incompatibleSchema";
      readonly subject: string;
      readonly reasons: readonly string[];
      readonly remedy?: undefined;
    }
  /** The contract has schemas, and the client no registry. */
  | { readonly kind: "missingRegistry"; readonly remedy?: undefined }
  /** The cluster or the registry refuses to look, or to do a step. */
  | { readonly kind: "refused"; readonly error: Error; readonly step?: ContractStep; readonly remedy?: undefined }
);

type Told<P> = P extends unknown ? Omit<P, "message"> : never;

/** A problem with what to say of it. */
export function told(problem: Told<ContractProblem>): ContractProblem {
  const { topic, owner } = problem;
  const who = owner === undefined ? `topic ${topic}` : `topic ${topic} (owner ${owner})`;
  return { ...problem, message: `${who}: ${textOf(problem)}` } as ContractProblem;
}

function textOf(problem: Told<ContractProblem>): string {
  switch (problem.kind) {
    case "missingTopic":
      return "it does not exist";
    case "partitions": {
      const { expected, actual, remedy } = problem;
      return `it has ${actual} partitions, the contract says ${expected}${remedy ? "" : "; partitions are never taken away"}`;
    }
    case "config":
      return `${problem.name} is ${problem.actual ?? "not set"}, the contract says ${problem.expected}`;
    case "compatibility":
      return `subject ${problem.subject} has the compatibility ${problem.actual}, the contract says ${problem.expected}`;
    case "missingSchema":
      return `its schema is not registered in subject ${problem.subject}`;
    case "incompatibleSchema":
      return [`its schema is incompatible with subject ${problem.subject}`, ...problem.reasons].join("\n    ");
    case "missingRegistry":
      return "it has schemas, and no schema registry was given, as in new Kafka({ registry: new SchemaRegistry(url) })";
    case "refused":
      return problem.step === undefined ? problem.error.message : `${stepText(problem.step)}: ${problem.error.message}`;
  }
}

/** A step in words, without the topic. */
export function stepText(step: ContractStep): string {
  switch (step.kind) {
    case "createTopic":
      return step.partitions === undefined ? "create" : `create with ${step.partitions} partitions`;
    case "addPartitions":
      return `add partitions, from ${step.from} to ${step.to}`;
    case "alterConfig": {
      const changes = Object.entries(step.set).map(
        ([name, value]) => `${name} ${step.was[name] ?? "not set"} → ${value}`,
      );
      return `alter config: ${changes.join(", ")}`;
    }
    case "setCompatibility":
      return `set compatibility of subject ${step.subject}: ${step.was} → ${step.level}`;
    case "registerSchema":
      return `register schema in subject ${step.subject}`;
  }
}
