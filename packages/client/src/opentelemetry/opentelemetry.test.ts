import * as api from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RecordHeader } from "../contract/raw-record.js";
import type { ReceivedRecord } from "../contract/record.js";
import { channels, type HandlerWork, traced } from "../telemetry/channels.js";
import { tracedSend, withRawHeaders } from "../telemetry/traced-send.js";
import { instrument } from "./index.js";

const exporter = new InMemorySpanExporter();
const clock = { now: () => 0, monotonic: () => 0 };
let stop: () => void;

beforeAll(() => {
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  api.propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  stop = instrument(api);
});
afterEach(() => exporter.reset());
afterAll(() => {
  stop();
  api.trace.disable();
  api.context.disable();
  api.propagation.disable();
});

const received = (rawHeaders: readonly RecordHeader[]): ReceivedRecord => ({
  topic: "orders",
  partition: 2,
  offset: 7n,
  timestamp: 0,
  leaderEpoch: 0,
  key: "k",
  value: "v",
  headers: {},
  rawKey: Buffer.from("k"),
  rawValue: Buffer.from("v"),
  rawHeaders,
});

describe("OpenTelemetry", () => {
  it("carries a sending's context to the handler, which runs within it", async () => {
    let headers: readonly RecordHeader[] = [];
    const record: { readonly value: string; readonly rawHeaders?: readonly RecordHeader[] } = { value: "v" };
    await tracedSend(clock, "orders", [record], withRawHeaders, async ([sent]) => {
      headers = sent?.rawHeaders ?? [];
      return { topic: "orders", partition: 2, offset: 7n };
    });
    const work: HandlerWork = { record: received(headers), groupId: "billing" };
    let active: api.SpanContext | undefined;
    const handler = async () => {
      await Promise.resolve();
      active = api.trace.getActiveSpan()?.spanContext();
    };
    await traced(channels.handler, clock, work, () => work.around?.(handler) ?? handler());
    const [send, process] = exporter.getFinishedSpans();
    expect(send).toMatchObject({ name: "send orders", kind: api.SpanKind.PRODUCER });
    expect(send?.attributes).toEqual({
      "messaging.system": "kafka",
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.destination.name": "orders",
      "messaging.destination.partition.id": "2",
      "messaging.kafka.offset": 7,
    });
    expect(process).toMatchObject({ name: "process orders", kind: api.SpanKind.CONSUMER });
    expect(process?.attributes).toMatchObject({
      "messaging.operation.type": "process",
      "messaging.consumer.group.name": "billing",
      "messaging.destination.partition.id": "2",
    });
    expect(process?.parentSpanContext?.spanId).toBe(send?.spanContext().spanId);
    expect(active?.spanId).toBe(process?.spanContext().spanId);
  });

  it("tells what failed, and why", async () => {
    const error = Object.assign(new Error("no"), { code: "TOPIC_AUTHORIZATION_FAILED" });
    const work = { groupId: "billing", offsets: [] };
    await expect(traced(channels.commit, clock, work, () => Promise.reject(error))).rejects.toBe(error);
    const [commit] = exporter.getFinishedSpans();
    expect(commit).toMatchObject({ name: "commit", status: { code: api.SpanStatusCode.ERROR, message: "no" } });
    expect(commit?.attributes).toMatchObject({
      "error.type": "TOPIC_AUTHORIZATION_FAILED",
      "messaging.operation.type": "settle",
    });
  });
});
