import { describe, expect, it } from "vitest";
import { registryApp } from "../http/app.js";
import { type Call, registryCall, registryInMemory } from "../http/registry-call.test-kit.js";
import { openApiDocument } from "./document.js";

const document = openApiDocument("1");
type Members = Readonly<Record<string, unknown>>;

describe("the OpenAPI document", () => {
  it("names what the server serves, and nothing else", () => {
    const app = registryApp(registryInMemory(), { clusterId: "", version: "", maxBodyBytes: 1, onError: () => {} });
    const served = app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`);
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect([...new Set(served)].sort()).toEqual(described.sort());
  });

  it("says what is answered", async () => {
    const call = held(registryCall({ version: "1" }));
    const schema = '{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}';
    const metadata = { properties: { a: "1" } };
    const ruleSet = { domainRules: [{ name: "x", mode: "WRITE", type: "CEL" }] };
    await call("POST", "/subjects/:.x:s/versions", { schema });
    await call("POST", "/subjects/s/versions", { schema, metadata, ruleSet });
    await call("POST", "/subjects/s/versions/1/tags", {
      tagsToAdd: [{ schemaEntity: { entityPath: "R.a", entityType: "sr_field" }, tags: ["T"] }],
    });
    await call("POST", "/subjects/s/versions", { schema: '"string"' });
    await call("POST", "/subjects/s", { schema, metadata });
    await call("POST", "/compatibility/subjects/s/versions?verbose=true", { schema: '"string"' });
    await call("POST", "/compatibility/subjects/s/versions/1", { schema });
    const { guid } = (await call("GET", "/subjects/s/versions/2?findTags=T")).body;
    for (const path of [
      "/",
      "/schemas?aliases=true",
      "/schemas/types",
      "/schemas/ids/1?subject=s&fetchMaxId=true",
      "/schemas/ids/1/schema",
      "/schemas/ids/1/subjects",
      "/schemas/ids/1/versions",
      "/schemas/ids/77",
      `/schemas/guids/${guid}`,
      `/schemas/guids/${guid}/ids`,
      "/subjects",
      "/subjects/s/metadata?key=a&value=1",
      "/subjects/s/versions",
      "/subjects/s/versions/1/schema",
      "/subjects/s/versions/1/referencedby",
      "/subjects/s/versions/0",
      "/contexts",
      "/config",
      "/config/s",
      "/mode",
      "/mode/s",
      "/v1/metadata/id",
      "/v1/metadata/version",
      "/v1/metadata/deployment",
      "/live",
      "/ready",
      "/openapi.json",
    ]) {
      await call("GET", path);
    }
    for (const path of ["/config", "/config/s"]) {
      await call("PUT", path, { compatibility: "FULL", normalize: true, defaultMetadata: metadata });
      await call("DELETE", path);
    }
    for (const path of ["/mode", "/mode/s"]) {
      await call("PUT", path, { mode: "READWRITE" });
      await call("DELETE", path);
    }
    for (const path of ["/subjects/s/versions/1", "/subjects/s", "/subjects/:.x:s", "/subjects/:.x:s?permanent=true"]) {
      await call("DELETE", path);
    }
    await call("DELETE", "/contexts/.x");
  });
});

/** Every answer has a status and members that the document knows. */
function held(call: Call): Call {
  return async (method, path, body) => {
    const answer = await call(method, path, body);
    const bare = path.replace(/\?.*/, "");
    const isPath = (pattern: string) => new RegExp(`^${pattern.replace(/\{\w+\}/g, "[^/]+")}$`).test(bare);
    // A path without parameters is meant before one with them.
    const pattern = Object.keys(document.paths).filter(isPath).sort()[0] ?? "";
    const operation = document.paths[pattern]?.[method.toLowerCase()];
    const responses: Readonly<Record<number, Members>> = operation?.responses ?? {};
    const response = responses[answer.status];
    expect(response, `${method} ${path} answers ${answer.status}`).toBeDefined();
    for (const name of new URL(path, "http://r").searchParams.keys()) {
      expect(operation?.parameters.map((parameter) => parameter.name)).toContain(name);
    }
    const content = response?.content as Readonly<Record<string, { schema: Members }>> | undefined;
    if (content !== undefined) expectToFit(answer.body, content["application/json"]?.schema ?? {}, `${method} ${path}`);
    return answer;
  };
}

function expectToFit(value: unknown, schema: Members, where: string): void {
  const { $ref } = schema;
  if (typeof $ref === "string") {
    const name = $ref.slice($ref.lastIndexOf("/") + 1) as keyof typeof document.components.schemas;
    expectToFit(value, document.components.schemas[name], where);
    return;
  }
  const { type, items, properties } = schema as {
    type?: string;
    items?: Members;
    properties?: Record<string, Members>;
  };
  if (type === "array") {
    expect(Array.isArray(value), where).toBe(true);
    for (const item of value as unknown[]) expectToFit(item, items ?? {}, `${where}[]`);
  } else if (type === "object" && properties !== undefined) {
    for (const [name, member] of Object.entries(value as Members)) {
      expect(Object.keys(properties), where).toContain(name);
      expectToFit(member, properties[name] ?? {}, `${where}.${name}`);
    }
  } else if (type !== undefined) {
    expect(typeof value, where).toBe(type === "integer" ? "number" : type);
  }
}
