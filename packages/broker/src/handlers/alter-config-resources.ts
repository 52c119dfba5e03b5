import { type IncrementalAlterConfigsResponseInput, KafkaProtocolError } from "@ottla/protocol";
import type { BrokerServices } from "../broker-services.js";
import { type ConfigChanges, type ConfigTarget, configTarget } from "./config-target.js";
import { errorFields, errorOf, noError } from "./error-code.js";
import { repeatedIn } from "./repeated.js";

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly { readonly name: string }[];
}

/** Alters each resource, all of its changes or none; one that fails does not keep the others. */
export function alterConfigResources<R extends Resource>(
  broker: BrokerServices,
  { resources, validateOnly }: { readonly resources: readonly R[]; readonly validateOnly: boolean },
  changesOf: (resource: R, target: ConfigTarget) => ConfigChanges,
): Promise<IncrementalAlterConfigsResponseInput["responses"]> {
  const keyOf = ({ resourceType, resourceName }: Resource) => `${resourceType} ${resourceName}`;
  const repeated = repeatedIn(resources.map(keyOf));
  const alter = async (resource: R) => {
    const twice = repeatedIn(resource.configs.map(({ name }) => name));
    if (twice.size > 0) {
      throw new KafkaProtocolError("INVALID_REQUEST", `Error due to duplicate config keys: ${[...twice].join(", ")}`);
    }
    const target = configTarget(broker, resource);
    const changes = changesOf(resource, target);
    target.check(changes);
    if (!validateOnly && changes.size > 0) await target.apply(changes);
  };
  return Promise.all(
    resources.map(async (resource) => {
      const { resourceType, resourceName } = resource;
      const answer = { resourceType, resourceName };
      if (repeated.has(keyOf(resource))) {
        return { ...answer, ...errorFields("INVALID_REQUEST", "Each resource must appear at most once.") };
      }
      try {
        await alter(resource);
        return { ...answer, ...noError };
      } catch (failure) {
        return { ...answer, ...errorOf(failure) };
      }
    }),
  );
}

/** @throws {@link KafkaProtocolError} for a null: only taking away has no value. */
export function givenValue(name: string, value: string | null): string {
  if (value === null) throw new KafkaProtocolError("INVALID_REQUEST", `Null value not supported for : ${name}`);
  return value;
}
