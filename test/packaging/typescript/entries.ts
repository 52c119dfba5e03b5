// The types of the entries beside the main one, against those of the packages that they are given.
import * as openTelemetryApi from "@opentelemetry/api";
import { Kafka, string, topic } from "@ottla/client";
import { instrument as trace } from "@ottla/client/opentelemetry";
import { instrument as measure } from "@ottla/client/prometheus";
import { type EachMessagePayload, logLevel, Kafka as OldKafka } from "@ottla/kafkajs";
import { ContractStrategy, contractPattern } from "@ottla/kafkajs/nest";
import * as prometheus from "prom-client";

const notes = topic("notes", { key: string(), value: string() });

export function everyEntry(brokers: readonly string[]): readonly unknown[] {
  const stopTracing = trace(openTelemetryApi);
  const metrics = measure(prometheus, { registry: new prometheus.Registry() });
  const kafka = new Kafka({ brokers });
  const strategy = new ContractStrategy({ kafka, consumer: { groupId: "g", topics: [notes] } });
  const old = new OldKafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).consumer({ groupId: "g" });
  const running = old.run({ eachMessage: async ({ message }: EachMessagePayload) => void message.key?.byteLength });
  return [stopTracing, metrics.stop, strategy, contractPattern(() => () => {}), running];
}
