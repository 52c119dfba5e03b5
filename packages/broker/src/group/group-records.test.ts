import { MalformedMessageError } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeGroupRecord, encodeGroupRecord, type GroupRecord, unknownTopicId } from "./group-records.js";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ""), "hex");

// Read from __consumer_offsets of Apache Kafka 4.3.0 after kcat had consumed as a group.
const kafkas: readonly {
  readonly title: string;
  readonly key: string;
  readonly value: string;
  readonly record: GroupRecord;
}[] = [
  {
    title: "a group nobody has joined yet",
    key: "0002 000c 6772702d6f7261636c652d31",
    value: "0003 0000 00000000 ffff ffff 000001a1f7d301f8 00000000",
    record: {
      type: "group",
      group: "grp-oracle-1",
      value: {
        protocolType: "",
        generation: 0,
        protocol: null,
        leader: null,
        currentStateTimestamp: 0x1a1f7d301f8,
        members: [],
      },
    },
  },
  {
    title: "a stable group",
    key: "0002 000c 6772702d6f7261636c652d31",
    value: `0003 0008 636f6e73756d6572 00000001 0005 72616e6765
      002c 72646b61666b612d33666131613535322d333163342d343833622d383665612d356666626139373064343038 000001a1f7d3021b 00000001
      002c 72646b61666b612d33666131613535322d333163342d343833622d383665612d356666626139373064343038 ffff 0007 72646b61666b61
      000a 2f3132372e302e302e31 000493e0 0000afc8
      0000001c 0001 00000001 000c 6772702d6f7261636c652d61 00000000 00000000
      00000020 0000 00000001 000c 6772702d6f7261636c652d61 00000001 00000000 00000000`,
    record: {
      type: "group",
      group: "grp-oracle-1",
      value: {
        protocolType: "consumer",
        generation: 1,
        protocol: "range",
        leader: "rdkafka-3fa1a552-31c4-483b-86ea-5ffba970d408",
        currentStateTimestamp: 0x1a1f7d3021b,
        members: [
          {
            memberId: "rdkafka-3fa1a552-31c4-483b-86ea-5ffba970d408",
            groupInstanceId: null,
            clientId: "rdkafka",
            clientHost: "/127.0.0.1",
            rebalanceTimeout: 300_000,
            sessionTimeout: 45_000,
            subscription: bytes("0001 00000001 000c 6772702d6f7261636c652d61 00000000 00000000"),
            assignment: bytes("0000 00000001 000c 6772702d6f7261636c652d61 00000001 00000000 00000000"),
          },
        ],
      },
    },
  },
  {
    title: "a committed offset",
    key: "0001 000c 6772702d6f7261636c652d31 000c 6772702d6f7261636c652d61 00000000",
    value: "0004 0000000000000001 ffffffff 01 000001a1f7d30248 01 00 10 831f354e908e468f9a8fca0f31953dd6",
    record: {
      type: "offset",
      group: "grp-oracle-1",
      topic: "grp-oracle-a",
      partition: 0,
      value: {
        offset: 1,
        leaderEpoch: -1,
        metadata: "",
        commitTimestamp: 0x1a1f7d30248,
        expireTimestamp: null,
        topicId: bytes("831f354e908e468f9a8fca0f31953dd6").toString("base64url"),
      },
    },
  },
];

const offset = {
  offset: 7,
  leaderEpoch: 3,
  metadata: "é",
  commitTimestamp: 1_700_000_000_000,
  expireTimestamp: null,
  topicId: unknownTopicId,
};

describe("records of groups", () => {
  it.each(kafkas)("are Kafka's own for $title", ({ key, value, record }) => {
    const kept = { key: bytes(key), value: bytes(value), timestamp: 5 };
    expect(encodeGroupRecord(record, 5)).toEqual(kept);
    expect(decodeGroupRecord(kept)).toEqual(record);
  });
  it("take away with a null value", () => {
    const gone: GroupRecord[] = [
      { type: "offset", group: "g", topic: "t", partition: 2, value: null },
      { type: "group", group: "g", value: null },
    ];
    for (const record of gone) {
      const kept = encodeGroupRecord(record, 0);
      expect(kept.value).toBeNull();
      expect(decodeGroupRecord(kept)).toEqual(record);
    }
  });
  it("keep an offset's own time to expire in the version that has it, which has no leader epoch", () => {
    const record = { type: "offset", group: "g", topic: "t", partition: 0 } as const;
    const kept = encodeGroupRecord({ ...record, value: { ...offset, expireTimestamp: 99 } }, 0);
    expect(kept.value?.readInt16BE(0)).toBe(1);
    expect(decodeGroupRecord(kept)).toEqual({ ...record, value: { ...offset, leaderEpoch: -1, expireTimestamp: 99 } });
  });
  it("are read in the versions of before", () => {
    const { key } = encodeGroupRecord({ type: "offset", group: "g", topic: "t", partition: 0, value: null }, 0);
    key.writeInt16BE(0, 0);
    expect(
      decodeGroupRecord({ key, value: bytes("0000 000000000000002a 0003 6f6c64 0000000000000005") }),
    ).toMatchObject({
      value: { offset: 42, metadata: "old", commitTimestamp: 5, leaderEpoch: -1, topicId: unknownTopicId },
    });
  });
  it("of other kinds are passed over", () => {
    expect(decodeGroupRecord({ key: bytes("0003 0001 67"), value: bytes("0000 00000001 00") })).toBeUndefined();
  });
  it("of a newer version are refused, not guessed", () => {
    const { key, value } = encodeGroupRecord(
      { type: "offset", group: "g", topic: "t", partition: 0, value: offset },
      0,
    );
    value?.writeInt16BE(9, 0);
    expect(() => decodeGroupRecord({ key, value })).toThrow(MalformedMessageError);
  });
  it("that are rubbish fail with the package's own error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 80 }), (key, value) => {
        try {
          decodeGroupRecord({ key: Buffer.concat([bytes("0002"), key]), value: Buffer.concat([bytes("0003"), value]) });
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
        }
      }),
    );
  });
});
