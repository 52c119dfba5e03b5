import { describe, expect, it } from "vitest";
import { decodeAssignment, elected, encodeAssignment, encodeIdentity } from "./server-identity.js";

const server = (memberId: string, host: string, more: { port?: number; isEligible?: boolean } = {}) => ({
  memberId,
  metadata: encodeIdentity({ scheme: "http", host, port: 8081, isEligible: true, ...more }),
});

describe("an election", () => {
  it("is told as Confluent's registries tell it", () => {
    expect(String(server("m", "a").metadata)).toBe(
      '{"version":1,"host":"a","port":8081,"master_eligibility":true,"scheme":"http"}',
    );
    expect(String(encodeAssignment(elected([server("m", "a")])))).toBe(
      '{"version":1,"error":0,"master":"m","master_identity":{"version":1,"host":"a","port":8081,"master_eligibility":true,"scheme":"http"}}',
    );
  });

  it.each([
    { title: "the smallest URL", members: [server("x", "b"), server("y", "a")], leaderId: "y" },
    { title: "one that may", members: [server("x", "b"), server("y", "a", { isEligible: false })], leaderId: "x" },
    { title: "nobody, where none may", members: [server("y", "a", { isEligible: false })], leaderId: undefined },
    { title: "nobody, where two have one URL", members: [server("x", "a"), server("y", "a")], leaderId: undefined },
    {
      title: "one that can be called, whatever others say",
      members: [{ memberId: "x", metadata: Buffer.from("{") }, server("y", "a")],
      leaderId: "y",
    },
  ])("is won by $title", ({ members, leaderId }) => {
    const assignment = decodeAssignment(encodeAssignment(elected(members)));
    expect(assignment.leaderId).toBe(leaderId);
    expect(assignment.leader === undefined).toBe(leaderId === undefined);
  });
});
