import type { Admin } from "../admin/admin.js";
import type { AdminOptions } from "../admin/admin-retry.js";
import type { Topic } from "../contract/topic.js";
import { compareSubjects } from "./compare-subjects.js";
import { compareTopic } from "./compare-topic.js";
import { ContractError, type ContractOutcome } from "./contract-error.js";
import { type AlterConfig, type ContractProblem, type ContractStep, told } from "./contract-problem.js";
import { type ContractRegistry, contractRegistry } from "./contract-registry.js";
import { errorOfStep } from "./contract-steps.js";

export interface ContractOptions extends AdminOptions {
  /** Of topics that are created. Default: the broker's `default.replication.factor`. */
  readonly replicationFactor?: number | undefined;
}

/** What would be done so that a cluster and a registry are as contracts say. */
export interface ContractPlan {
  /** In the order they would be done; none when all is as it should be. */
  readonly steps: readonly ContractStep[];
  /** What no step puts right: fewer partitions, an incompatible schema, a setting that the broker refuses. */
  readonly problems: readonly ContractProblem[];
}

/**
 * Holds contracts against the cluster and the schema registry: topics, partitions, configuration, schemas, levels of compatibility.
 * What a contract does not say is left as it is, and nothing is ever deleted.
 */
export class ContractAdmin {
  readonly #openAdmin: () => Admin;
  readonly #registry: ContractRegistry | undefined;

  /** @internal Made as `kafka.contracts`. */
  constructor(openAdmin: () => Admin, registry: unknown) {
    this.#openAdmin = openAdmin;
    this.#registry = contractRegistry(registry);
  }

  /**
   * Resolves when cluster and registry are as the contracts say: for the start of a service, before its first record.
   *
   * @throws {@link ContractError} `CONTRACT_NOT_MET`, with every problem; RangeError for two contracts of one topic.
   */
  async verify(contracts: readonly Topic[], options: AdminOptions = {}): Promise<void> {
    const problems = await this.#withAdmin((admin) => this.#compare(admin, contracts, options));
    if (problems.length > 0) throw new ContractError("CONTRACT_NOT_MET", problems);
  }

  /** Says what {@link ContractAdmin.apply} would do, and changes nothing. The broker is asked whether it would take each step. */
  plan(contracts: readonly Topic[], options: ContractOptions = {}): Promise<ContractPlan> {
    return this.#withAdmin((admin) => this.#plan(admin, contracts, options));
  }

  /**
   * Makes cluster and registry as the contracts say, and answers what was done: nothing, when called again. What it cannot do is
   * found before anything is changed, but for what only the registry's new level of compatibility shows.
   *
   * @throws {@link ContractError} `CONTRACT_NOT_APPLIED`, with what could not be done and, in `outcomes`, what was.
   */
  apply(contracts: readonly Topic[], options: ContractOptions = {}): Promise<readonly ContractOutcome[]> {
    return this.#withAdmin(async (admin) => {
      const { steps, problems } = await this.#plan(admin, contracts, options);
      if (problems.length > 0) throw new ContractError("CONTRACT_NOT_APPLIED", problems);
      const outcomes: ContractOutcome[] = [];
      for (const step of steps) {
        const error = await errorOfStep(step, admin, this.#registry, options).catch((thrown: unknown) => {
          options.signal?.throwIfAborted();
          return thrown instanceof Error ? thrown : new Error(String(thrown));
        });
        outcomes.push({ step, ...(error && { error }) });
      }
      const refused = outcomes.flatMap(({ step, error }) =>
        error === undefined ? [] : [refusal(contracts, step, error)],
      );
      if (refused.length > 0) throw new ContractError("CONTRACT_NOT_APPLIED", refused, outcomes);
      return outcomes;
    });
  }

  async #withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.#openAdmin();
    try {
      return await work(admin);
    } finally {
      await admin.close();
    }
  }

  async #plan(admin: Admin, contracts: readonly Topic[], options: ContractOptions): Promise<ContractPlan> {
    const found = await this.#compare(admin, contracts, options);
    const problems = found.filter(({ remedy }) => remedy === undefined);
    const steps: ContractStep[] = [];
    for (const step of merged(
      found.flatMap(({ remedy }) => remedy ?? []),
      options,
    )) {
      const error = await errorOfStep(step, admin, undefined, { ...options, validateOnly: true });
      if (error === undefined) steps.push(step);
      else problems.push(refusal(contracts, step, error));
    }
    return { steps, problems };
  }

  async #compare(
    admin: Admin,
    contracts: readonly Topic[],
    options: AdminOptions,
  ): Promise<readonly ContractProblem[]> {
    const byName = new Map(contracts.map((contract) => [contract.name, contract]));
    const twice = contracts.find((contract) => byName.get(contract.name) !== contract);
    if (twice !== undefined) throw new RangeError(`topic ${twice.name} has two contracts`);
    const found = await admin.topics.describe([...byName.keys()], options);
    const problems: ContractProblem[] = [];
    for (const contract of byName.values()) {
      const { name: topic, owner, partitions, config } = contract;
      const whose = { topic, ...(owner !== undefined && { owner }) };
      const metadata = found.find(({ name }) => name === topic);
      if (metadata === undefined || metadata.error?.code === "UNKNOWN_TOPIC_OR_PARTITION") {
        const remedy = { kind: "createTopic", topic, ...(partitions !== undefined && { partitions }), config } as const;
        problems.push(told({ kind: "missingTopic", ...whose, remedy }));
      } else if (metadata.error !== undefined) {
        problems.push(told({ kind: "refused", ...whose, error: metadata.error }));
      } else {
        const names = Object.keys(config);
        const [described] =
          names.length === 0
            ? []
            : await admin.configs.describe([{ type: "topic", name: topic }], { ...options, names });
        if (described?.error === undefined) {
          problems.push(...compareTopic(contract, metadata, described?.entries ?? []));
        } else {
          problems.push(told({ kind: "refused", ...whose, error: described.error }));
        }
      }
      problems.push(...(await compareSubjects(contract, this.#registry, options.signal)));
    }
    return problems;
  }
}

/** Steps as they are done: the settings of a topic in one, since a broker judges them together. */
function merged(steps: readonly ContractStep[], { replicationFactor }: ContractOptions): readonly ContractStep[] {
  const all = new Map<string, ContractStep>();
  for (const step of steps) {
    const place = step.kind === "alterConfig" ? `config ${step.topic}` : `${all.size}`;
    const before = all.get(place) as AlterConfig | undefined;
    if (step.kind === "alterConfig" && before !== undefined) {
      all.set(place, { ...step, set: { ...before.set, ...step.set }, was: { ...before.was, ...step.was } });
    } else if (step.kind === "createTopic" && replicationFactor !== undefined) {
      all.set(place, { ...step, replicationFactor });
    } else {
      all.set(place, step);
    }
  }
  return [...all.values()];
}

function refusal(contracts: readonly Topic[], step: ContractStep, error: Error): ContractProblem {
  const owner = contracts.find(({ name }) => name === step.topic)?.owner;
  return told({ kind: "refused", topic: step.topic, ...(owner !== undefined && { owner }), step, error });
}
