import type { KafkaRelease } from "@ottla/broker";
import { string, topic } from "@ottla/client";
import { startOttla } from "@ottla/testing";
import { describe, expect, it } from "vitest";

const orders = topic("orders", { key: string(), value: string(), partitions: 2 });
const invoices = topic("invoices", { key: string(), value: string(), partitions: 2 });
const count = 200;

const apis = [
  "Produce",
  "EndTxn",
  "EndTxn",
  "TxnOffsetCommit",
  "InitProducerId",
  "OffsetFetch",
  "FindCoordinator",
  "Heartbeat",
  "Fetch",
] as const;
const codes = ["COORDINATOR_NOT_AVAILABLE", "CONCURRENT_TRANSACTIONS", "TRANSACTION_ABORTABLE"] as const;

describe.each<KafkaRelease>(["4.3", "3.9"])("exactly once on a broker that acts as Kafka %s", (actAs) => {
  it("has the result of every record once, whatever goes wrong", async () => {
    const outcomes = new Set<string>();
    for (const seed of Array.from({ length: 8 }, (_, index) => index + 1)) {
      await using ottla = await startOttla({ registry: false, actAs, clock: "manual" });
      const { kafka, clock, broker } = ottla;
      const admin = kafka.admin();
      await clock.until(admin.topics.create([orders, invoices]));
      const producer = kafka.producer();
      const values = Array.from({ length: count }, (_, n) => `${n}`);
      await clock.until(Promise.all(values.map((value) => producer.send(orders, { key: value, value }))));
      let state = seed;
      const random = (below: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        return (state >> 8) % below;
      };
      const arm = () => {
        const api = apis[random(apis.length)] ?? "EndTxn";
        const fault = broker.faults.on(api, { times: 1 + random(api === "EndTxn" ? 6 : 3) });
        const timing = { after: random(2) === 0 };
        const kind = random(4);
        if (kind === 0) fault.close(timing);
        else if (kind === 1) fault.drop(timing);
        else if (kind === 2) fault.truncate(5);
        else fault.reply(codes[random(3)] ?? "TRANSACTION_ABORTABLE");
      };
      const stop = new AbortController();
      let isRunning = false;
      let ended: unknown;
      const start = () => {
        isRunning = true;
        return kafka
          .exactlyOnce(
            {
              groupId: "invoicing",
              topics: [orders],
              into: [invoices],
              transactionalId: "invoicing",
              maxRecords: 5,
              retry: { attempts: 1_000, backoff: 20 },
              producer: { deliveryTimeoutMs: 8_000, maxBlockMs: 8_000, requestTimeoutMs: 3_000 },
              onEvent: (event) => {
                if (event.kind === "retrying" && event.error instanceof Error && "code" in event.error)
                  outcomes.add(String(event.error.code));
              },
              signal: stop.signal,
            },
            async (batch, tx) => {
              for (const { key, value } of batch) void tx.send(invoices, { key, value });
              // So that faults meet transactions from the first to the last.
              await new Promise<void>((resolve) => void ottla.world.timers.after(300, resolve));
              if (random(6) === 0) throw new Error("now and then");
            },
          )
          .then(
            () => "stopped",
            (error: Error) => {
              outcomes.add("code" in error ? String(error.code) : error.message);
              ended = error;
              return "failed";
            },
          )
          .finally(() => {
            isRunning = false;
          });
      };
      let running = start();
      const isDone = async () => {
        const lag = await clock.until(admin.lag("invoicing"));
        return lag.length === 2 && lag.every(({ lag: behind }) => behind === 0n);
      };
      for (let round = 0; round < 200; round += 1) {
        if (round < 12) arm();
        else broker.faults.clear();
        await clock.advance("2s");
        // What it was fenced for, a transaction that took too long, is over.
        if (!isRunning) running = start();
        if (round >= 12 && (await isDone())) break;
      }
      stop.abort();
      await clock.until(running);
      const found = (await clock.until(ottla.records(invoices))).map(({ value }) => value);
      expect(found.toSorted(), `seed ${seed}: ${String(ended)}`).toEqual(values.toSorted());
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(["TRANSACTION_ABORTED", "OUTCOME_UNKNOWN"]));
  });
});
