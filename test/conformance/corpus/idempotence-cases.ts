import type { Case } from "../case.js";
import type { Conversation } from "../conversation.js";
import { type Served, versionsOf } from "../served.js";
import { batchOf, fetchBody, makeTopic, produceBody, type Topic } from "./scene.js";

interface Step {
  readonly label: string;
  readonly producer?: number;
  readonly epoch?: number;
  readonly sequence: number;
  readonly records?: number;
}

const most = 2 ** 31 - 1;

const sequences: Readonly<Record<string, readonly Step[]>> = {
  "in order, and again": [
    { label: "first", sequence: 0 },
    { label: "second", sequence: 1, records: 3 },
    { label: "third", sequence: 4 },
    { label: "third again", sequence: 4 },
    { label: "second again", sequence: 1, records: 3 },
    { label: "first again", sequence: 0 },
    { label: "second again with fewer records", sequence: 1, records: 2 },
    { label: "fourth", sequence: 5 },
  ],
  "older than the five that are kept": [
    ...Array.from({ length: 7 }, (_, sequence) => ({ label: `batch ${sequence}`, sequence })),
    { label: "batch 0 again", sequence: 0 },
    { label: "batch 1 again", sequence: 1 },
    { label: "batch 2 again", sequence: 2 },
    { label: "batch 6 again", sequence: 6 },
  ],
  gaps: [
    { label: "begins at 5", sequence: 5 },
    { label: "goes on at 6", sequence: 6 },
    { label: "begins at 0", sequence: 0 },
    { label: "leaves out 1", sequence: 2 },
    { label: "goes on at 1", sequence: 1 },
    { label: "far ahead", sequence: 1_000_000 },
    { label: "negative", sequence: -1 },
    { label: "very negative", sequence: -most },
  ],
  epochs: [
    { label: "epoch 0", sequence: 0 },
    { label: "epoch 3 in the middle", epoch: 3, sequence: 1 },
    { label: "epoch 3 from the beginning", epoch: 3, sequence: 0 },
    { label: "epoch 0 again", sequence: 1 },
    { label: "epoch 3 goes on", epoch: 3, sequence: 1 },
    { label: "epoch -1", epoch: -1, sequence: 2 },
    { label: "epoch 32767", epoch: 32_767, sequence: 0 },
    { label: "epoch 3 after that", epoch: 3, sequence: 2 },
  ],
  "two producers": [
    { label: "one begins", sequence: 0 },
    { label: "the other begins", producer: 1, sequence: 0 },
    { label: "one goes on", sequence: 1 },
    { label: "the other leaves a gap", producer: 1, sequence: 2 },
    { label: "the other goes on", producer: 1, sequence: 1 },
    { label: "a producer nobody was given", producer: 900_000, sequence: 0 },
    { label: "and in the middle", producer: 900_001, sequence: 4 },
  ],
  "around the end of the numbers": [
    { label: "begins at the end", sequence: most },
    { label: "begins at the end with two records", sequence: most, records: 2 },
    { label: "goes on at 0", sequence: 0 },
    { label: "goes on at 1", sequence: 1 },
  ],
};

/** What a broker remembers of a producer, told by what it says to duplicates, gaps and epochs. */
export const idempotenceCases = (served: Served): readonly Case[] =>
  versionsOf(served, "Produce").flatMap((version) =>
    Object.entries(sequences).map(([title, steps]) => ({
      title: `sequences: ${title} v${version}`,
      async run(talk: Conversation) {
        const topic = await makeTopic(talk);
        const ids = [await producerId(talk), await producerId(talk)];
        for (const step of steps) await send(talk, topic, version, ids, step);
        await talk.ask("what was written", "Fetch", 11, fetchBody(topic));
        await talk.ask("the producers", "DescribeProducers", 0, {
          topics: [{ name: topic.name, partitionIndexes: [0] }],
        });
      },
    })),
  );

async function producerId(talk: Conversation): Promise<number> {
  const body = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 };
  return (await talk.until("InitProducerId", 4, body, (answer) => answer.number("errorCode") === 0)).number(
    "producerId",
  );
}

async function send(
  talk: Conversation,
  topic: Topic,
  version: number,
  ids: readonly number[],
  step: Step,
): Promise<void> {
  const { label, producer = 0, epoch = 0, sequence, records = 1 } = step;
  const texts = Array.from({ length: records }, (_, index) => `${label} ${index}`);
  const options = { producerId: ids[producer] ?? producer, producerEpoch: epoch, baseSequence: sequence };
  await talk.ask(label, "Produce", version, produceBody(topic, batchOf(texts, options)));
}
