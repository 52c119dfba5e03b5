import type { Admin } from "../admin/admin.js";
import type { AdminOptions } from "../admin/admin-retry.js";
import type { ContractStep } from "./contract-problem.js";
import { bareSchema, type ContractRegistry } from "./contract-registry.js";

interface StepOptions extends AdminOptions {
  /** The broker only says whether it would do it; registries have no such question, and are not asked. */
  readonly validateOnly?: boolean;
}

/**
 * Does a step, and answers why the broker did not; what somebody else has just done is done.
 *
 * @throws what the registry says, and what is said when nothing answers
 */
export async function errorOfStep(
  step: ContractStep,
  admin: Admin,
  registry: ContractRegistry | undefined,
  options: StepOptions,
): Promise<Error | undefined> {
  const { topic } = step;
  switch (step.kind) {
    case "createTopic": {
      const { partitions, replicationFactor, config } = step;
      const [outcome] = await admin.topics.create([{ name: topic, partitions, replicationFactor, config }], options);
      return outcome?.error?.code === "TOPIC_ALREADY_EXISTS" ? undefined : outcome?.error;
    }
    case "addPartitions": {
      const [outcome] = await admin.topics.createPartitions([{ topic, count: step.to }], options);
      return outcome?.error;
    }
    case "alterConfig": {
      const [outcome] = await admin.configs.alter([{ type: "topic", name: topic, set: step.set }], options);
      return outcome?.error;
    }
    case "setCompatibility":
      await registry?.setCompatibility(step.level, step.subject, options.signal);
      return undefined;
    case "registerSchema":
      await registry?.register(step.subject, bareSchema(step.schema), options.signal);
      return undefined;
  }
}
