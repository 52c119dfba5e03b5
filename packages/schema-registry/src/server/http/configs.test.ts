import { describe, expect, it } from "vitest";
import { registryCall } from "./registry-call.test-kit.js";

const record = (fields: readonly object[], more: object = {}) => ({
  schema: JSON.stringify({ type: "record", name: "R", fields }),
  ...more,
});
const a = { name: "a", type: "string" };
const b = { name: "b", type: "string" };
const rule = (name: string, more: object = {}) => ({
  name,
  kind: "CONDITION",
  mode: "WRITE",
  type: "CEL",
  expr: "true",
  ...more,
});

describe("configurations", () => {
  it("change what a request names, and keep the rest", async () => {
    const call = registryCall();
    await call("PUT", "/config/s", { compatibility: "full", alias: "t", normalize: true });
    expect((await call("PUT", "/config/s", { alias: null, compatibilityGroup: "major" })).body).toEqual({
      normalize: true,
      compatibilityGroup: "major",
      compatibility: "FULL",
    });
    expect((await call("GET", "/config/s")).body).toEqual({
      normalize: true,
      compatibilityLevel: "FULL",
      compatibilityGroup: "major",
    });
    expect((await call("PUT", "/config/s", { compatibilityPolicy: "lax" })).status).toBe(422);
    expect(
      (await call("PUT", "/config/s", { defaultRuleSet: { domainRules: [rule("x"), rule("x")] } })).body.error_code,
    ).toBe(42210);
    expect((await call("PUT", "/config/__EMPTY", {})).body.error_code).toBe(42208);
    expect((await call("DELETE", "/config/s")).body).toMatchObject({ compatibilityLevel: "FULL" });
    expect((await call("DELETE", "/config/s")).body.error_code).toBe(40401);
  });

  it("let a subject inherit some of what is global", async () => {
    const call = registryCall();
    await call("PUT", "/config", { compatibility: "NONE", normalize: true, compatibilityGroup: "g", alias: "z" });
    await call("PUT", "/config/s", { validateFields: true });
    expect((await call("GET", "/config/s?defaultToGlobal=true")).body).toEqual({
      normalize: true,
      compatibilityGroup: "g",
      validateFields: true,
      compatibilityLevel: "BACKWARD",
    });
  });

  it("send requests for an alias to the subject behind it", async () => {
    const call = registryCall();
    await call("POST", "/subjects/new/versions", record([a]));
    await call("PUT", "/config/old", { alias: "new" });
    expect((await call("GET", "/subjects/old/versions/1")).body.subject).toBe("new");
    expect((await call("POST", "/subjects/old/versions", record([a]))).body.version).toBe(1);
    expect((await call("GET", "/schemas/ids/1?subject=old")).body.subject).toBe("new");
    const verdict = await call("POST", "/compatibility/subjects/old/versions/latest", record([a, b]));
    expect(verdict.body).toEqual({ is_compatible: false });
    expect((await call("GET", "/schemas?subjectPrefix=old&aliases=true")).body).toMatchObject([
      { subject: "new", aliases: ["old"] },
    ]);
    expect((await call("GET", "/schemas?subjectPrefix=old")).body).toEqual([]);
  });

  it("compare within a group only", async () => {
    const call = registryCall();
    await call("PUT", "/config/s", { compatibility: "BACKWARD", compatibilityGroup: "major" });
    const of = (major: string) => ({ metadata: { properties: { major } } });
    expect((await call("POST", "/subjects/s/versions", record([a], of("1")))).status).toBe(200);
    expect((await call("POST", "/subjects/s/versions", record([a, b], of("1")))).body.error_code).toBe(40901);
    expect((await call("POST", "/subjects/s/versions", record([a, b], of("2")))).body.version).toBe(2);
    expect((await call("POST", "/subjects/s/versions", record([a, b, { ...a, name: "c" }]))).body.error_code).toBe(
      40901,
    );
  });

  it("look at reserved fields where they are told to", async () => {
    const call = registryCall();
    await call("PUT", "/config/s", { compatibility: "NONE", validateFields: true });
    const reserving = (names: string) => ({ metadata: { properties: { "confluent:reserved": names } } });
    await call("POST", "/subjects/s/versions", record([a], reserving("b,c")));
    const conflicting = await call("POST", "/subjects/s/versions", record([a, b], reserving("b,c")));
    expect(conflicting.body.message).toContain("conflicts with the reserved field b");
    const lost = await call("POST", "/subjects/s/versions", record([a], reserving("b")));
    expect(lost.body.message).toContain("reserved field c removed");
    expect(lost.body.message).toContain("{validateFields: 'true', compatibility: 'NONE'}");
    expect((await call("POST", "/subjects/s/versions", record([a], reserving("b,c,d")))).body.version).toBe(2);
  });

  it("bring metadata and rules: defaults behind what a schema says, overrides before it", async () => {
    const call = registryCall();
    await call("PUT", "/config/s", {
      defaultMetadata: { properties: { owner: "none", team: "t" } },
      overrideMetadata: { properties: { legal: "yes" } },
      defaultRuleSet: { domainRules: [rule("d")] },
      overrideRuleSet: { domainRules: [rule("o", { expr: "1 == 1" })] },
    });
    const first = await call(
      "POST",
      "/subjects/s/versions",
      record([a], { metadata: { properties: { owner: "me", legal: "no" } }, ruleSet: { domainRules: [rule("o")] } }),
    );
    expect(first.body.metadata).toEqual({ properties: { legal: "yes", owner: "me", team: "t" } });
    expect(
      first.body.ruleSet.domainRules.map(({ name, expr }: { name: string; expr: string }) => [name, expr]),
    ).toEqual([
      ["d", "true"],
      ["o", "1 == 1"],
    ]);
    // What a schema leaves out is taken from the version before it.
    const second = await call("POST", "/subjects/s/versions", record([]));
    expect(second.body).toMatchObject({ version: 2, metadata: first.body.metadata, ruleSet: first.body.ruleSet });
    expect((await call("POST", "/subjects/s", record([a]))).body.version).toBe(1);
    expect((await call("GET", "/schemas?ruleType=CEL")).body).toHaveLength(2);
    expect((await call("GET", "/schemas?ruleType=JSONATA")).body).toEqual([]);
  });

  it("store the normal form where they say so", async () => {
    const call = registryCall();
    const schema = '{"type":"record","name":"R","fields":[],"b":1,"a":2}';
    const normal = '{"type":"record","name":"R","fields":[],"a":2,"b":1}';
    expect((await call("POST", "/subjects/s/versions", { schema })).body.schema).toBe(schema);
    expect((await call("POST", "/subjects/t/versions?normalize=true", { schema })).body.schema).toBe(normal);
    await call("PUT", "/config/u", { normalize: true });
    expect((await call("POST", "/subjects/u/versions", { schema })).body.schema).toBe(normal);
    expect((await call("POST", "/subjects/t", { schema })).body.error_code).toBe(40403);
    expect((await call("POST", "/subjects/t?normalize=true", { schema })).body.version).toBe(1);
  });

  it("refuse new schemas that old ones might be, unless they say otherwise", async () => {
    const call = registryCall();
    const wrong = record([{ ...a, default: 1 }]);
    expect((await call("POST", "/subjects/s/versions", wrong)).body.error_code).toBe(42201);
    await call("PUT", "/config/s", { validateNewSchemas: false });
    expect((await call("POST", "/subjects/s/versions", wrong)).status).toBe(200);
    expect((await call("POST", "/subjects/s", wrong)).status).toBe(200);
  });
});

describe("metadata and rules", () => {
  it("are part of what a schema is", async () => {
    const call = registryCall();
    const tagged = { metadata: { tags: { a: ["PII", "A"] }, properties: { z: "1", b: "2" }, sensitive: ["z"] } };
    const first = await call("POST", "/subjects/s/versions", record([a]));
    const second = await call("POST", "/subjects/s/versions", record([a], tagged));
    expect([first.body.id, second.body.id]).toEqual([1, 2]);
    expect(first.body.guid).not.toBe(second.body.guid);
    expect(second.body.metadata).toEqual({
      tags: { a: ["A", "PII"] },
      properties: { b: "2", z: "1" },
      sensitive: ["z"],
    });
    expect((await call("GET", `/schemas/guids/${second.body.guid}`)).body.metadata).toEqual(second.body.metadata);
    expect((await call("GET", `/schemas/guids/${second.body.guid}/ids`)).body).toEqual([{ context: ".", id: 2 }]);
    expect((await call("GET", "/schemas/guids/none")).body.error_code).toBe(40403);
    expect((await call("GET", "/subjects/s/metadata?key=b&value=2&key=z&value=1")).body.version).toBe(2);
    expect((await call("GET", "/subjects/s/metadata?key=b&value=3")).body.error_code).toBe(40403);
    expect((await call("GET", "/subjects/none/metadata?key=b&value=3")).body.error_code).toBe(40401);
  });

  it("keep the version that they say equal to the version", async () => {
    const call = registryCall();
    await call("POST", "/subjects/s/versions", record([a], { version: 1 }));
    const second = await call("POST", "/subjects/s/versions", record([]));
    expect(second.body.metadata).toEqual({ properties: { "confluent:version": "2" } });
    expect((await call("POST", "/subjects/s/versions", record([a]))).body.version).toBe(1);
    expect(
      (await call("POST", "/subjects/s/versions", record([{ ...b, default: "" }], { version: 9 }))).body.error_code,
    ).toBe(42201);
  });

  it.each([
    {
      title: "two of one name",
      ruleSet: { domainRules: [rule("x")], migrationRules: [rule("x", { mode: "UPGRADE" })] },
    },
    { title: "a mode of the wrong kind", ruleSet: { migrationRules: [rule("x")] } },
    { title: "no type", ruleSet: { domainRules: [{ ...rule("x"), type: null }] } },
    { title: "a name with a space", ruleSet: { domainRules: [rule("x y")] } },
    { title: "a pair of actions for one way", ruleSet: { domainRules: [rule("x", { onFailure: "DLQ,NONE" })] } },
  ])("are refused with $title", async ({ ruleSet }) => {
    const call = registryCall();
    expect((await call("POST", "/subjects/s/versions", record([a], { ruleSet }))).body.error_code).toBe(42210);
  });
});

describe("tags", () => {
  const entity = (entityPath: string) => ({ entityPath, entityType: "sr_field" });
  it("are put into the text of a next version, and found there", async () => {
    const call = registryCall();
    await call("POST", "/subjects/s/versions", record([a, b]));
    const second = await call("POST", "/subjects/s/versions/latest/tags", {
      tagsToAdd: [{ schemaEntity: entity("R.a"), tags: ["PII"] }],
      rulesToMerge: { domainRules: [rule("x"), rule("y")] },
    });
    expect(second.body).toMatchObject({ version: 2, metadata: { properties: { "confluent:version": "2" } } });
    expect((await call("GET", "/subjects/s/versions/2?findTags=PII")).body.schemaTags).toEqual([
      { schemaEntity: entity("R.a"), tags: ["PII"] },
    ]);
    expect((await call("GET", "/schemas/ids/2?findTags=other")).body.schemaTags).toBeUndefined();
    const third = await call("POST", "/subjects/s/versions/2/tags", {
      tagsToRemove: [{ schemaEntity: entity("R.a"), tags: ["PII"] }],
      rulesToRemove: ["x"],
    });
    expect(third.body.schema).toBe(record([a, b]).schema);
    expect(third.body.ruleSet.domainRules).toHaveLength(1);
    const fourth = await call("POST", "/subjects/s/versions", {
      ...record([a]),
      schemaTagsToAdd: [{ schemaEntity: entity("R.a"), tags: ["X"] }],
    });
    expect(JSON.parse(fourth.body.schema).fields[0]["confluent:tags"]).toEqual(["X"]);
    const fifth = await call("POST", "/subjects/s/versions", {
      ...record([a, { ...b, default: "" }]),
      propagateSchemaTags: true,
    });
    expect(JSON.parse(fifth.body.schema).fields[0]["confluent:tags"]).toEqual(["X"]);
  });
});

describe("lists", () => {
  it("come in pages, with what is deleted where that is asked for", async () => {
    const call = registryCall();
    await call("PUT", "/config", { compatibility: "NONE" });
    for (const schema of ['"int"', '"long"', '"float"']) await call("POST", "/subjects/s/versions", { schema });
    await call("DELETE", "/subjects/s/versions/2");
    const versions = async (query: string) => (await call("GET", `/subjects/s/versions?${query}`)).body;
    expect(await versions("")).toEqual([1, 3]);
    expect(await versions("deleted=TRUE")).toEqual([1, 2, 3]);
    expect(await versions("deletedOnly=true")).toEqual([2]);
    expect(await versions("deletedAsNegative=true")).toEqual([1, -2, 3]);
    expect(await versions("deleted=true&offset=1&limit=1")).toEqual([2]);
    expect(await versions("limit=0")).toEqual([1, 3]);
    expect((await call("GET", "/schemas?latestOnly=true")).body).toMatchObject([{ version: 3 }]);
    expect(
      (await call("GET", "/schemas?deleted=true")).body.map(({ deleted }: { deleted: boolean }) => deleted),
    ).toEqual([false, true, false]);
    await call("DELETE", "/subjects/s");
    expect((await call("GET", "/subjects?deletedOnly=true")).body).toEqual(["s"]);
    expect((await call("GET", "/schemas/ids/1/subjects")).body).toEqual([]);
    expect((await call("GET", "/schemas/ids/1/subjects?deleted=true")).body).toEqual(["s"]);
    expect((await call("GET", "/schemas/ids/1?fetchMaxId=true")).body.maxId).toBe(3);
    expect((await call("GET", "/subjects?limit=x")).status).toBe(404);
  });
});

describe("content types", () => {
  const v1 = "application/vnd.schemaregistry.v1+json";
  it.each([
    { accept: undefined, type: v1 },
    { accept: "*/*", type: v1 },
    { accept: "application/json", type: "application/json" },
    { accept: `application/json;q=0.5, ${v1};q=0.9`, type: v1 },
    { accept: "application/vnd.schemaregistry+json", type: "application/vnd.schemaregistry+json" },
    { accept: "text/plain, application/*;q=0.1", type: v1 },
  ])("$accept is answered with $type", async ({ accept, type }) => {
    const answer = await registryCall()("GET", "/subjects", undefined, accept === undefined ? {} : { accept });
    expect(answer).toMatchObject({ status: 200, type });
  });

  it("are refused where they are not ours", async () => {
    const call = registryCall();
    expect((await call("GET", "/subjects", undefined, { accept: "text/html" })).body.error_code).toBe(406);
    expect((await call("POST", "/subjects/s/versions", "{}", { "content-type": "text/plain" })).body.error_code).toBe(
      415,
    );
    expect(
      (await call("POST", "/subjects/s/versions", { schema: '"int"' }, { "content-type": "application/octet-stream" }))
        .status,
    ).toBe(200);
    expect((await call("PATCH", "/subjects/s/versions")).body.error_code).toBe(405);
    expect((await call("GET", "/subjects/s/versions/")).body).toEqual([1]);
  });
});
