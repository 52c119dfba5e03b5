import * as prometheus from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { channels, type RequestWork, traced } from "../telemetry/channels.js";
import { tracedSend } from "../telemetry/traced-send.js";
import { type Instrumentation, instrument } from "./index.js";

let time = 0;
const clock = { now: () => 0, monotonic: () => time };
let metrics: Instrumentation | undefined;
afterEach(() => metrics?.stop());

describe("Prometheus", () => {
  it("counts and times what is sent, asked and committed, and shows lag", async () => {
    const registry = new prometheus.Registry();
    metrics = instrument(prometheus, { registry });
    const send = (records: readonly object[], result: unknown) =>
      tracedSend(
        clock,
        "orders",
        records,
        (record) => record,
        async () => {
          time += 30;
          if (result instanceof Error) throw result;
          return result;
        },
      );
    const refused = Object.assign(new Error("no"), { code: "DELIVERY_TIMEOUT" });
    await send([{}], { topic: "orders", partition: 0, offset: 1n });
    await expect(send([{}], refused)).rejects.toBe(refused);
    await send([{}, {}], [{ status: "delivered" }, { status: "failed", error: refused }]);
    const request: RequestWork = { api: "Fetch", version: 17, broker: "b:9092" };
    await traced(channels.request, clock, request, async () => {});
    await traced(channels.commit, clock, { groupId: "billing", offsets: [] }, async () => {});
    const forget = metrics.observe({ lag: () => [{ topic: "orders", partition: 1, lag: 5n } as never] });
    const text = await registry.metrics();
    expect(text).toContain('ottla_client_sent_records_total{topic="orders",outcome="ok"} 2');
    expect(text).toContain('ottla_client_sent_records_total{topic="orders",outcome="DELIVERY_TIMEOUT"} 2');
    expect(text).toContain('ottla_client_send_seconds_count{topic="orders"} 3');
    expect(text).toContain('ottla_client_send_seconds_bucket{le="0.05",topic="orders"} 3');
    expect(text).toContain('ottla_client_requests_total{api="Fetch",outcome="ok"} 1');
    expect(text).toContain('ottla_client_commits_total{group="billing",outcome="ok"} 1');
    expect(text).toContain('ottla_client_consumer_lag_records{topic="orders",partition="1"} 5');
    forget();
    expect(await registry.metrics()).not.toContain('partition="1"');
  });
});
