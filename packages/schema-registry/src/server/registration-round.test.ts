import { nodeWorld } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { WaitingRegistrations } from "./registration-round.js";
import { WriteDeadline } from "./write-deadline.js";

const options = { normalize: false, force: false };
const deadline = () => new WriteDeadline(nodeWorld.timers, 5_000);

function waiting(...subjects: readonly (string | readonly [string, string])[]): WaitingRegistrations {
  const registrations = new WaitingRegistrations(10);
  for (const [requested, one] of subjects.entries()) {
    const [subject, refersTo] = typeof one === "string" ? [one, undefined] : one;
    const references = refersTo === undefined ? [] : [{ name: "x", subject: refersTo, version: 1 }];
    const request = { subject, submitted: { schema: '"int"', references }, options, requested };
    registrations.add(request, deadline()).catch(() => {});
  }
  return registrations;
}

const subjectsOf = (taken: ReturnType<WaitingRegistrations["take"]>) => taken.map(({ subject }) => subject);

describe("registrations that wait", () => {
  it("are taken with subjects of their own, in the order in which they came", () => {
    const registrations = waiting("a", "b", "a", "c", "a");
    expect(subjectsOf(registrations.take(10))).toEqual(["a", "b", "c"]);
    expect(subjectsOf(registrations.take(10))).toEqual(["a"]);
    expect(subjectsOf(registrations.take(10))).toEqual(["a"]);
    registrations.rejectAll(new Error("over"));
  });

  it("wait for a subject of the round that they refer to", () => {
    const registrations = waiting("a", ["b", "a"], ["c", "z"], ["d", "b"]);
    expect(subjectsOf(registrations.take(10))).toEqual(["a", "c"]);
    expect(subjectsOf(registrations.take(10))).toEqual(["b"]);
    expect(subjectsOf(registrations.take(10))).toEqual(["d"]);
  });

  it("are no more than a round may have, and no more than may wait", async () => {
    const registrations = waiting("a", "b", "c");
    expect(registrations.take(2)).toHaveLength(2);
    expect(registrations.size).toBe(1);
    const full = new WaitingRegistrations(0);
    const refused = full.add({ subject: "a", submitted: { schema: "" }, options, requested: 1 }, deadline());
    await expect(refused).rejects.toMatchObject({ errorCode: 429 });
  });
});
