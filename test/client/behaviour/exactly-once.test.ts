import { type ConsumedRecord, Kafka, type OutgoingTransaction, string, type Topic, topic } from "@ottla/client";
import { type Network, nodeWorld } from "@ottla/world";
import { expect, it } from "vitest";
import { cleanup } from "../../kit/cleanup.js";
import { eventually } from "../../kit/eventually.js";
import { describeBehaviour, recordsOf, type Target } from "./target.js";

/** A network of which a process is cut off for good, as kill -9 would: nothing it still does reaches anybody. */
class MortalNetwork implements Network {
  readonly listen = nodeWorld.network.listen;
  readonly #open = new Set<ReturnType<Network["connect"]>>();
  #isDead = false;

  readonly connect: Network["connect"] = (options) => {
    const socket = nodeWorld.network.connect(options);
    this.#open.add(socket);
    socket.on("close", () => this.#open.delete(socket));
    if (this.#isDead) socket.destroy(new Error("killed"));
    return socket;
  };

  /** Breaks what is open. */
  cut(): void {
    for (const socket of this.#open) socket.destroy(new Error("cut"));
  }

  kill(): void {
    this.#isDead = true;
    this.cut();
  }
}

const text = (name: string, partitions: number) => topic(name, { key: string(), value: string(), partitions });

const scene = async (on: Target, records: number) => {
  const orders = text(on.unique("orders"), 3);
  const invoices = text(on.unique("invoices"), 2);
  await on.create(orders, invoices);
  const groupId = on.unique("invoicing");
  const kafka = on.kafka();
  const producer = kafka.producer();
  const sent = Array.from({ length: records }, (_, n) => producer.send(orders, { key: `${n % 17}`, value: `${n}` }));
  await Promise.all(sent);
  const results = async () => (await recordsOf(kafka, invoices)).map(({ value }) => value);
  const expected = Array.from({ length: records }, (_, n) => `invoice ${n}`).toSorted();
  return { orders, invoices, groupId, kafka, admin: kafka.admin(), results, expected };
};

type Scene = Awaited<ReturnType<typeof scene>>;
type Orders = Scene["orders"];

const invoice = <I extends Topic<string, { key: string; value: string }, unknown>>(
  batch: readonly ConsumedRecord<Orders>[],
  tx: OutgoingTransaction<I>,
  invoices: I,
) => {
  for (const { key, value } of batch) void tx.send(invoices, { key, value: `invoice ${value}` } as never);
};

describeBehaviour("exactly once", (on) => {
  it("writes the result of every record once, and commits offsets with it", async () => {
    const { orders, invoices, groupId, kafka, admin, results, expected } = await scene(on, 100);
    const stop = new AbortController();
    let seen = 0;
    await kafka.exactlyOnce(
      { groupId, topics: [orders], into: [invoices], maxRecords: 30, signal: stop.signal },
      (batch, tx) => {
        expect(batch.length).toBeLessThanOrEqual(30);
        seen += batch.length;
        invoice(batch, tx, invoices);
        if (seen >= 100) stop.abort();
      },
    );
    expect((await results()).toSorted()).toEqual(expected);
    const lag = await admin.lag(groupId);
    expect(lag.reduce((sum, { lag: behind }) => sum + (behind ?? 0n), 0n)).toBe(0n);
  });

  it("calls a handler that throws again in another transaction, and stops after the last attempt before its batch", async () => {
    const { orders, invoices, groupId, kafka, results, expected } = await scene(on, 20);
    let calls = 0;
    const failing = kafka.exactlyOnce(
      { groupId, topics: [orders], into: [invoices], retry: { attempts: 3, backoff: 5 } },
      async (batch, tx) => {
        calls += 1;
        invoice(batch, tx, invoices);
        throw new Error("the ledger is closed");
      },
    );
    await expect(failing).rejects.toMatchObject({
      code: "HANDLER_FAILED",
      message: expect.stringMatching(/3 times: .*the ledger is closed/),
    });
    expect(calls).toBe(3);
    expect(await results()).toEqual([]);
    const stop = new AbortController();
    let left = 20;
    let isFirst = true;
    await kafka.exactlyOnce(
      { groupId, topics: [orders], into: [invoices], retry: { attempts: 2, backoff: 5 }, signal: stop.signal },
      (batch, tx) => {
        invoice(batch, tx, invoices);
        if (isFirst) {
          isFirst = false;
          throw new Error("once");
        }
        left -= batch.length;
        if (left === 0) stop.abort();
      },
    );
    expect((await results()).toSorted()).toEqual(expected);
  });

  it("is fenced by another instance with its id, and says so", async () => {
    const { orders, invoices, groupId, kafka } = await scene(on, 1);
    const options = { groupId, topics: [orders], into: [invoices], transactionalId: groupId } as const;
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let go = () => {};
    const wait = new Promise<void>((resolve) => {
      go = resolve;
    });
    const first = kafka.exactlyOnce(options, async (batch, tx) => {
      invoice(batch, tx, invoices);
      begin();
      await wait;
    });
    const fenced = expect(first).rejects.toMatchObject({ code: "PRODUCER_FENCED", fatal: true });
    await begun;
    const other = kafka.producer({ transactionalId: groupId });
    await other.transaction(() => {});
    go();
    await fenced;
  });

  it("refuses what `into` does not name, and ends with its client", async () => {
    const { orders, invoices, groupId, kafka } = await scene(on, 1);
    await expect(
      kafka.exactlyOnce({ groupId, topics: [orders], into: [] as readonly Topic[] }, (_, tx) => {
        void tx.send(invoices as Topic, { key: "k", value: "v" });
      }),
    ).rejects.toMatchObject({ code: "HANDLER_FAILED", cause: { code: "INVALID_CONFIG" } });
    const other = on.kafka();
    const idle = other.exactlyOnce({ groupId: on.unique("idle"), topics: [invoices], into: [orders] }, () => {});
    await other.close();
    await idle;
  });

  it("loses and repeats nothing while two instances are killed, cut off and started again", async () => {
    const count = 400;
    const { orders, invoices, groupId, admin, results, expected } = await scene(on, count);
    let worked = 0;
    const failures: unknown[] = [];
    const start = (instance: string) => {
      const network = new MortalNetwork();
      const kafka = new Kafka({
        brokers: on.bootstrap,
        world: { ...nodeWorld, network },
        reconnectBackoffMs: { base: 5, max: 50 },
      });
      const stop = new AbortController();
      const running = kafka
        .exactlyOnce(
          {
            groupId,
            topics: [orders],
            into: [invoices],
            groupInstanceId: instance,
            maxRecords: 7,
            retry: { attempts: 50, backoff: 5 },
            heartbeatIntervalMs: 200,
            sessionTimeoutMs: 6_000,
            drainTimeoutMs: 2_000,
            producer: { retryBackoffMs: { base: 5, max: 50 }, deliveryTimeoutMs: 10_000, maxBlockMs: 5_000 },
            signal: stop.signal,
          },
          async (batch, tx) => {
            worked += 1;
            invoice(batch, tx, invoices);
            if (worked % 5 === 0) throw new Error("now and then");
            await Promise.resolve();
          },
        )
        .catch((error: unknown) => failures.push(error));
      const end = async () => {
        stop.abort();
        await running;
        await kafka.close();
      };
      let ending: Promise<void> | undefined;
      cleanup(() => ending ?? end());
      const kill = () => {
        network.kill();
        ending = end();
      };
      return { network, kill };
    };
    const names = ["a", "b"];
    const instances = new Map(names.map((name) => [name, start(name)]));
    const behind = async () => {
      const lag = await admin.lag(groupId);
      if (lag.length < 3) return count;
      return Number(lag.reduce((sum, { lag: each }) => sum + (each ?? BigInt(count)), 0n));
    };
    for (let round = 0; round < 6 && (await behind()) > 0; round += 1) {
      const goal = worked + 3 + round;
      await eventually(async () => worked >= goal || (await behind()) === 0, { withinMs: 60_000, everyMs: 3 });
      const name = names[round % 2] ?? "a";
      if (round % 3 === 2) instances.get(name)?.network.cut();
      else {
        // Its place, and its id, are taken by the next one: what it was in the middle of is aborted.
        instances.get(name)?.kill();
        instances.set(name, start(name));
      }
    }
    await eventually(async () => (await behind()) === 0, { withinMs: 90_000, everyMs: 50, what: "no lag" });
    expect((await results()).toSorted()).toEqual(expected);
    expect(failures.filter((error) => !isOfInstance(error))).toEqual([]);
  });
});

/** A handler's third error in a row, or the end of one whose place was taken. */
const isOfInstance = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["PRODUCER_FENCED", "FENCED_INSTANCE_ID"].includes(String(error.code));
