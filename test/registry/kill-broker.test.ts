import { type Schema, SchemaRegistry } from "@ottla/schema-registry";
import { RegistryServer } from "@ottla/schema-registry/server";
import { describe, expect, it } from "vitest";
import { BrokerUnderFire } from "../crash/broker-under-fire.js";
import { cleanup } from "../kit/cleanup.js";
import { eventually } from "../kit/eventually.js";
import { rounds } from "../kit/long-form.js";

const registrations = 1_000;
const subjects = 20;
const contents = 250;

const schemaOf = (content: number): Schema => ({
  schema: `{"type":"record","name":"Order","fields":[{"name":"f${content}","type":"int"}]}`,
});

interface Answer {
  readonly subject: string;
  readonly content: number;
  readonly id: number;
}

describe("_schemas after kill -9 of the broker", () => {
  it("holds nothing half-registered, no id twice, and one id for one content", async () => {
    const broker = await BrokerUnderFire.start({});
    const server = await RegistryServer.start({ bootstrap: broker.address, port: 0, level: "NONE", timeoutMs: 10_000 });
    cleanup(() => server.close());
    const registry = new SchemaRegistry(server.url, { retries: 20, retryWaitMs: 20, timeoutMs: 30_000 });

    const answers: Answer[] = [];
    const work = Promise.all(
      Array.from({ length: registrations }, async (_, index) => {
        const subject = `s${index % subjects}`;
        const content = (index * 7) % contents;
        answers.push({ subject, content, id: await registry.register(subject, schemaOf(content)) });
      }),
    );
    work.catch(() => undefined);
    const kills = rounds(3, 20);
    for (let kill = 1; kill <= kills; kill += 1) {
      const wanted = Math.floor((registrations * kill) / (kills + 1));
      await eventually(() => answers.length >= wanted, { withinMs: 60_000, what: `answer ${wanted}` });
      await broker.killAndRestart();
    }
    await work;

    await server.close();
    await broker.killAndRestart();
    const fresh = await RegistryServer.start({ bootstrap: broker.address, port: 0 });
    cleanup(() => fresh.close());
    await check(new SchemaRegistry(fresh.url), answers);
  }, 180_000);
});

/** Holds what was answered, and nothing else, against what a registry that starts anew tells. */
async function check(registry: SchemaRegistry, answers: readonly Answer[]): Promise<void> {
  expect(answers).toHaveLength(registrations);
  const idOf = new Map<number, number>();
  for (const { subject, content, id } of answers) {
    expect(idOf.get(content) ?? id).toBe(id);
    idOf.set(content, id);
    expect(await registry.lookup(subject, schemaOf(content))).toMatchObject({ id });
  }
  expect(new Set(idOf.values()).size).toBe(contents);
  expect(Math.max(...idOf.values())).toBe(contents);
  for (const [content, id] of idOf) expect((await registry.schemaById(id)).schema).toBe(schemaOf(content).schema);
  for (let subject = 0; subject < subjects; subject += 1) {
    const registered = new Set(answers.filter((one) => one.subject === `s${subject}`).map(({ content }) => content));
    const versions = await registry.versions(`s${subject}`);
    expect(versions).toEqual(Array.from(registered, (_, index) => index + 1));
  }
}
