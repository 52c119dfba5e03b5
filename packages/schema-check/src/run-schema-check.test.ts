import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cents, coupon, id, Repository, record, verdicts } from "./repository.test-kit.js";

const declared = (entry: object = {}) => ({
  subjects: { "orders-value": { file: "schemas/order.avsc", compatibility: "BACKWARD_TRANSITIVE", ...entry } },
});

/** Three versions of orders on main: id; id, cents; id. Then a branch. */
function orders(manifest: object = declared()): Repository {
  return Repository.init()
    .write({ "ottla.schemas.json": manifest, "schemas/order.avsc": record(id) })
    .commit("first")
    .write({ "schemas/order.avsc": record(id, cents) })
    .commit("cents")
    .write({ "schemas/order.avsc": record(id) })
    .commit("no cents")
    .branch("feature");
}

describe("schemas against the history of a branch", () => {
  it("compares with every version that the branch ever held, and says how many there were", async () => {
    const repository = orders().write({ "schemas/order.avsc": record(id, { ...cents, type: "string", default: "" }) });
    const report = await repository.check();
    expect(verdicts(report)).toEqual({ "orders-value": ["incompatible", "TYPE_MISMATCH"] });
    const [subject] = report.subjects;
    expect(subject).toMatchObject({ versions: 3, level: "BACKWARD_TRANSITIVE" });
    expect(subject?.findings[0]?.against).toEqual([
      expect.stringMatching(/^[0-9a-f]{7} \(\d{4}-\d\d-\d\d\) schemas\/order.avsc$/),
    ]);
    expect(report.against).toMatch(/^main \([0-9a-f]{7}\)$/);
  });

  it("lets pass what fits, tells what is unchanged and what is new", async () => {
    const repository = orders({
      subjects: {
        "orders-value": { file: "schemas/order.avsc" },
        "payments-value": { file: "schemas/payment.avsc" },
      },
    }).write({ "schemas/payment.avsc": record(id) });
    expect(verdicts(await repository.check())).toEqual({ "orders-value": ["unchanged"], "payments-value": ["new"] });
    repository.write({ "schemas/order.avsc": record(id, { ...coupon, default: "" }) }).commit();
    expect(verdicts(await repository.check())).toMatchObject({ "orders-value": ["compatible"] });
  });

  it("does not blame a branch for what the base gained since", async () => {
    const repository = orders();
    repository.git("checkout", "--quiet", "main");
    repository
      .write({ "schemas/order.avsc": record(id, { ...coupon, default: "" }, { name: "at", type: "long", default: 0 }) })
      .write({ "ottla.schemas.json": declared({ compatibility: "FULL_TRANSITIVE" }) })
      .commit("main goes on");
    repository.git("checkout", "--quiet", "feature");
    expect(verdicts(await repository.check())).toEqual({ "orders-value": ["unchanged"] });
  });

  it("follows a file through its renames", async () => {
    const repository = orders().move("schemas/order.avsc", "shop/order.avsc");
    repository.write({ "ottla.schemas.json": declared({ file: "shop/order.avsc" }) }).commit("move");
    repository.git("checkout", "--quiet", "main");
    repository.git("merge", "--quiet", "--no-ff", "--message", "merge", "feature");
    repository.branch("next").write({ "shop/order.avsc": record(id, { ...cents, type: "string", default: "" }) });
    const report = await repository.check();
    expect(verdicts(report)).toEqual({ "orders-value": ["incompatible", "TYPE_MISMATCH"] });
    expect(report.subjects[0]?.versions).toBe(3);
  });

  it("takes a file that was moved and changed in one go for the same", async () => {
    const fields = Array.from({ length: 20 }, (_, index) => ({ name: `f${index}`, type: "int", default: 0 }));
    const repository = Repository.init()
      .write({
        "ottla.schemas.json": declared(),
        "schemas/order.avsc": JSON.stringify(record(...fields), undefined, 1),
      })
      .commit()
      .branch("feature")
      .remove("schemas/order.avsc")
      .write({ "a/order.avsc": JSON.stringify(record(...fields, coupon), undefined, 1) })
      .write({ "ottla.schemas.json": declared({ file: "a/order.avsc" }) })
      .commit();
    expect(verdicts(await repository.check())).toEqual({
      "orders-value": ["incompatible", "READER_FIELD_MISSING_DEFAULT_VALUE"],
    });
  });

  it("does not count what a merged branch tried on its way", async () => {
    const repository = orders();
    repository.write({ "schemas/order.avsc": record(id, coupon) }).commit("tried");
    repository.write({ "schemas/order.avsc": record(id, { ...coupon, default: "" }) }).commit("mended");
    repository.git("checkout", "--quiet", "main");
    repository.git("merge", "--quiet", "--no-ff", "--message", "merge", "feature");
    repository
      .branch("next")
      .write({ "schemas/order.avsc": record(id, { ...coupon, type: "string", default: "" }, cents) });
    expect((await repository.check()).subjects[0]).toMatchObject({ verdict: "compatible", versions: 4 });
  });

  it("counts a change of a schema that is referred to as one of those that refer to it", async () => {
    const customer = (...fields: readonly object[]) => ({ type: "record", name: "Customer", fields });
    const manifest = {
      defaults: { compatibility: "BACKWARD_TRANSITIVE" },
      subjects: {
        "orders-value": { file: "order.avsc", references: { Customer: "customers-value" } },
        "customers-value": { file: "customer.avsc" },
      },
    };
    const repository = Repository.init()
      .write({ "ottla.schemas.json": manifest })
      .write({ "customer.avsc": customer(id), "order.avsc": record({ name: "customer", type: "Customer" }) })
      .commit()
      .write({ "customer.avsc": customer(id, cents) })
      .commit()
      .branch("feature")
      .write({ "customer.avsc": customer(id, coupon) });
    const report = await repository.check();
    expect(verdicts(report)).toEqual({
      "orders-value": ["incompatible", "READER_FIELD_MISSING_DEFAULT_VALUE"],
      "customers-value": ["incompatible", "READER_FIELD_MISSING_DEFAULT_VALUE"],
    });
    expect(report.subjects.map(({ versions }) => versions)).toEqual([2, 2]);
  });

  it("names the readers that a change would break", async () => {
    const lock = { billing: { "orders-value": record(id, coupon) }, archive: { "orders-value": record(id) } };
    const repository = orders(declared({ readers: ["readers.lock.json", "billing.avsc"] }))
      .write({ "readers.lock.json": lock, "billing.avsc": record(coupon) })
      .write({ "schemas/order.avsc": record(id, { ...cents, default: 1 }) });
    const [subject] = (await repository.check()).subjects;
    expect(subject?.findings.map(({ type, breaks }) => [type, breaks])).toEqual([
      ["READER_BROKEN", "billing could no longer read the subject."],
      ["READER_BROKEN", "billing.avsc could no longer read the subject."],
    ]);
  });

  it("passes over what was no schema when the branch held it", async () => {
    const repository = Repository.init()
      .write({ "ottla.schemas.json": declared(), "schemas/order.avsc": "{" })
      .commit("broken")
      .write({ "schemas/order.avsc": record(id) })
      .commit("mended")
      .branch("feature")
      .write({ "schemas/order.avsc": record(id, cents) });
    expect(verdicts(await repository.check())).toEqual({ "orders-value": ["compatible"] });
  });

  it("says when a schema is none, when its file is gone, and when its contract says another", async () => {
    const repository = orders(declared({ contract: "contracts.ts#orders" }));
    const contractText = () => JSON.stringify(record(id, cents));
    repository.write({ "schemas/order.avsc": { type: "recrod" } });
    expect(verdicts(await repository.check())).toEqual({ "orders-value": ["incompatible", "INVALID_SCHEMA"] });
    repository.remove("schemas/order.avsc");
    expect(verdicts(await repository.check())).toEqual({ "orders-value": ["incompatible", "SCHEMA_FILE_MISSING"] });
    repository.write({ "schemas/order.avsc": record(cents) });
    expect(verdicts(await repository.check({ contractText }))).toEqual({
      "orders-value": ["incompatible", "CONTRACT_DRIFT"],
    });
    repository.write({ "schemas/order.avsc": record(id, cents) });
    expect(verdicts(await repository.check({ contractText }))).toEqual({ "orders-value": ["compatible"] });
  });
});

describe("the rules, which a change may not lower for itself", () => {
  const broken = record(id, coupon);

  it.each([
    ["the level", declared({ compatibility: "NONE" }), "LEVEL_LOWERED"],
    ["the direction of the level", declared({ compatibility: "FORWARD_TRANSITIVE" }), "LEVEL_LOWERED"],
    ["how far back it looks", declared({ compatibility: "BACKWARD" }), "LEVEL_LOWERED"],
    ["the policy", declared({ policy: "LENIENT" }), "POLICY_LOWERED"],
  ])("finds %s lowered, and judges by what the base says", async (_, manifest, type) => {
    const repository = orders().write({ "ottla.schemas.json": manifest, "schemas/order.avsc": broken });
    expect(verdicts(await repository.check())).toEqual({
      "orders-value": ["incompatible", type, "READER_FIELD_MISSING_DEFAULT_VALUE"],
    });
  });

  it("judges by a level that the change raises", async () => {
    const repository = orders(declared({ compatibility: "NONE" }));
    repository.write({ "ottla.schemas.json": declared(), "schemas/order.avsc": broken });
    expect(verdicts(await repository.check())).toEqual({
      "orders-value": ["incompatible", "READER_FIELD_MISSING_DEFAULT_VALUE"],
    });
  });

  it("finds a subject deleted, renamed, and mapped to another file", async () => {
    const repository = orders().write({ "ottla.schemas.json": { subjects: {} } });
    expect(verdicts(await repository.check())).toEqual({ "orders-value": ["incompatible", "SUBJECT_DELETED"] });
    repository.write({ "ottla.schemas.json": { subjects: { "o-value": { file: "schemas/order.avsc" } } } });
    expect(verdicts(await repository.check())).toMatchObject({ "orders-value": ["incompatible", "SUBJECT_RENAMED"] });
    repository.write({
      "ottla.schemas.json": declared({ file: "other.avsc" }),
      "other.avsc": record(id, cents, cents),
    });
    repository.write({ "other.avsc": record(coupon) });
    expect(verdicts(await repository.check())).toEqual({
      "orders-value": ["incompatible", "SUBJECT_REMAPPED", "READER_FIELD_MISSING_DEFAULT_VALUE"],
    });
    repository.remove("ottla.schemas.json");
    expect(verdicts(await repository.check())).toEqual({ "orders-value": ["incompatible", "SUBJECT_DELETED"] });
  });

  it("finds a reader that is no longer asked", async () => {
    const repository = orders(declared({ readers: ["billing.avsc"] })).write({ "ottla.schemas.json": declared() });
    expect(verdicts(await repository.check())).toEqual({ "orders-value": ["incompatible", "READER_REMOVED"] });
  });

  it("takes waivers of the base until they expire, and none that the change brings for itself", async () => {
    const waiver = {
      subject: "orders-value",
      difference: "READER_FIELD_MISSING_DEFAULT_VALUE",
      path: "/fields/1",
      reason: "nobody has written yet",
      approver: "Ben",
      expires: "2026-06-30",
    };
    const waiving = { ...declared(), waivers: [waiver] };
    const waived = orders(waiving).write({ "schemas/order.avsc": broken });
    const report = await waived.check();
    expect(verdicts(report)).toEqual({ "orders-value": ["compatible"] });
    expect(report.subjects[0]?.findings[0]?.waiver).toEqual(waiver);
    const expired = await waived.check({ today: "2026-07-01" });
    expect(expired.isCompatible).toBe(false);
    expect(expired.subjects[0]?.findings[0]?.waiverRefused).toBe("its waiver by Ben expired on 2026-06-30");
    const asked = await orders().write({ "schemas/order.avsc": broken, "ottla.schemas.json": waiving }).check();
    expect(asked.isCompatible).toBe(false);
    expect(asked.subjects[0]?.findings[0]?.waiverRefused).toContain("counts once main");
  });
});

describe("what cannot be decided", () => {
  it("is told with the command that mends it: no repository, no such branch, a shallow clone", async () => {
    const none = new Repository().write({ "ottla.schemas.json": declared(), "schemas/order.avsc": record(id) });
    await expect(none.check()).rejects.toMatchObject({ code: "NO_GIT" });
    await expect(orders().check({ against: "origin/release" })).rejects.toMatchObject({
      code: "UNKNOWN_BASE",
      hint: "git fetch origin +refs/heads/release:refs/remotes/origin/release",
    });
    const shallow = new Repository();
    shallow.git("clone", "--quiet", "--depth=1", `file://${orders().folder}`, "clone");
    const manifest = join(shallow.folder, "clone", "ottla.schemas.json");
    await expect(shallow.check({ manifest })).rejects.toMatchObject({
      code: "SHALLOW_HISTORY",
      hint: expect.stringContaining("git fetch --unshallow"),
    });
  });

  it("is a manifest that is missing, or that says what nobody knows", async () => {
    const repository = Repository.init().commit();
    await expect(repository.check()).rejects.toMatchObject({ code: "INVALID_MANIFEST" });
    repository.write({ "ottla.schemas.json": declared({ compatibilty: "NONE" }) });
    await expect(repository.check()).rejects.toThrow("/subjects/orders-value/compatibilty is not known");
  });
});

describe("other histories than git's", () => {
  it("takes versions from a folder in the order of their numbers", async () => {
    const repository = new Repository().write({
      "ottla.schemas.json": declared(),
      "schemas/order.avsc": record(id, { ...cents, type: "string", default: "" }),
      "pulled/orders-value/9.avsc": record(id, cents),
      "pulled/orders-value/10.avsc": record(id),
    });
    const versions = { folder: join(repository.folder, "pulled") };
    const report = await repository.check({ versions });
    expect(verdicts(report)).toEqual({ "orders-value": ["incompatible", "TYPE_MISMATCH"] });
    expect(report.subjects[0]?.findings[0]?.against).toEqual([join(repository.folder, "pulled/orders-value/9.avsc")]);
  });

  it("takes versions from a registry", async () => {
    const stored = [record(id), record(id, cents)];
    const registry = {
      versions: async (subject: string) => {
        if (subject !== "orders-value") throw Object.assign(new Error(), { code: "SUBJECT_NOT_FOUND" });
        return [1, 2];
      },
      version: async (_: string, version: number) => ({ schema: JSON.stringify(stored[version - 1]) }),
    };
    const repository = new Repository().write({
      "ottla.schemas.json": {
        subjects: { "orders-value": { file: "order.avsc" }, "new-value": { file: "order.avsc" } },
      },
      "order.avsc": record(id, coupon),
    });
    const report = await repository.check({ versions: { registry, url: "http://127.0.0.1:8081" } });
    expect(verdicts(report)).toEqual({
      "orders-value": ["incompatible", "READER_FIELD_MISSING_DEFAULT_VALUE"],
      "new-value": ["new"],
    });
    expect(report.subjects[0]?.findings[0]?.against).toEqual(["orders-value version 2"]);
  });
});
