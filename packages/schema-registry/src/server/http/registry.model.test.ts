import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Call, registryCall } from "./registry-call.test-kit.js";

/** What a registry should hold: the simplest thing that could. */
class Model {
  readonly versions = new Map<string, { version: number; text: string; deleted: boolean }[]>();
  readonly ids = new Map<string, number>();
  highestId = 0;

  all(subject: string) {
    return this.versions.get(subject) ?? [];
  }

  live(subject: string) {
    return this.all(subject).filter(({ deleted }) => !deleted);
  }

  /** An id is forgotten with the last version that stands for it, and never used again. */
  forget(): void {
    const used = new Set([...this.versions.values()].flat().map(({ text }) => text));
    for (const text of this.ids.keys()) if (!used.has(text)) this.ids.delete(text);
  }
}

type Command = fc.AsyncCommand<Model, Call>;

const register = (subject: string, text: string): Command => ({
  check: () => true,
  toString: () => `register ${subject} ${text}`,
  async run(model, call) {
    const known = model.live(subject).findLast((one) => one.text === text);
    const { status, body } = await call("POST", `/subjects/${subject}/versions`, { schema: text });
    expect(status).toBe(200);
    if (known === undefined) {
      const version = (model.all(subject).at(-1)?.version ?? 0) + 1;
      // What is soft-deleted of the same content goes when it comes back.
      const others = model.all(subject).filter((one) => one.text !== text);
      model.versions.set(subject, [...others, { version, text, deleted: false }]);
      if (!model.ids.has(text)) {
        model.highestId += 1;
        model.ids.set(text, model.highestId);
      }
    }
    const stored = known ?? model.all(subject).at(-1);
    expect(body).toMatchObject({ id: model.ids.get(text), version: stored?.version, schema: text });
  },
});

const deleteVersion = (subject: string, version: number, permanent: boolean): Command => ({
  check: () => true,
  toString: () => `delete ${subject} ${version}${permanent ? " for good" : ""}`,
  async run(model, call) {
    const found = model.all(subject).find((one) => one.version === version);
    const { body } = await call("DELETE", `/subjects/${subject}/versions/${version}?permanent=${permanent}`);
    if (model.all(subject).length === 0) expect(body.error_code).toBe(40401);
    else if (found === undefined) expect(body.error_code).toBe(40402);
    else if (permanent && !found.deleted) expect(body.error_code).toBe(40407);
    else if (!permanent && found.deleted) expect(body.error_code).toBe(40406);
    else {
      expect(body).toBe(version);
      if (permanent)
        model.versions.set(
          subject,
          model.all(subject).filter((one) => one !== found),
        );
      found.deleted = true;
      model.forget();
    }
  },
});

const deleteSubject = (subject: string, permanent: boolean): Command => ({
  check: () => true,
  toString: () => `delete ${subject}${permanent ? " for good" : ""}`,
  async run(model, call) {
    const all = model.all(subject);
    const live = model.live(subject);
    const { body } = await call("DELETE", `/subjects/${subject}?permanent=${permanent}`);
    if (all.length === 0) expect(body.error_code).toBe(40401);
    else if (!permanent && live.length === 0) expect(body.error_code).toBe(40404);
    else if (permanent && live.length > 0) expect(body.error_code).toBe(40405);
    else {
      expect(body).toEqual((permanent ? all : live).map(({ version }) => version));
      if (permanent) model.versions.delete(subject);
      else for (const one of all) one.deleted = true;
      model.forget();
    }
  },
});

const look = (subject: string): Command => ({
  check: () => true,
  toString: () => `look at ${subject}`,
  async run(model, call) {
    const numbers = (versions: readonly { version: number }[]) => versions.map(({ version }) => version);
    const live = await call("GET", `/subjects/${subject}/versions`);
    const all = await call("GET", `/subjects/${subject}/versions?deleted=true`);
    if (model.live(subject).length > 0) expect(live.body).toEqual(numbers(model.live(subject)));
    else expect(live.body.error_code).toBe(40401);
    if (model.all(subject).length > 0) expect(all.body).toEqual(numbers(model.all(subject)));
    else expect(all.body.error_code).toBe(40401);
    for (let id = 1; id <= model.highestId; id += 1) {
      const text = [...model.ids].find(([, one]) => one === id)?.[0];
      const found = await call("GET", `/schemas/ids/${id}`);
      expect(found.status).toBe(text === undefined ? 404 : 200);
      if (text !== undefined) expect(found.body.schema).toBe(text);
    }
  },
});

describe("a registry", () => {
  it("keeps ids and versions as the simplest registry would", { timeout: 120_000 }, async () => {
    const subject = fc.constantFrom("a", "b");
    const text = fc.constantFrom('"int"', '"long"', '"string"', '"bytes"');
    const commands = fc.commands(
      [
        fc.tuple(subject, text).map(([name, schema]) => register(name, schema)),
        fc.tuple(subject, fc.integer({ min: 1, max: 5 }), fc.boolean()).map((args) => deleteVersion(...args)),
        fc.tuple(subject, fc.boolean()).map((args) => deleteSubject(...args)),
        subject.map(look),
      ],
      { maxCommands: 40 },
    );
    await fc.assert(
      fc.asyncProperty(commands, async (run) => {
        const call = registryCall();
        await call("PUT", "/config", { compatibility: "NONE" });
        await fc.asyncModelRun(() => ({ model: new Model(), real: call }), run);
      }),
      { numRuns: 60 },
    );
  });
});
