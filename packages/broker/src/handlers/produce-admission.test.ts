import { encodeBatch, KafkaProtocolError, type ProtocolErrorCode } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import type { BrokerServices } from "../broker-services.js";
import { settled } from "../group/manual-time.test-kit.js";
import { type Admitted, isMarkedTransactional, whenAdmitted } from "./produce-admission.js";

const batchFor = (topic: string, producerId = 7) => ({
  topic,
  partition: 0,
  records: encodeBatch([{ key: null, value: Buffer.from("a"), timestamp: 1 }], {
    producerId,
    producerEpoch: 0,
    baseSequence: 0,
    isTransactional: true,
  }),
});
const request = { transactionalId: "tx" };
const refusalIn = (admitted: Admitted, topic: string): string | undefined => {
  const refusal = admitted.refusalOf(topic, 0, batchFor(topic).records);
  return refusal instanceof KafkaProtocolError ? refusal.code : undefined;
};

/** A coordinator that answers each question by what the test says next. */
function asking(answers: (Promise<void> | ProtocolErrorCode | undefined)[]) {
  const asked: string[] = [];
  const transactions = {
    admitAll: (_: unknown, partitions: readonly { readonly topic: string }[], mode: string) => {
      asked.push(`${mode} ${partitions.map(({ topic }) => topic).join()}`);
      const answer = answers.shift();
      if (typeof answer === "string") throw new KafkaProtocolError(answer, "as the test says");
      return answer;
    },
  } as unknown as BrokerServices["transactions"];
  return { asked, transactions };
}

describe("the admission of batches", () => {
  it("begins at once where there is nothing to wait for", () => {
    const { asked, transactions } = asking([undefined]);
    const plain = encodeBatch([{ key: null, value: Buffer.from("a"), timestamp: 1 }]);
    expect([isMarkedTransactional(plain), isMarkedTransactional(Buffer.alloc(3))]).toEqual([false, false]);
    expect(whenAdmitted({ transactions }, request, [], 12, () => "begun")).toBe("begun");
    expect(asked).toEqual([]);
    expect(whenAdmitted({ transactions }, request, [batchFor("a"), batchFor("b")], 12, () => "begun")).toBe("begun");
    expect(asked).toEqual(["add a,b"]);
  });

  it("asks of each partition by itself for clients that add them, and again after a wait", async () => {
    const { asked, transactions } = asking(["TRANSACTION_ABORTABLE", Promise.resolve(), undefined]);
    const begun = whenAdmitted({ transactions }, request, [batchFor("a"), batchFor("b")], 11, (admitted) =>
      ["a", "b"].map((topic) => refusalIn(admitted, topic)),
    );
    expect(await begun).toEqual(["TRANSACTION_ABORTABLE", undefined]);
    expect(asked).toEqual(["verify a", "verify b", "verify b"]);
  });

  it.each<[ProtocolErrorCode, number, ProtocolErrorCode]>([
    ["TRANSACTION_ABORTABLE", 10, "INVALID_TXN_STATE"],
    ["TRANSACTION_ABORTABLE", 11, "TRANSACTION_ABORTABLE"],
    ["CONCURRENT_TRANSACTIONS", 11, "NOT_ENOUGH_REPLICAS"],
    ["CONCURRENT_TRANSACTIONS", 12, "CONCURRENT_TRANSACTIONS"],
    ["NOT_COORDINATOR", 12, "NOT_ENOUGH_REPLICAS"],
    ["COORDINATOR_NOT_AVAILABLE", 9, "NOT_ENOUGH_REPLICAS"],
    ["INVALID_PRODUCER_EPOCH", 9, "INVALID_PRODUCER_EPOCH"],
  ])("tells %s to Produce %d as %s, whether it came at once or after a wait", async (code, version, told) => {
    const late = Promise.reject(new KafkaProtocolError(code, "as the test says"));
    for (const answer of [code, late]) {
      const { transactions } = asking([answer]);
      const begun = whenAdmitted({ transactions }, request, [batchFor("a")], version, (admitted) =>
        refusalIn(admitted, "a"),
      );
      expect(await begun).toBe(told);
    }
  });

  it("lets nothing into a partition that came to be while it waited: nobody would end a transaction there", async () => {
    const { transactions } = asking([Promise.resolve(), undefined]);
    const plain = encodeBatch([{ key: null, value: Buffer.from("a"), timestamp: 1 }]);
    const begun = whenAdmitted({ transactions }, request, [batchFor("a")], 12, (admitted) => [
      refusalIn(admitted, "a"),
      refusalIn(admitted, "late"),
      admitted.refusalOf("late", 0, plain),
    ]);
    expect(await begun).toEqual([undefined, "UNKNOWN_TOPIC_OR_PARTITION", undefined]);
  });

  it("does not ask for ever", async () => {
    const { asked, transactions } = asking(Array.from({ length: 99 }, () => Promise.resolve()));
    const begun = whenAdmitted({ transactions }, request, [batchFor("a")], 12, (admitted) => refusalIn(admitted, "a"));
    await settled();
    expect(await begun).toBe("CONCURRENT_TRANSACTIONS");
    expect(asked.length).toBe(5);
  });

  it("refuses the whole request of two producers", () => {
    const { asked, transactions } = asking([]);
    const begun = whenAdmitted({ transactions }, request, [batchFor("a"), batchFor("b", 8)], 12, (admitted) =>
      refusalIn(admitted, "c"),
    );
    expect([begun, asked]).toEqual(["INVALID_PRODUCER_ID_MAPPING", []]);
  });
});
