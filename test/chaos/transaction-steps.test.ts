import { apis, encodeBatch, errorCodeOf } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { isLongForm } from "../kit/long-form.js";
import { Violation } from "../kit/violation.js";
import { WireClient } from "../kit/wire-client.js";
import { SampleBroker, type View } from "./sample-broker.js";
import { type Dialect, Producer, ProducerFailedError } from "./workload/producer.js";
import { Recorder } from "./workload/recorder.js";

// Survival list 3.3 #13: a broker dies at every single operation on its files that a transaction leads to.

/**
 * A transaction over two partitions and a group's offsets, its outcome as its producer was told. Where `takenOver` resolves before it
 * ends, somebody else begins under its id, while the first one still tries.
 */
async function transact(
  sample: SampleBroker,
  dialect: Dialect,
  recorder: Recorder,
  takenOver: Promise<void>,
): Promise<void> {
  const producer = new Producer({ name: dialect, transactionalId: "tx", dialect }, sample.where, recorder);
  const member = sample.member();
  const work = async (): Promise<void> => {
    try {
      await producer.init();
      producer.begin();
      for (const partition of [0, 1]) await producer.write({ topic: "out", partition }, `value ${partition}`);
      await producer.sendOffsets(member, { topic: "in", partition: 0 }, 7);
      await producer.end(true);
    } catch (error) {
      if (!(error instanceof ProducerFailedError)) throw error;
      producer.giveUp();
    }
  };
  const working = work();
  await Promise.race([working, takenOver]);
  // Whoever comes next ends what is open.
  const next = new Producer({ name: "next", transactionalId: "tx", dialect }, sample.where, recorder);
  await next.init();
  await working;
  for (const each of [producer, next, member]) each.close();
}

/** Everything of the transaction is there, or nothing, and nothing waits. */
async function check(sample: SampleBroker, recorder: Recorder): Promise<"committed" | "aborted"> {
  let view: View;
  // The next producer hears before the last marker is written.
  for (let looks = 0; ; looks += 1) {
    view = await sample.view();
    if (view.partitions.every(({ committed, uncommitted }) => committed.at(-1) === uncommitted.at(-1))) break;
    if (looks > 100) throw new Violation(`the last stable offset stays behind: ${JSON.stringify(view.partitions)}`);
    await sample.sim.sleep(50);
  }
  const values = view.partitions.flatMap(({ committed }) =>
    committed.slice(0, -1).map((line) => line.replace(/^\d+ /, "")),
  );
  const isCommitted = values.length > 0;
  expect(values).toEqual(isCommitted ? ["value 0", "value 1"] : []);
  expect(view.committedOffset).toBe(isCommitted ? 7 : -1);
  for (const each of recorder.history) {
    if (each.kind !== "transaction" || each.outcome === "unknown") continue;
    expect(each.outcome).toBe(isCommitted ? "committed" : "aborted");
  }
  return isCommitted ? "committed" : "aborted";
}

describe.each(["old", "kip890"] as const)("a transaction (%s clients)", (dialect) => {
  it.each(["kill", "powerLoss"] as const)("is whole or not there, wherever its broker's %s comes", async (kind) => {
    const outcomes = { committed: 0, aborted: 0 };
    let isPast = false;
    const step = isLongForm ? 1 : 2;
    for (let last = 0; !isPast; last += step) {
      const sample = new SampleBroker();
      const { sim, machine } = sample;
      await sim.run(
        (async () => {
          await sample.start();
          await sample.createTopics();
          const from = machine.operations;
          let takeOver = (): void => {};
          const takenOver = new Promise<void>((resolve) => {
            takeOver = resolve;
          });
          isPast = true;
          machine.onOperation = ({ index }) => {
            if (index !== from + last) return;
            isPast = false;
            machine.crash({ kind });
          };
          machine.onDeath = () => {
            machine.onOperation = undefined;
            machine.onDeath = undefined;
            if ((last / step) % 2 === 1) takeOver();
            void sim.sleep(20).then(() => {
              machine.restart();
              sample.start().catch((error: unknown) => sim.fail(error));
            });
          };
          const recorder = new Recorder();
          await transact(sample, dialect, recorder, takenOver);
          machine.onOperation = undefined;
          outcomes[await check(sample, recorder)] += 1;
        })(),
      );
    }
    expect(Math.min(outcomes.committed, outcomes.aborted)).toBeGreaterThan(0);
  });
});

describe("zombies", () => {
  it("write, commit and begin nothing any more once another one has their id, or their time was up", async () => {
    const sample = new SampleBroker();
    const { sim, where } = sample;
    await sim.run(
      (async () => {
        await sample.start();
        await sample.createTopics();
        for (const [dialect, isTimedOut] of [
          ["old", false],
          ["old", true],
          ["kip890", false],
          ["kip890", true],
        ] as const) {
          const id = `${dialect} ${isTimedOut}`;
          const recorder = new Recorder();
          const options = { name: id, transactionalId: id, dialect };
          const zombie = new Producer(options, where, recorder);
          await zombie.init();
          zombie.begin();
          await zombie.write({ topic: "out", partition: 0 }, `${id} before`);
          const next = new Producer({ ...options, name: `${id} next` }, where, recorder);
          if (isTimedOut) await sim.sleep(where.transactionTimeoutMs + 15_000);
          else await next.init();
          const before = await sample.view();
          // An open partition, one that has to be added, offsets, and the end.
          await expect(zombie.write({ topic: "out", partition: 0 }, `${id} late`)).rejects.toThrow(ProducerFailedError);
          await expect(zombie.write({ topic: "out", partition: 1 }, `${id} late`)).rejects.toThrow(ProducerFailedError);
          const member = sample.member();
          await expect(zombie.sendOffsets(member, { topic: "in", partition: 0 }, 9)).rejects.toThrow(
            ProducerFailedError,
          );
          await expect(zombie.end(true)).rejects.toThrow(ProducerFailedError);
          expect(await sample.view()).toEqual(before);
          if (isTimedOut) await next.init();
          next.begin();
          await next.write({ topic: "out", partition: 1 }, `${id} after`);
          await next.end(true);
          for (const each of [zombie, next, member]) each.close();
        }
        const { partitions, committedOffset } = await sample.view();
        const visible = partitions.flatMap(({ committed }) => committed).filter((line) => !line.startsWith("end"));
        expect(visible.every((line) => line.endsWith(" after"))).toBe(true);
        expect(visible).toHaveLength(4);
        expect(committedOffset).toBe(-1);
      })(),
    );
  });

  it("of idempotent producers are told of their epoch, and of groups of their generation or successor", async () => {
    const sample = new SampleBroker();
    const { sim, where } = sample;
    await sim.run(
      (async () => {
        await sample.start();
        await sample.createTopics();
        const client = new WireClient(where.network("raw"), where.address);
        const init = await client.call(apis.InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1 });
        const produce = async (producerEpoch: number, baseSequence: number): Promise<string> => {
          const header = { producerId: init.producerId, producerEpoch, baseSequence };
          const records = encodeBatch([{ key: null, value: Buffer.from("x"), timestamp: where.wallMs() }], header);
          const topicData = [{ name: "plain", partitionData: [{ index: 0, records }] }];
          const { responses } = await client.call(apis.Produce, 9, { acks: -1, timeoutMs: 1_000, topicData });
          return errorCodeOf(responses[0]?.partitionResponses[0]?.errorCode ?? -1);
        };
        expect([await produce(3, 0), await produce(2, 0), await produce(3, 1)]).toEqual([
          "NONE",
          "INVALID_PRODUCER_EPOCH",
          "NONE",
        ]);

        const join = async (memberId: string) => {
          const joined = await client.call(apis.JoinGroup, 5, {
            groupId: "statics",
            sessionTimeoutMs: 6_000,
            rebalanceTimeoutMs: 6_000,
            memberId,
            groupInstanceId: "one",
            protocolType: "chaos",
            protocols: [{ name: "any", metadata: Buffer.alloc(0) }],
          });
          const { generationId } = joined;
          const member = { groupId: "statics", generationId, memberId: joined.memberId, groupInstanceId: "one" };
          const assignments =
            joined.leader === joined.memberId ? [{ memberId: joined.memberId, assignment: Buffer.alloc(1) }] : [];
          await client.call(apis.SyncGroup, 3, { ...member, assignments });
          return member;
        };
        const commit = async ({ generationId, ...member }: Awaited<ReturnType<typeof join>>): Promise<string> => {
          const partitions = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: null }];
          const topics = [{ name: "in", partitions }];
          const answer = await client.call(apis.OffsetCommit, 7, {
            ...member,
            generationIdOrMemberEpoch: generationId,
            topics,
          });
          return errorCodeOf(answer.topics[0]?.partitions[0]?.errorCode ?? -1);
        };
        const first = await join("");
        expect(await commit(first)).toBe("NONE");
        expect(await commit({ ...first, generationId: first.generationId - 1 })).toBe("ILLEGAL_GENERATION");
        const second = await join("");
        expect(await commit(first)).toBe("FENCED_INSTANCE_ID");
        expect(await commit(second)).toBe("NONE");
        const { memberId, generationId } = first;
        const heartbeat = { groupId: "statics", generationId, memberId, groupInstanceId: "one" };
        expect(errorCodeOf((await client.call(apis.Heartbeat, 3, heartbeat)).errorCode)).toBe("FENCED_INSTANCE_ID");
        client.close();
      })(),
    );
  });
});
