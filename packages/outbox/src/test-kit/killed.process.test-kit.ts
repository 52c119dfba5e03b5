// A program of its own, bundled by the test that starts it: it ends itself with SIGKILL where its arguments say.
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import { string, topic } from "@ottla/client";
import { createOutbox, createRelay, type RecordPublisher } from "../index.js";
import { type LibsqlConnection, sqlite, transactions } from "../libsql/index.js";

const [path = "", role = "", logPath = "", countText = "0", requireFrom = ""] = process.argv.slice(2);
const count = Number(countText);
const Database = createRequire(requireFrom)("libsql") as new (path: string) => LibsqlConnection;
const die = () => process.kill(process.pid, "SIGKILL");

const open = () => {
  const connection = new Database(path);
  connection.exec("pragma journal_mode = wal");
  connection.exec("pragma synchronous = full");
  return connection;
};

const orders = topic("orders", { key: string(), value: string() });
const store = sqlite();

/** Adds `count` events in a transaction each, and is killed inside the next one. */
async function shop(): Promise<void> {
  const outbox = createOutbox({ store });
  await outbox.prepare([orders]);
  const connection = open();
  for (let n = 0; n <= count; n += 1) {
    transactions(connection).run((tx) => {
      const added = ["a", "b"].map((key) => outbox.add(tx, orders, { key, value: `${process.pid}-${n}` }));
      if (n === count) die();
      return added;
    });
  }
}

/** Publishes into a file; is killed when the file has the record whose turn it is, before it is settled. */
async function relay(): Promise<void> {
  let published = 0;
  const publisher: RecordPublisher = {
    async sendRaw({ key, value, headers }) {
      const id = headers.find((header) => header.key === "message-id")?.value;
      const texts = [key, value, id].map((bytes) => Buffer.from(bytes ?? []).toString());
      appendFileSync(logPath, `${texts.join(" ")}\n`);
      published += 1;
      return { partition: 0, offset: BigInt(published) };
    },
  };
  const relaying = createRelay({ store, connect: open, publisher, leaseMs: 200 });
  relaying.on("published", () => {
    if (published >= count && count > 0) die();
  });
  relaying.on("settled", ({ lastId }) => {
    if (count === 0 && lastId === Number(process.env.LAST_ID)) void relaying.close();
  });
  await relaying.run();
}

await (role === "shop" ? shop() : relay());
