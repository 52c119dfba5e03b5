import { seeded } from "./random.js";

/** When whom is killed, in records of progress: the same for the same seed. */
export interface KillPlan {
  /** The relay of the shop, after so many acknowledgements. */
  readonly relayAfter: number;
  /** One billing process, inside the transaction of its so-manieth invoice. */
  readonly billingAt: number;
  /** The broker, when so many orders were invoiced. */
  readonly brokerAfter: number;
}

export function killPlan(seed: number, orders: number): KillPlan {
  const random = seeded(seed ^ 0x5eed);
  const between = (from: number, to: number) => Math.max(1, Math.floor(orders * (from + random() * (to - from))));
  return {
    relayAfter: between(0.1, 0.3),
    billingAt: between(0.1, 0.2),
    brokerAfter: between(0.5, 0.7),
  };
}
