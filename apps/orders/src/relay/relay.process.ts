import { Kafka } from "@ottla/client";
import { openDatabase } from "../database/open-database.js";
import { type ChildOptions, childOptions, stopSignal } from "../run/child-options.js";
import { killSelf, tell } from "../run/messages.js";

export interface RelayOptions extends ChildOptions {
  /** Whose outbox is published. */
  readonly database: string;
  /** Ends the process by SIGKILL when so many records were acknowledged: they are not settled then, and come again. */
  readonly killAfter?: number;
}

const options = childOptions<RelayOptions>();
const signal = stopSignal();
const database = openDatabase(options, options.database);
const kafka = new Kafka({ brokers: options.bootstrap.split(","), clientId: "relay" });
const producer = kafka.producer({ failsInOrder: true });
const relay = database.relay({ publisher: producer, leaseMs: 1_500 });

let published = 0;
relay.on("published", () => {
  published += 1;
  if (published % 50 === 0) tell({ kind: "published", records: published });
  if (published === options.killAfter) killSelf(`relay of ${options.database}, between acknowledgement and settle`);
});
relay.on("error", ({ error }) => console.error(`relay of ${options.database}:`, (error as Error).message));

tell({ kind: "ready" });
await relay.run({ signal });
tell({ kind: "published", records: published });
await kafka.close();
await database.close();
process.disconnect?.();
