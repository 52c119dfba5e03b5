import type { KafkaOptions, Topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { certificate } from "../../../packages/client/src/security/certificates.test-kit.js";
import { eventually } from "../../kit/eventually.js";
import { apacheKafka, describeBehaviour, recordsOf } from "./target.js";

const ca = certificate("ca");
const pair = { ca, cert: certificate("client"), key: certificate("client.key") };

const title = "security, which our broker has not yet: beside the client's code scripted listeners stand in for it";

describe.skipIf(apacheKafka === undefined)(apacheKafka === undefined ? title : "security", () => {
  if (apacheKafka === undefined) return;
  const { mutualTls, saslSsl, user, bootstrap } = apacheKafka;
  const ways: readonly { readonly way: string; readonly options: KafkaOptions }[] = [
    { way: "mutual TLS", options: { brokers: mutualTls, tls: pair } },
    ...(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const).map((mechanism) => ({
      way: `TLS and ${mechanism}`,
      options: { brokers: saslSsl, tls: { ca }, sasl: { mechanism, ...user } },
    })),
  ];

  describeBehaviour("secured listeners", (on) => {
    describe.each(ways)("$way", ({ options }) => {
      const send = async (contract: Topic, count: number) => {
        const producer = on.kafka(options).producer();
        const values = Array.from({ length: count }, (_, n) => `${n}`);
        await Promise.all(values.map((value) => producer.send(contract, { key: value, value })));
        return values;
      };

      it("produces and reads", async () => {
        const contract = await on.topic({ partitions: 3 });
        const values = await send(contract, 100);
        const read = await recordsOf(on.kafka(options), contract);
        expect(read.map(({ value }) => Number(value)).toSorted((a, b) => a - b)).toEqual(values.map(Number));
      });

      it("consumes in a group of two and commits", async () => {
        const contract = await on.topic({ partitions: 4 });
        const groupId = on.unique("group");
        const seen = new Set<string>();
        const stop = new AbortController();
        const consumers = [1, 2].map(() => on.kafka(options).consumer({ groupId, topics: [contract] }));
        const loops = consumers.map((consumer) =>
          consumer.run(
            {
              [contract.name]: ({ value }: { readonly value: string | null }) => {
                seen.add(value ?? "");
                if (seen.size === 100) stop.abort();
              },
            },
            { signal: stop.signal },
          ),
        );
        await send(contract, 100);
        await Promise.all(loops);
        await Promise.all(consumers.map((consumer) => consumer.close()));
        const committed = await on.kafka(options).admin().offsets.committed(groupId);
        expect(committed.reduce((sum, { offset }) => sum + Number(offset ?? 0n), 0)).toBe(100);
      });

      it("writes in transactions", async () => {
        const contract = await on.topic();
        const producer = on.kafka(options).producer({ transactionalId: on.unique("txn") });
        await producer.transaction((tx) => tx.send(contract, { key: "k", value: "v" }));
        // A commit is answered once it is decided; its marker comes to the partition a moment later.
        await eventually(async () => (await recordsOf(on.kafka(options), contract)).length === 1);
      });

      it("administrates", async () => {
        const admin = on.kafka(options).admin();
        expect((await admin.describeCluster()).brokers.length).toBe(on.size);
        const name = on.unique("topic");
        expect(await admin.topics.create([{ name, partitions: 2 }])).toMatchObject([{ error: undefined }]);
        expect(await admin.topics.delete([name])).toMatchObject([{ error: undefined }]);
      });
    });

    it.each<{ what: string; options: KafkaOptions; code: string }>([
      {
        what: "a wrong password",
        options: { brokers: saslSsl, tls: { ca }, sasl: { mechanism: "SCRAM-SHA-256", ...user, password: "no" } },
        code: "SASL_AUTHENTICATION_FAILED",
      },
      {
        what: "a mechanism that is not there",
        options: { brokers: saslSsl, tls: { ca }, sasl: { mechanism: "OAUTHBEARER", token: () => ({ value: "x" }) } },
        code: "UNSUPPORTED_SASL_MECHANISM",
      },
      { what: "no certificate", options: { brokers: mutualTls, tls: { ca } }, code: "TLS_FAILED" },
      {
        what: "an authority it does not trust",
        options: { brokers: mutualTls, tls: { ...pair, ca: [] } },
        code: "TLS_FAILED",
      },
      { what: "no TLS where there is", options: { brokers: mutualTls }, code: "TLS_FAILED" },
    ])("refuses $what at once, producers as well as consumers", async ({ options, code }) => {
      const contract = await on.topic();
      const kafka = on.kafka(options);
      await expect(kafka.producer().send(contract, { key: "k", value: "v" })).rejects.toMatchObject({ code });
      const consumer = kafka.consumer({ groupId: on.unique("group"), topics: [contract] });
      await expect(consumer[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code });
      await expect(kafka.admin().topics.list()).rejects.toMatchObject({ code });
    });

    it("reads on one listener what was written on another", async () => {
      const contract = await on.topic();
      await on.kafka({ brokers: bootstrap }).producer().send(contract, { key: "k", value: "v" });
      for (const { options } of ways) expect((await recordsOf(on.kafka(options), contract)).length).toBe(1);
    });
  });
});
