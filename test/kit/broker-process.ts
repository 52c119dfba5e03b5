import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Child } from "./child.js";
import { nodeBinary } from "./node-binary.js";

const main = fileURLToPath(new URL("./broker-main.js", import.meta.url));
const built = new URL("../../packages/broker/dist/index.js", import.meta.url);

/** A broker, as it is shipped, in a process of its own. */
export interface BrokerProcess {
  readonly port: number;
  /** `127.0.0.1:<port>`, for clients. */
  readonly address: string;
  readonly child: Child;
}

/** Starts a broker with these options of `Broker.start`; resolves when it serves. It is killed when the test ends. */
export async function startBroker(options: {
  readonly dataDir?: string;
  readonly port?: number;
  readonly [name: string]: unknown;
}): Promise<BrokerProcess> {
  if (!existsSync(built)) throw new Error("the packages are not built: run `npm run build` first");
  const child = new Child(nodeBinary, [main, JSON.stringify({ port: 0, ...options })]);
  const line = await child.line((text) => text.startsWith("ready "));
  const port = Number(line.slice("ready ".length));
  return { port, address: `127.0.0.1:${port}`, child };
}
