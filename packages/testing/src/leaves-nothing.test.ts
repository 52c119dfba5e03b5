import { string, topic } from "@ottla/client";
import { expect, it } from "vitest";
import { startOttla } from "./start-ottla.js";

const notes = topic("notes", { value: string() });

/** What keeps a process alive, by kind; sockets take a turn or two to be gone after both ends are closed. */
async function handles(): Promise<{ readonly sockets: number; readonly timers: number }> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const all = process.getActiveResourcesInfo();
  const count = (kind: RegExp) => all.filter((name) => kind.test(name)).length;
  return { sockets: count(/TCP|Req/), timers: count(/Timeout|Immediate/) };
}

it.each([
  { title: "with nothing done", count: 200, clock: "real", registry: false },
  { title: "after some work", count: 25, clock: "real", registry: true },
  { title: "on a manual clock", count: 25, clock: "manual", registry: true },
] as const)("leaves nothing behind $title, $count times over", async ({ count, clock, registry }) => {
  const before = await handles();
  for (let round = 0; round < count; round += 1) {
    const ottla = await startOttla<typeof clock, boolean>({ clock, registry });
    if (ottla.registry !== undefined) {
      await ottla.kafka.producer().send(notes, { value: "a" });
      for await (const _ of ottla.kafka.consumer({ groupId: "g", topics: [notes] })) break;
      await ottla.registry.register("s-value", { schema: '"string"' });
    }
    await ottla.close();
  }
  const after = await handles();
  expect(after.sockets).toBe(before.sockets);
  // The test runner has timers of its own, which come and go.
  expect(after.timers).toBeLessThanOrEqual(before.timers);
});
