import { nodeWorld } from "@ottla/world";
import nock from "nock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SchemaRegistry } from "./schema-registry.js";

const url = "http://registry.test:8081";
const other = "http://other.test:8081";
const schema = { schema: '"string"' };

/** Timers that fire at once, so that a retry's wait takes no time; what was waited for is kept. */
function quickWorld() {
  const waits: number[] = [];
  return {
    waits,
    clock: nodeWorld.clock,
    timers: {
      after: (delayMs: number, callback: () => void) => {
        // A request's own time limit never fires here; a wait between tries does at once.
        if (delayMs >= 10_000) return { cancel: () => {} };
        waits.push(delayMs);
        queueMicrotask(callback);
        return { cancel: () => {} };
      },
      idle: () => ({ cancel: () => {} }),
      endOfTurn: () => {},
    },
    random: { next: () => 0, bytes: (length: number) => new Uint8Array(length) },
  };
}

beforeEach(() => {
  nock.disableNetConnect();
});

afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe("schema registry client", () => {
  it("asks for an id once, however many ask at the same time and after", async () => {
    const scope = nock(url).get("/schemas/ids/7").reply(200, schema);
    const registry = new SchemaRegistry(url);
    const answers = await Promise.all([registry.schemaById(7), registry.schemaById(7)]);
    expect([...answers, await registry.schemaById(7)]).toEqual([schema, schema, schema]);
    scope.done();
  });

  it("forgets a failure that may pass, and remembers for a moment that there is no such schema", async () => {
    let now = 0;
    const world = { ...quickWorld(), clock: { ...nodeWorld.clock, now: () => now } };
    const registry = new SchemaRegistry(url, { world, retries: 0 });
    nock(url).get("/schemas/ids/7").reply(503, "busy");
    await expect(registry.schemaById(7)).rejects.toMatchObject({ errorCode: 503, retriable: true });
    nock(url).get("/schemas/ids/7").reply(404, { error_code: 40403, message: "Schema not found" });
    const missing = { code: "SCHEMA_NOT_FOUND", errorCode: 40403, retriable: false };
    await expect(registry.schemaById(7)).rejects.toMatchObject(missing);
    now = 999;
    await expect(registry.schemaById(7)).rejects.toMatchObject(missing);
    now = 1000;
    nock(url).get("/schemas/ids/7").reply(200, schema);
    expect(await registry.schemaById(7)).toEqual(schema);
  });

  it("looks up again at once what it has registered itself", async () => {
    const registry = new SchemaRegistry(url);
    nock(url).post("/subjects/a").reply(404, { error_code: 40401, message: "no subject" });
    await expect(registry.idOf("a", schema)).rejects.toMatchObject({ code: "SUBJECT_NOT_FOUND" });
    nock(url).post("/subjects/a/versions").reply(200, { id: 3 });
    expect(await registry.register("a", schema)).toBe(3);
    nock(url)
      .post("/subjects/a")
      .reply(200, { subject: "a", version: 1, id: 3, ...schema });
    expect(await registry.idOf("a", schema)).toBe(3);
  });

  it("fetches an OAuth token once for requests at the same time, and another when it is old or refused", async () => {
    let now = 0;
    const world = { ...quickWorld(), clock: { ...nodeWorld.clock, now: () => now } };
    const oauth = { tokenUrl: "http://login.test/token", clientId: "a:b", clientSecret: "s", scope: "registry" };
    const registry = new SchemaRegistry(url, { world, auth: { oauth }, retries: 0 });
    const token = (value: string) =>
      nock("http://login.test")
        .post("/token", "grant_type=client_credentials&scope=registry")
        .basicAuth({ user: "a%3Ab", pass: "s" })
        .reply(200, { access_token: value, expires_in: 100 });
    const asked = (value: string, status = 200) =>
      nock(url, { reqheaders: { authorization: `Bearer ${value}` } })
        .get("/subjects")
        .reply(status, []);
    token("one");
    asked("one");
    asked("one");
    await Promise.all([registry.subjects(), registry.subjects()]);
    now = 80_000;
    token("two");
    asked("two", 401);
    await expect(registry.subjects()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    token("three");
    asked("three");
    expect(await registry.subjects()).toEqual([]);
    now = 200_000;
    nock("http://login.test").post("/token").reply(400, { error: "invalid_client" });
    await expect(registry.subjects()).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      message: expect.stringContaining("invalid_client"),
    });
    expect(nock.pendingMocks()).toEqual([]);
  });

  it.each([
    { call: "guid", path: "/schemas/guids/g", run: (registry: SchemaRegistry) => registry.schemaByGuid("g") },
    {
      call: "uses",
      path: "/schemas/ids/1/versions?deleted=true",
      run: (r: SchemaRegistry) => r.usesOf(1, { deleted: true }),
    },
    {
      call: "subjects",
      path: "/subjects?offset=2&limit=1&subjectPrefix=a",
      run: (r: SchemaRegistry) => r.subjects({ prefix: "a", offset: 2, limit: 1 }),
    },
    { call: "schemas", path: "/schemas?latestOnly=true", run: (r: SchemaRegistry) => r.schemas({ latestOnly: true }) },
    {
      call: "metadata",
      path: "/subjects/a/metadata?key=x&key=y&value=1&value=2",
      run: (r: SchemaRegistry) => r.latestWith("a", { x: "1", y: "2" }),
    },
    {
      call: "referrers",
      path: "/subjects/a/versions/2/referencedby",
      run: (r: SchemaRegistry) => r.referencedBy("a", 2),
    },
    { call: "contexts", path: "/contexts", run: (r: SchemaRegistry) => r.contexts() },
    { call: "types", path: "/schemas/types", run: (r: SchemaRegistry) => r.schemaTypes() },
    { call: "mode", path: "/mode/a?defaultToGlobal=true", run: (r: SchemaRegistry) => r.mode("a") },
  ])("asks for $call at its path", async ({ path, run }) => {
    const scope = nock(url).get(path).reply(200, {});
    await run(new SchemaRegistry(url));
    scope.done();
  });

  it("reads a configuration's level, and writes it, by their two names", async () => {
    const registry = new SchemaRegistry(url);
    nock(url).get("/config/a?defaultToGlobal=true").reply(200, { compatibilityLevel: "FULL", normalize: true });
    expect(await registry.config("a")).toEqual({ compatibility: "FULL", normalize: true });
    const scope = nock(url).put("/config/a", { compatibility: "NONE", alias: "b" }).reply(200, {});
    await registry.setConfig({ compatibility: "NONE", alias: "b" }, "a");
    scope.done();
  });

  it("percent-encodes a subject, slashes included, and sends Confluent's content type", async () => {
    nock(url, { reqheaders: { "content-type": "application/vnd.schemaregistry.v1+json" } })
      .post("/subjects/a%2Fb%20c/versions", schema)
      .reply(200, { id: 3 });
    expect(await new SchemaRegistry(url).register("a/b c", schema)).toBe(3);
  });

  it("tries again after failures that may pass, waiting longer each time, and gives up after `retries`", async () => {
    const world = quickWorld();
    nock(url).get("/subjects").times(3).reply(503, "busy");
    nock(url).get("/subjects").reply(200, ["a"]);
    const registry = new SchemaRegistry(url, { world, retryWaitMs: 100 });
    expect(await registry.subjects()).toEqual(["a"]);
    expect(world.waits).toEqual([50, 100, 200]);
    nock(url).get("/subjects").times(2).reply(500, { error_code: 50001, message: "store" });
    await expect(new SchemaRegistry(url, { world, retries: 1 }).subjects()).rejects.toMatchObject({
      code: "STORE_ERROR",
    });
  });

  it("goes to the next URL without waiting, and stays with the one that answered", async () => {
    const world = quickWorld();
    nock(url)
      .get("/subjects")
      .replyWithError(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    const scope = nock(other).get("/subjects").times(2).reply(200, []);
    const registry = new SchemaRegistry([url, `${other}/`], { world });
    await registry.subjects();
    await registry.subjects();
    scope.done();
    expect(world.waits).toEqual([]);
  });

  it("names the reason when nothing answers", async () => {
    nock(url)
      .get("/subjects")
      .replyWithError(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    await expect(new SchemaRegistry(url, { retries: 0 }).subjects()).rejects.toThrow(
      /^\[REGISTRY_UNREACHABLE\] GET http:\/\/registry\.test:8081\/subjects: .*ECONNREFUSED/,
    );
  });

  it("gives a try only so long", async () => {
    nock(url).get("/subjects").delay(60_000).reply(200, []);
    const registry = new SchemaRegistry(url, { retries: 0, timeoutMs: 20 });
    await expect(registry.subjects()).rejects.toThrow("no answer within 20 ms");
  });

  it("stops at its caller's signal, and leaves others who wait for the same answer alone", async () => {
    let answer: (() => void) | undefined;
    nock(url)
      .get("/schemas/ids/1")
      .reply(200, (_uri, _body, done) => {
        answer = () => done(null, schema);
      });
    const registry = new SchemaRegistry(url);
    const controller = new AbortController();
    const impatient = registry.schemaById(1, controller.signal);
    const patient = registry.schemaById(1);
    controller.abort(new Error("enough"));
    await expect(impatient).rejects.toThrow("enough");
    await expect.poll(() => answer).toBeDefined();
    answer?.();
    expect(await patient).toEqual(schema);
  });

  it.each([
    { title: "basic", auth: { username: "u", password: "p:w" }, header: "Basic dTpwOnc=" },
    { title: "a bearer token", auth: { token: "t" }, header: "Bearer t" },
    { title: "a token fetched for each request", auth: { token: async () => "fresh" }, header: "Bearer fresh" },
  ])("authenticates with $title", async ({ auth, header }) => {
    nock(url, { reqheaders: { authorization: header } })
      .get("/subjects")
      .reply(200, []);
    expect(await new SchemaRegistry(url, { auth }).subjects()).toEqual([]);
  });

  it("shows a proxy's page for what it is", async () => {
    nock(url).get("/subjects").reply(200, "<html>sign in</html>");
    await expect(new SchemaRegistry(url, { retries: 0 }).subjects()).rejects.toThrow(
      "its body is not JSON: <html>sign in</html>",
    );
  });

  it("tells compatibility with the registry's reasons", async () => {
    nock(url)
      .post("/compatibility/subjects/s/versions?verbose=true", schema)
      .reply(200, { is_compatible: false, messages: ["because"] });
    expect(await new SchemaRegistry(url).checkCompatibility("s", schema)).toEqual({
      isCompatible: false,
      messages: ["because"],
    });
  });
});
