import * as ours from "@ottla/kafkajs";
import fc from "fast-check";
import kafkajs from "kafkajs";
import { describe, expect, it } from "vitest";

const partitionMetadata = Array.from({ length: 17 }, (_, partitionId) => ({
  partitionErrorCode: 0,
  partitionId,
  leader: 1,
  replicas: [1],
  isr: [1],
}));

describe("as kafkajs itself", () => {
  it.each(["DefaultPartitioner", "LegacyPartitioner", "JavaCompatiblePartitioner"] as const)(
    "%s puts every key where it puts it",
    (name) => {
      const [mine, theirs] = [ours.Partitioners[name](), kafkajs.Partitioners[name]()];
      const key = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.uint8Array({ maxLength: 40 }));
      fc.assert(
        fc.property(key, (given) => {
          const message = { key: typeof given === "string" ? given : Buffer.from(given), value: null };
          const args = { topic: "t", partitionMetadata, message };
          expect(mine(args)).toBe(theirs(args));
        }),
        { numRuns: 2_000 },
      );
    },
  );

  it("AssignerProtocol writes and reads what members tell each other", () => {
    const names = fc.string({ minLength: 1, maxLength: 20 });
    const userData = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
    const version = fc.integer({ min: 0, max: 3 });
    const { MemberMetadata, MemberAssignment } = ours.AssignerProtocol;
    fc.assert(
      fc.property(version, fc.array(names, { maxLength: 5 }), userData, (number, topics, data) => {
        const metadata = { version: number, topics, userData: data };
        const bytes = MemberMetadata.encode(metadata);
        expect(bytes).toEqual(kafkajs.AssignerProtocol.MemberMetadata.encode(metadata));
        expect(MemberMetadata.decode(bytes)).toEqual(metadata);
      }),
    );
    const assignments = fc.dictionary(names, fc.array(fc.nat(1_000), { maxLength: 5 }), {
      maxKeys: 5,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(version, assignments, userData, (number, assignment, data) => {
        const given = { version: number, assignment, userData: data };
        const bytes = MemberAssignment.encode(given);
        expect(bytes).toEqual(kafkajs.AssignerProtocol.MemberAssignment.encode(given));
        expect(MemberAssignment.decode(bytes)).toEqual(given);
      }),
    );
    expect(MemberAssignment.decode(Buffer.alloc(0))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          MemberMetadata.decode(Buffer.from(bytes));
          MemberAssignment.decode(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(ours.KafkaJSNonRetriableError);
        }
      }),
    );
  });
});
