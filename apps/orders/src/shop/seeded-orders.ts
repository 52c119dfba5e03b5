import type { Order } from "../contracts.js";
import { seeded } from "../run/random.js";

const customers = 100;

/** As many orders as asked for, of a hundred customers, decided by a seed. */
export function* seededOrders(seed: number, count: number): Generator<Omit<Order, "placedAt">> {
  const random = seeded(seed);
  const numbers = new Map<string, number>();
  for (let index = 1; index <= count; index += 1) {
    const customer = `c-${Math.floor(random() * customers)}`;
    const number = (numbers.get(customer) ?? 0) + 1;
    numbers.set(customer, number);
    yield { id: `o-${index}`, customer, number, cents: 100 + Math.floor(random() * 50_000) };
  }
}
