import { Broker } from "@ottla/broker";
import { SchemaRegistry } from "@ottla/schema-registry";
import { describe, expect, it } from "vitest";
import { Child } from "../kit/child.js";
import { cleanup } from "../kit/cleanup.js";
import { nodeBinary } from "../kit/node-binary.js";
import { command, isBuilt } from "./ottla-command.js";

const schema = (name: string) => ({ schema: JSON.stringify({ type: "record", name, fields: [] }) });

describe.skipIf(!isBuilt)("ottla registry --elect (skipped where it is not built)", () => {
  it("goes on writing, and gives no id twice, when the registry that wrote is killed", async () => {
    const broker = await Broker.start({ memory: true });
    cleanup(() => broker.close());
    const started = await Promise.all(
      [1, 2].map(async () => {
        const args = [command, "registry", "--bootstrap", broker.bootstrap, "--port", "0", "--elect"];
        const child = new Child(nodeBinary, args);
        return { child, url: await child.line((line) => line.startsWith("http://")) };
      }),
    );
    // Of those that may lead, the one with the smallest URL does.
    const [first, second] = started.toSorted((one, other) => (one.url < other.url ? -1 : 1));
    if (first === undefined || second === undefined) throw new Error("two were started");
    // A session of 10 s passes before the group knows that its member is gone: asked again for longer than that.
    const registries = [first, second].map(({ url }) => new SchemaRegistry(url, { retries: 8, timeoutMs: 30_000 }));
    const [one, other] = registries as [SchemaRegistry, SchemaRegistry];
    const ids: number[] = [];
    for (let number = 0; number < 10; number += 1) {
      ids.push(await (number % 2 === 0 ? one : other).register(`s${number}`, schema(`S${number}`)));
    }
    await first.child.kill();
    expect((await other.schemaById(ids[0] ?? 0)).schema).toContain("S0");
    for (let number = 10; number < 15; number += 1) ids.push(await other.register(`s${number}`, schema(`S${number}`)));
    expect(ids).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  });
});
