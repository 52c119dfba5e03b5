import { describe, expect, it } from "vitest";
import type { Appeared, Outcome } from "../test-kit/fake-publisher.test-kit.js";
import { eventually, isPostgresMissing, orders, PostgresShop, useCluster } from "../test-kit/postgres-shop.test-kit.js";

/** Fails the value `value` with `outcome`, the first `times` times. */
const failing = (value: string, outcome: Outcome, times = Number.POSITIVE_INFINITY) => {
  let left = times;
  return (record: Appeared): Outcome => (record.value === value && left-- > 0 ? outcome : "ok");
};

describe.skipIf(isPostgresMissing)("a relay on Postgres", () => {
  const cluster = useCluster();

  it("publishes committed events in key order, with the headers by which they are known again", async () => {
    const shop = await PostgresShop.open(cluster());
    const publisher = shop.publisher();
    await shop.transactions.transact(async (tx) => {
      const options = { traceparent: "00-a-b-01", contentType: "text/plain" };
      await shop.outbox.add(tx, orders, { key: "k", value: "1", partition: 3 }, options);
    });
    await shop.add("k=2", "other=3", "4");
    shop.relay(publisher);
    await eventually(() => publisher.log.length === 4);
    expect(publisher.values("k")).toEqual(["1", "2"]);
    const first = publisher.log.find(({ value }) => value === "1");
    expect(first?.partition).toBe(3);
    expect(first?.headers).toEqual({
      "message-id": first?.messageId,
      "outbox-enqueued-at": expect.stringMatching(/^\d{13}$/),
      traceparent: "00-a-b-01",
      "content-type": "text/plain",
    });
    await eventually(() => shop.isSettled());
  });
});
