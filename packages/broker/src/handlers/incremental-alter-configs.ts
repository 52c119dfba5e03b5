import { apis, type IncrementalAlterConfigsRequest, KafkaProtocolError } from "@ottla/protocol";
import { InvalidConfigError, listWords } from "../config/config-key.js";
import { alterConfigResources, givenValue } from "./alter-config-resources.js";
import { configResourceTypes } from "./config-resource.js";
import type { ConfigChanges, ConfigTarget } from "./config-target.js";
import type { Handler, HandlerEntry } from "./handler.js";

// v1 flexible (KIP-339).

type ResourceRequest = IncrementalAlterConfigsRequest["resources"][number];
type Operation = ResourceRequest["configs"][number];

const set = 0;
const remove = 1;
const append = 2;
const subtract = 3;

const handle: Handler<typeof apis.IncrementalAlterConfigs> = async ({ broker }, request) => ({
  throttleTimeMs: 0,
  responses: await alterConfigResources(broker, request, changesOf),
});

function changesOf({ resourceType, configs }: ResourceRequest, target: ConfigTarget): ConfigChanges {
  const isLogger = resourceType === configResourceTypes.brokerLogger;
  return new Map(
    configs.map((operation) => {
      if (isLogger) checkLoggerOperation(operation);
      return [operation.name, valueAfter(operation, target)];
    }),
  );
}

function valueAfter({ name, configOperation, value }: Operation, target: ConfigTarget): string | null {
  if (configOperation === remove) return null;
  if (configOperation !== set && configOperation !== append && configOperation !== subtract) {
    throw new KafkaProtocolError("UNKNOWN_SERVER_ERROR", `Unknown operation type ${configOperation}`);
  }
  const given = givenValue(name, value);
  if (configOperation === set) return given;
  const verb = configOperation === append ? "APPEND" : "SUBTRACT";
  const key = target.keyOf(name);
  if (key?.type !== "list") throw new InvalidConfigError(`Can't ${verb} to key ${name} because its type is not LIST.`);
  const current = listWords(target.currentOf(name) ?? key.default ?? "");
  const words = given.split(",").map((word) => word.trim());
  return configOperation === append
    ? [...current, ...words.filter((word) => !current.includes(word))].join(",")
    : current.filter((word) => !words.includes(word)).join(",");
}

function checkLoggerOperation({ name, configOperation }: Operation): void {
  if (configOperation === append || configOperation === subtract) {
    throw new KafkaProtocolError("INVALID_REQUEST", "The level of a logger is no list to add to or take from.");
  }
  if (configOperation === remove && name === "root") {
    throw new KafkaProtocolError("INVALID_REQUEST", "Removing the log level of the root logger is not allowed");
  }
}

export const incrementalAlterConfigsEntry: HandlerEntry<typeof apis.IncrementalAlterConfigs> = {
  api: apis.IncrementalAlterConfigs,
  handle,
};
