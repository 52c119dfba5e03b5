import { fileURLToPath } from "node:url";
import { Broker } from "@ottla/broker";
import { RegistryServer } from "@ottla/schema-registry/server";
import { expect, it, onTestFinished } from "vitest";
import { ottla } from "../command.test-kit.js";

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** The command on a broker and a registry of their own. */
async function start() {
  const broker = await Broker.start({ memory: true });
  onTestFinished(() => broker.close());
  const registry = await RegistryServer.start({ memory: true, port: 0 });
  onTestFinished(() => registry.close());
  return (verb: string, module: string, ...more: string[]) =>
    ottla("contracts", verb, "--module", fixture(module), "-b", broker.bootstrap, "-r", registry.url, ...more);
}

it("plans, applies and verifies the contracts of a module", async () => {
  const contracts = await start();
  const steps = [
    "topic orders: create with 3 partitions",
    "topic orders: register schema in subject orders-value",
    "topic customers: create",
  ];
  expect(await contracts("plan", "contracts.ts")).toMatchObject({
    status: 0,
    output: steps.map((step) => `  + ${step}\n`).join(""),
  });
  expect(await contracts("verify", "contracts.ts")).toMatchObject({
    status: 1,
    output: expect.stringMatching(/^ {2}✗ topic orders \(owner shop\): it does not exist\n(.*\n){2}$/),
  });
  expect(await contracts("apply", "contracts.ts")).toMatchObject({
    status: 0,
    output: steps.map((step) => `  ✓ ${step}\n`).join(""),
  });
  expect(await contracts("verify", "contracts.ts")).toMatchObject({
    status: 0,
    output: "  ✓ topic orders\n  ✓ topic customers\n",
  });
  for (const verb of ["plan", "apply"]) {
    expect(await contracts(verb, "contracts.ts")).toMatchObject({ status: 0, output: "", notes: "nothing to do\n" });
  }
});

it("says what cannot be done, and does nothing then", async () => {
  const contracts = await start();
  await contracts("apply", "contracts.ts");
  const problem = "  ✗ topic orders: it has 3 partitions, the contract says 2; partitions are never taken away\n";
  expect(await contracts("plan", "fewer-partitions.ts")).toMatchObject({
    status: 1,
    output: `  + topic orders: alter config: retention.ms 604800000 → 5000\n${problem}`,
  });
  expect(await contracts("apply", "fewer-partitions.ts")).toMatchObject({
    status: 1,
    output: problem,
    notes: "nothing was changed\n",
  });
  const { output } = await contracts("verify", "fewer-partitions.ts", "--json");
  expect(
    output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { kind: "partitions", expected: 2, actual: 3 },
    { kind: "config", name: "retention.ms", expected: "5000", remedy: { kind: "alterConfig" } },
  ]);
});

it("prints JSON, with the errors of what is refused", async () => {
  const contracts = await start();
  const { status, output } = await contracts("plan", "contracts.ts", "--json", "--replication-factor", "3");
  expect(status).toBe(1);
  const lines = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { step: { kind: "registerSchema", subject: "orders-value" } },
    { problem: { kind: "refused", step: { replicationFactor: 3 }, error: { code: "INVALID_REPLICATION_FACTOR" } } },
    { problem: { kind: "refused", topic: "customers" } },
  ]);
});

it.each([
  { title: "no module", module: "none.mjs", notes: /none\.mjs: / },
  { title: "a module that fails", module: "failing.mjs", notes: /failing\.mjs: no database/ },
  {
    title: "a module without topics",
    module: "no-contracts.ts",
    notes: /no-contracts\.ts: it exports no topic\n {2}For/,
  },
])("could not tell, with $title", async ({ module, notes }) => {
  const outcome = await ottla("contracts", "verify", "--module", fixture(module), "-b", "127.0.0.1:1");
  expect(outcome).toMatchObject({ status: 2, output: "", notes: expect.stringMatching(notes) });
});

it("could not tell without a registry, and wants a module", async () => {
  const broker = await Broker.start({ memory: true });
  onTestFinished(() => broker.close());
  const where = ["-b", broker.bootstrap, "-r", "http://127.0.0.1:1"];
  const outcome = await ottla("contracts", "verify", "--module", fixture("contracts.ts"), ...where);
  expect(outcome).toMatchObject({ status: 2, notes: expect.stringContaining("REGISTRY_UNREACHABLE") });
  expect(await ottla("contracts", "verify")).toMatchObject({ status: 2 });
});
