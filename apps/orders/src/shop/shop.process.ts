import { SchemaRegistry } from "@ottla/schema-registry";
import { contracts, type Order } from "../contracts.js";
import { openDatabase } from "../database/open-database.js";
import { type ChildOptions, childOptions, stopSignal } from "../run/child-options.js";
import { tell } from "../run/messages.js";
import { Pace } from "./pace.js";
import { readOrders } from "./read-orders.js";
import { seededOrders } from "./seeded-orders.js";
import { shopDatabase } from "./shop-database.js";

export interface ShopOptions extends ChildOptions {
  readonly orders: number;
  readonly seed: number;
  /** Orders a second. */
  readonly rate: number;
  /** A file of orders as NDJSON, in place of made-up ones. */
  readonly input?: string;
}

const options = childOptions<ShopOptions>();
const signal = stopSignal();
const { orders: topic } = contracts(options.topicPrefix);
const database = openDatabase(options, shopDatabase);
const events = await database.events(new SchemaRegistry(options.registry), [topic]);

const orders = options.input === undefined ? seededOrders(options.seed, options.orders) : readOrders(options.input);
const pace = new Pace(options.rate);
let placed = 0;
tell({ kind: "ready" });
for (const order of orders) {
  if (signal.aborted) break;
  await place({ ...order, placedAt: Date.now() });
  placed += 1;
  if (placed % 50 === 0) tell({ kind: "placed", orders: placed });
  await pace.next();
}
tell({ kind: "placed", orders: placed });
await database.close();
process.disconnect?.();

/** The row and its event, in one transaction: both are there, or neither. */
function place(order: Order): Promise<void> {
  return events.write({
    statement: "insert into orders (id, customer, number, cents, placed_at) values (?, ?, ?, ?, ?)",
    values: [order.id, order.customer, order.number, order.cents, order.placedAt],
    event: (add) => add(topic, { key: order.customer, value: order }),
  });
}
