import { Command, InvalidArgumentError, Option } from "commander";
import { findingsTable, percentile, proofs, refusal } from "./reconcile/report.js";
import { Demo } from "./run/demo.js";
import type { Settings } from "./run/settings.js";
import { readOrders } from "./shop/read-orders.js";

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
};
const whole = (least: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  }
  return value;
};

interface Options {
  readonly seed: number;
  readonly orders: number;
  readonly rate: number;
  readonly input?: string;
  readonly bootstrap?: string;
  readonly registry?: string;
  readonly folder?: string;
  readonly database: "sqlite" | "postgres";
  readonly timeout: number;
}

const program = new Command("orders")
  .description("A shop, its outbox relays and a billing group: every order invoiced exactly once, under kills.")
  .option("--seed <number>", "decides orders and kills", whole(0), Date.now() % 1_000_000)
  .option("--orders <count>", "orders to place", whole(1), 2_000)
  .option("--rate <count>", "orders a second", positive, 400)
  .option("--input <file>", 'orders as NDJSON: {"id", "customer", "cents"} a line')
  .option("--bootstrap <host:port,…>", "another cluster, in place of a broker of the demo's own")
  .option("--registry <url>", "another schema registry, in place of the demo's own")
  .addOption(
    new Option("--database <kind>", "what the services keep their rows in")
      .choices(["sqlite", "postgres"])
      .default("sqlite"),
  )
  .option("--folder <path>", "keep databases and logs there")
  .option("--timeout <seconds>", "give up after", positive, 180)
  .parse();
const { timeout, input, bootstrap, registry, folder, ...rest } = program.opts<Options>();
try {
  const orders = input === undefined ? rest.orders : readOrders(input).length;
  const settings: Settings = {
    ...rest,
    orders,
    timeoutSeconds: timeout,
    ...(input !== undefined && { input }),
    ...(bootstrap !== undefined && { bootstrap }),
    ...(registry !== undefined && { registry }),
    ...(folder !== undefined && { folder }),
  };
  console.log(`seed ${settings.seed} · ${orders} orders · node ${process.versions.node}`);
  const { counts, reconciliation, change, driver, elapsedMs } = await new Demo(settings, (line) =>
    console.log(`  ${line}`),
  ).run();
  const findings = [
    ...reconciliation.findings,
    ...proofs(counts, reconciliation, bootstrap === undefined),
    refusal(change),
  ];
  console.log(findingsTable(findings));
  const { latenciesMs } = reconciliation;
  const seconds = elapsedMs / 1000;
  console.log(
    `${orders} orders in ${seconds.toFixed(1)} s (${(orders / seconds).toFixed(0)}/s, placed at ${settings.rate}/s) · ` +
      `order to invoice p50 ${percentile(latenciesMs, 0.5)} ms, p99 ${percentile(latenciesMs, 0.99)} ms, longest ${latenciesMs.at(-1) ?? 0} ms · ${driver}`,
  );
  const failed = findings.filter(({ holds }) => !holds).length;
  console.log(
    failed === 0
      ? "every order invoiced exactly once, in its customer's order"
      : `${failed} findings do not hold (seed ${settings.seed})`,
  );
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  console.error(`orders: ${(error as Error).message}`);
  process.exitCode = 1;
}
