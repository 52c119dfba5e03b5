import { readFileSync } from "node:fs";
import type { Order } from "../contracts.js";

/**
 * Orders from a file: `{"id", "customer", "cents"}` a line. A customer's orders are numbered as they come.
 *
 * @throws Error naming the line that is none.
 */
export function readOrders(path: string): Omit<Order, "placedAt">[] {
  const numbers = new Map<string, number>();
  const ids = new Set<string>();
  const orders: Omit<Order, "placedAt">[] = [];
  for (const [index, line] of readFileSync(path, "utf8").split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      const { id, customer, cents } = parseOrder(line);
      if (ids.has(id)) throw new Error(`there was an order ${id} before`);
      ids.add(id);
      const number = (numbers.get(customer) ?? 0) + 1;
      numbers.set(customer, number);
      orders.push({ id, customer, number, cents });
    } catch (error) {
      throw new Error(`${path}, line ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  }
  if (orders.length === 0) throw new Error(`${path} holds no orders`);
  return orders;
}

function parseOrder(line: string): Pick<Order, "id" | "customer" | "cents"> {
  const { id, customer, cents } = JSON.parse(line) as { id?: unknown; customer?: unknown; cents?: unknown };
  if (id === undefined || customer === undefined || !Number.isSafeInteger(cents)) {
    throw new Error('not {"id", "customer", "cents"} with whole cents');
  }
  return { id: String(id), customer: String(customer), cents: Number(cents) };
}
