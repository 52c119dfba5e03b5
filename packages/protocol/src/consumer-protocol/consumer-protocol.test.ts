import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../errors/malformed-message.js";
import { consumerProtocol } from "./consumer-protocol.js";

const { encodeSubscription, decodeSubscription, encodeAssignment, decodeAssignment } = consumerProtocol;

const full = {
  topics: ["a", "b"],
  userData: Buffer.from("user"),
  ownedPartitions: [{ topic: "a", partitions: [0, 3] }],
  generationId: 5,
  rackId: "r1",
};

describe("consumer protocol", () => {
  it.each([
    { version: 0, lost: { ownedPartitions: [], generationId: -1, rackId: null } },
    { version: 1, lost: { generationId: -1, rackId: null } },
    { version: 2, lost: { rackId: null } },
    { version: 3, lost: {} },
  ])("a subscription of version $version carries what that version has", ({ version, lost }) => {
    expect(decodeSubscription(encodeSubscription({ version, ...full }))).toEqual({ version, ...full, ...lost });
  });

  it("a subscription is read up to a limit of elements", () => {
    expect(decodeSubscription(encodeSubscription(full), 5).topics).toEqual(["a", "b"]);
    expect(() => decodeSubscription(encodeSubscription(full), 4)).toThrow(MalformedMessageError);
  });

  it.each([0, 1, 2, 3])("an assignment of version %d comes back as it went", (version) => {
    const assigned = { assignedPartitions: [{ topic: "a", partitions: [1, 2] }], userData: null };
    expect(decodeAssignment(encodeAssignment({ version, ...assigned }))).toEqual({ version, ...assigned });
  });

  it("reads Java's cooperative subscription", () => {
    // JoinGroup v9 of the 4.3 console consumer: user data holds the generation of the cooperative-sticky assignor.
    const blob = "0003000000010007746f7069632d3100000004ffffffff00000000ffffffffffff";
    expect(decodeSubscription(Buffer.from(blob, "hex"))).toEqual({
      version: 3,
      topics: ["topic-1"],
      userData: Buffer.from("ffffffff", "hex"),
      ownedPartitions: [],
      generationId: -1,
      rackId: null,
    });
  });

  it("reads what it knows of a newer version", () => {
    const newer = Buffer.concat([encodeSubscription(full), Buffer.from("fields of the future")]);
    newer.writeInt16BE(9, 0);
    expect(decodeSubscription(newer)).toEqual({ version: 9, ...full });
  });

  it("takes no bytes for no partitions", () => {
    expect(decodeAssignment(Buffer.alloc(0))).toEqual({ version: 0, assignedPartitions: [], userData: null });
  });

  it("refuses hostile bytes with its own error only", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        for (const decode of [decodeSubscription, decodeAssignment]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedMessageError);
          }
        }
      }),
    );
  });
});
