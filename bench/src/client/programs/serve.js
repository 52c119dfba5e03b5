// What all clients under measurement do alike: the loops around their calls, the clock, CPU time and memory.

/**
 * Runs one workload after the other, as the parent process asks.
 *
 * @param open - Makes the client; see the programs beside this file for what it is to give.
 */
export async function serve(open) {
  const setting = JSON.parse(process.argv[2]);
  const client = await open(setting);
  let producer;
  process.on("message", async ({ kind, ...work }) => {
    try {
      if (kind !== "consume") producer ??= await client.producer();
      process.send({ figures: await workloads[kind](kind === "consume" ? client : producer, work, setting) });
    } catch (error) {
      process.send({ failed: error?.stack ?? String(error) });
    }
  });
  process.once("disconnect", () => process.exit());
  process.send({ ready: true });
}

const workloads = {
  /** So many callers, each of which awaits one call before it makes the next. */
  callers: (producer, { callers, batchRecords, seconds, bytes }, { typed }) => {
    const value = typed ? order : Buffer.alloc(bytes, "x");
    const values = Array.from({ length: batchRecords ?? 0 }, () => value);
    const call = batchRecords === undefined ? () => producer.send(value) : () => producer.sendAll(values);
    return measured(async (meter) => {
      meter.begin(seconds);
      const caller = async () => {
        while (!meter.isOver) {
          await call();
          meter.count(batchRecords ?? 1);
        }
      };
      await Promise.all(Array.from({ length: callers }, caller));
    });
  },

  /** One record after the other without waiting, each reported on, as many unreported as the client takes. */
  pipelined: (producer, { seconds, bytes }) => {
    const value = Buffer.alloc(bytes, "x");
    return measured(async (meter) => {
      meter.begin(seconds);
      await producer.pipeline(value, meter);
    });
  },

  /** Single records at a rate that all can keep up with: what memory that takes. */
  steady: (producer, { perSecond, seconds, bytes }) => {
    const value = Buffer.alloc(bytes, "x");
    return measured(async (meter) => {
      meter.begin(seconds);
      const begun = performance.now();
      const sent = [];
      for (let due = 0; !meter.isOver; ) {
        for (const until = ((performance.now() - begun) * perSecond) / 1000; due < until; due += 1) {
          sent.push(producer.send(value).then(() => meter.count(1)));
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (sent.length > perSecond) await Promise.all(sent.splice(0));
      }
      await Promise.all(sent);
    });
  },

  /** From the first record that comes. */
  consume: (client, { seconds, records, each }) =>
    measured(async (meter) => {
      let hasBegun = false;
      let left = records ?? Number.POSITIVE_INFINITY;
      const isWanted = (count) => {
        if (!hasBegun) meter.begin(seconds);
        else meter.count(count);
        hasBegun = true;
        left -= count;
        if (left <= 0) meter.end();
        return !meter.isOver;
      };
      await client.consume(`group-${process.pid}-${performance.now()}`, isWanted, each);
    }),
};

async function measured(work) {
  const meter = new Meter();
  await work(meter);
  return meter.figures();
}

/** Counts records from `begin` on, until the time is over and what was begun is done. */
class Meter {
  isOver = false;
  #records = 0;
  #begun = 0;
  #ended = 0;
  #cpu;
  #cpuAfter;
  #timer;

  begin(seconds) {
    this.#begun = performance.now();
    this.#cpu = process.cpuUsage();
    if (seconds !== undefined) this.#timer = setTimeout(() => this.end(), seconds * 1000);
  }

  count(records) {
    this.#records += records;
    if (!this.isOver || this.#cpuAfter === undefined) return;
    // What was begun in time counts until it is done.
    this.#ended = performance.now();
    this.#cpuAfter = process.cpuUsage(this.#cpu);
  }

  end() {
    if (this.isOver) return;
    clearTimeout(this.#timer);
    this.isOver = true;
    this.#ended = performance.now();
    this.#cpuAfter = process.cpuUsage(this.#cpu);
  }

  figures() {
    const { user, system } = this.#cpuAfter;
    return {
      "records/s": (this.#records * 1000) / (this.#ended - this.#begun),
      "CPU us per record": (user + system) / this.#records,
      "RSS MB": process.memoryUsage.rss() / 1e6,
      "peak RSS MB": (process.resourceUsage().maxRSS * 1024) / 1e6,
    };
  }
}

export const order = {
  id: "o-12345",
  customer: "c-77",
  cents: 1250,
  placedAt: 1_795_160_000_000,
  lines: Array.from({ length: 5 }, (_, index) => ({ sku: `sku-${index}`, count: index })),
  note: "half",
};
