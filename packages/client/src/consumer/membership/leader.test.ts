import { consumerProtocol } from "@ottla/protocol";
import { expect, it } from "vitest";
import type { Assignor } from "../assignors/assignor.js";
import { range } from "../assignors/range.js";
import { sticky } from "../assignors/sticky.js";
import { assignmentsOf, decodeAssignment, encodeSubscription, membersOf } from "./leader.js";

it("gives an assignor what the members' assignors sent along, and waits for its answer", async () => {
  const assignor: Assignor = {
    name: "first-wish",
    protocol: "eager",
    userData: () => Buffer.from("2"),
    assign: async (members) =>
      new Map(
        members.map(({ memberId, userData }) => [
          memberId,
          [{ topic: "orders", partition: Number(Buffer.from(userData ?? []).toString()) }],
        ]),
      ),
  };
  const metadata = encodeSubscription(assignor, { topics: ["orders"], owned: [], generation: -1 });
  const members = membersOf({ members: [{ memberId: "m", groupInstanceId: null, metadata }] }, assignor);
  expect(consumerProtocol.decodeSubscription(metadata).userData).toEqual(Buffer.from("2"));
  const [assigned] = await assignmentsOf(assignor, members, new Map([["orders", 3]]));
  expect(decodeAssignment(assigned?.assignment ?? Buffer.alloc(0))).toEqual([{ topic: "orders", partition: 2 }]);
});

it("takes what a member had from where its assignor puts it", () => {
  const had = { partitions: [{ topic: "orders", partition: 1 }], generation: 4 };
  const about = { topics: ["orders"], owned: [], generation: 5, had, rack: "west" };
  expect(consumerProtocol.decodeSubscription(encodeSubscription(sticky, about)).rackId).toBe("west");
  const response = { members: [{ memberId: "m", groupInstanceId: null, metadata: encodeSubscription(sticky, about) }] };
  expect(membersOf(response, sticky)).toMatchObject([{ owned: had.partitions, generation: 4 }]);
  expect(membersOf(response, range)).toMatchObject([{ owned: [], generation: 5 }]);
});
