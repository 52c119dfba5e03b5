import { describe, expect, it } from "vitest";
import { registryCall } from "./registry-call.test-kit.js";

const int = { schema: '"int"' };
const long = { schema: '"long"' };

describe("contexts", () => {
  it("have ids of their own, and show their subjects under their names", async () => {
    const call = registryCall();
    expect((await call("POST", "/subjects/a/versions", long)).body.id).toBe(1);
    expect((await call("POST", "/subjects/:.x:a/versions", int)).body.id).toBe(1);
    expect((await call("POST", "/contexts/.x/subjects/b/versions", long)).body.id).toBe(2);
    expect((await call("GET", "/contexts")).body).toEqual([".", ".x"]);
    expect((await call("GET", "/contexts?contextPrefix=.x")).body).toEqual([".x"]);
    expect((await call("GET", "/subjects")).body).toEqual([":.x:a", ":.x:b", "a"]);
    expect((await call("GET", "/contexts/.x/subjects")).body).toEqual([":.x:a", ":.x:b"]);
    expect((await call("GET", "/contexts/:.x:/subjects?subjectPrefix=b")).body).toEqual([":.x:b"]);
    expect((await call("GET", "/subjects?subjectPrefix=")).body).toEqual(["a"]);
    expect((await call("GET", "/subjects?subjectPrefix=:*:a")).body).toEqual([":.x:a", "a"]);
    expect((await call("GET", "/contexts/.x/schemas/ids/1")).body.schema).toBe('"int"');
    expect((await call("GET", "/schemas/ids/1")).body.schema).toBe('"long"');
    expect((await call("GET", "/schemas/ids/1?subject=:.x:")).body.schema).toBe('"int"');
    expect((await call("GET", "/schemas/ids/2")).body.error_code).toBe(40403);
    expect((await call("GET", "/schemas/ids/2?subject=b")).body).toMatchObject({ subject: ":.x:b", version: 1 });
    expect((await call("GET", "/schemas/ids/2/versions?subject=:.x:")).body).toEqual([
      { subject: ":.x:b", version: 1 },
    ]);
    expect((await call("GET", "/schemas?subjectPrefix=:*:")).body).toHaveLength(3);
    expect((await call("GET", "/schemas")).body).toHaveLength(1);
    expect((await call("GET", "/contexts/x/schemas")).body).toHaveLength(2);
    expect((await call("GET", "/contexts/a%3Ab/subjects/x/versions")).status).toBe(400);
  });

  it("are looked through for a subject that the default one has not", async () => {
    const call = registryCall();
    await call("POST", "/subjects/:.x:a/versions", int);
    expect((await call("GET", "/subjects/a/versions/1")).body.subject).toBe(":.x:a");
    expect((await call("GET", "/subjects/a/versions/latest")).body.subject).toBe(":.x:a");
    expect((await call("POST", "/subjects/a", int)).body.subject).toBe(":.x:a");
    expect((await call("GET", "/subjects/a/versions")).body.error_code).toBe(40401);
    expect((await call("GET", "/subjects/:.y:a/versions/1")).body.error_code).toBe(40401);
  });

  it("resolve references in the parent's context", async () => {
    const call = registryCall();
    await call("POST", "/subjects/:.x:c/versions", { schema: '{"type":"record","name":"C","fields":[]}' });
    const order = {
      schema: '{"type":"record","name":"O","fields":[{"name":"by","type":"C"}]}',
      references: [{ name: "C", subject: "c", version: 1 }],
    };
    expect((await call("POST", "/subjects/o/versions", order)).body.error_code).toBe(42201);
    expect((await call("POST", "/subjects/:.x:o/versions", order)).body).toMatchObject({
      id: 2,
      references: order.references,
    });
    expect((await call("GET", "/subjects/:.x:c/versions/1/referencedby")).body).toEqual([2]);
    const qualified = await call("GET", "/subjects/:.x:o/versions/1?referenceFormat=qualified");
    expect(qualified.body.references).toEqual([{ name: "C", subject: ":.x:c", version: 1 }]);
    const resolved = await call("GET", "/subjects/:.x:o/versions/1/schema?format=resolved");
    expect(resolved.body.fields[0].type).toEqual({ type: "record", name: "C", fields: [] });
  });

  it("are deleted when nothing is left in them", async () => {
    const call = registryCall();
    await call("POST", "/subjects/:.x:a/versions", int);
    await call("DELETE", "/subjects/:.x:a");
    expect((await call("DELETE", "/contexts/.x")).body.error_code).toBe(42211);
    await call("DELETE", "/subjects/:.x:a?permanent=true");
    expect((await call("DELETE", "/contexts/.x")).status).toBe(204);
    expect((await call("GET", "/contexts")).body).toEqual(["."]);
  });

  it("have settings of their own, before those of all contexts", async () => {
    const call = registryCall();
    const level = async (subject: string) =>
      (await call("GET", `/config/${subject}?defaultToGlobal=true`)).body.compatibilityLevel;
    await call("PUT", "/config", { compatibility: "FULL" });
    expect([await level("a"), await level(":.x:a")]).toEqual(["FULL", "BACKWARD"]);
    await call("PUT", "/config/:.__GLOBAL:", { compatibility: "FORWARD" });
    expect([await level("a"), await level(":.x:a")]).toEqual(["FULL", "FORWARD"]);
    expect((await call("PUT", "/contexts/.x/config", { compatibility: "NONE" })).body).toEqual({
      compatibility: "NONE",
    });
    expect([await level(":.x:a"), await level(":.y:a")]).toEqual(["NONE", "FORWARD"]);
    expect((await call("GET", "/config/:.x:")).body).toEqual({ compatibilityLevel: "NONE" });
    await call("PUT", "/config/:.x:a", { normalize: true });
    expect((await call("GET", "/contexts/.x/config/a")).body).toEqual({
      normalize: true,
      compatibilityLevel: "BACKWARD",
    });
    expect((await call("GET", "/config/:.:")).body).toEqual({ compatibilityLevel: "FULL" });
  });
});

describe("modes", () => {
  it("IMPORT takes ids and versions as they come, and nothing without an id", async () => {
    const call = registryCall();
    await call("POST", "/subjects/a/versions", int);
    expect((await call("PUT", "/mode", { mode: "IMPORT" })).body.error_code).toBe(42205);
    expect((await call("PUT", "/mode/b", { mode: "import" })).body).toEqual({ mode: "IMPORT" });
    expect((await call("POST", "/subjects/b/versions", long)).body.error_code).toBe(42205);
    expect((await call("POST", "/subjects/b/versions", { ...long, id: 40, version: 3 })).body).toMatchObject({
      id: 40,
      version: 3,
    });
    expect((await call("POST", "/subjects/b/versions", { schema: '"bytes"', id: 30, version: 1 })).body).toMatchObject({
      id: 30,
      version: 1,
    });
    expect((await call("GET", "/subjects/b/versions")).body).toEqual([1, 3]);
    expect((await call("POST", "/subjects/b/versions", { schema: '"string"', id: 40 })).body.error_code).toBe(42205);
    expect((await call("POST", "/subjects/c/versions", { schema: '"float"', id: 50 })).body.error_code).toBe(42205);
    await call("DELETE", "/mode/b");
    expect((await call("POST", "/subjects/c/versions", { schema: '"float"' })).body.id).toBe(41);
    expect((await call("PUT", "/mode?force=true", { mode: "IMPORT" })).status).toBe(200);
  });

  it("entering IMPORT drops what is soft-deleted", async () => {
    const call = registryCall();
    await call("POST", "/subjects/a/versions", int);
    await call("DELETE", "/subjects/a");
    expect((await call("PUT", "/mode/a", { mode: "IMPORT" })).status).toBe(200);
    expect((await call("GET", "/subjects?deleted=true")).body).toEqual([]);
    expect((await call("GET", "/schemas/ids/1")).status).toBe(404);
  });

  it("READONLY takes what is there already, and nothing else", async () => {
    const call = registryCall();
    await call("POST", "/subjects/a/versions", int);
    await call("PUT", "/mode/a", { mode: "READONLY" });
    expect((await call("POST", "/subjects/a/versions", int)).body.id).toBe(1);
    expect((await call("POST", "/subjects/a/versions", long)).body.error_code).toBe(42205);
    expect((await call("DELETE", "/subjects/a")).body.error_code).toBe(42205);
    expect((await call("PUT", "/config/a", { compatibility: "NONE" })).body.error_code).toBe(42205);
    expect((await call("POST", "/subjects/b/versions", long)).status).toBe(200);
  });

  it("FORWARD is for all contexts, and takes ids", async () => {
    const call = registryCall();
    expect((await call("PUT", "/mode", { mode: "FORWARD" })).body.error_code).toBe(42204);
    expect((await call("PUT", "/mode/:.__GLOBAL:", { mode: "FORWARD" })).body).toEqual({ mode: "FORWARD" });
    expect((await call("POST", "/subjects/a/versions", int)).body.error_code).toBe(42205);
    expect((await call("POST", "/subjects/a/versions", { ...int, id: 9 })).body.id).toBe(9);
  });

  it("of a context are deleted with those inside, when asked for", async () => {
    const call = registryCall();
    for (const name of [":.x:", ":.x:a", "b"]) await call("PUT", `/mode/${name}`, { mode: "READONLY" });
    expect((await call("GET", "/mode/:.x:z?defaultToGlobal=true")).body).toEqual({ mode: "READONLY" });
    expect((await call("DELETE", "/mode/:.x:?recursive=true")).body).toEqual({ mode: "READONLY" });
    expect((await call("GET", "/mode/:.x:a")).body.error_code).toBe(40409);
    expect((await call("GET", "/mode/b")).body).toEqual({ mode: "READONLY" });
    expect((await call("DELETE", "/mode/:.x:a")).body.error_code).toBe(40401);
    expect((await call("DELETE", "/mode")).body).toEqual({ mode: "READWRITE" });
  });
});
