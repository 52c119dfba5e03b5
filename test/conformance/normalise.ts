import { batchesIn, CorruptBatchError, zeroUuid } from "@ottla/protocol";
import { apiNamed, type Served } from "./served.js";

// What two brokers cannot answer alike, or need not: who they are, ids they make up, the time, texts.
const dropped = new Set(["throttleTimeMs"]);
const texts = new Set(["errorMessage", "batchIndexErrorMessage", "documentation"]);
const places = new Set(["host", "port", "clusterId", "logDir", "totalBytes", "usableBytes", "finalizedFeaturesEpoch"]);
const uuidFields = new Set(["topicId", "directoryId", "replicaDirectoryId"]);
const memberUuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const listings: Readonly<Record<string, string>> = {
  configResources: "resourceName",

  topics: "name",
  groups: "groupId",
  transactionStates: "transactionalId",
};
/** Every time a case uses lies before this; what a broker calls now lies behind it. */
const beginningOfNow = 1_750_000_000_000;
const endOfNow = 10_000_000_000_000;

/** Removes from the answers of one conversation what differs from broker to broker and from run to run. */
export class Normaliser {
  readonly #prefix: string;
  readonly #own: string;
  readonly #servedKeys: ReadonlySet<number>;
  readonly #symbols = new Map<string, string>();

  /** `prefix` begins every name of the run, `own` every name of the conversation. */
  constructor(prefix: string, own: string, served: Served) {
    this.#prefix = prefix;
    this.#own = own;
    this.#servedKeys = new Set(Object.keys(served).map((name) => apiNamed(name).key));
  }

  normal(value: unknown, field = ""): unknown {
    if (value === null || value === undefined || typeof value === "boolean") return value;
    if (typeof value === "number") return this.#number(value, field);
    if (typeof value === "string") return this.#text(value, field);
    if (value instanceof Uint8Array) return this.#bytes(Buffer.from(value), field);
    if (Array.isArray(value)) return this.#list(value, field);
    const entries = Object.entries(value as object).filter(([name]) => !dropped.has(name));
    return Object.fromEntries(entries.map(([name, one]) => [name, this.normal(one, name)]));
  }

  #number(value: number, field: string): unknown {
    if (places.has(field)) return value > 0 ? `<${field}>` : value;
    if (field === "producerId" && value >= 0 && value < 1_000_000_000) return this.#symbol("producer", String(value));
    if (field === "sessionId" && value > 0) return this.#symbol("session", String(value));
    return value > beginningOfNow && value < endOfNow ? "<now>" : value;
  }

  #text(value: string, field: string): unknown {
    if (texts.has(field)) return value === "" ? "" : "<text>";
    if (places.has(field)) return value === "" ? "" : `<${field}>`;
    if (uuidFields.has(field)) return value === zeroUuid ? value : this.#symbol("id", value);
    return this.#unprefixed(value).replaceAll(memberUuid, (uuid) => this.#symbol("uuid", uuid));
  }

  #unprefixed(text: string): string {
    return text
      .replaceAll(this.#own, "")
      .replaceAll(this.#prefix, "")
      .replaceAll(/x{20,}/g, "x…");
  }

  #bytes(value: Buffer, field: string): unknown {
    if (field === "records") return this.#batches(value);
    return value.length > 200 ? `${value.length} bytes` : this.#unprefixed(value.toString("latin1"));
  }

  // Where the order is not part of Kafka's promise, and it hardly ever is, it is that of the content.
  #list(value: readonly unknown[], field: string): unknown {
    const list = value.filter((one) => !this.#isSomebodyElses(one, field)).map((one) => this.normal(one, field));
    if (field === "replicaNodes" || field === "isrNodes" || field === "inOrder") return list;
    return list
      .map((one) => ({ one, text: JSON.stringify(one) }))
      .sort((a, b) => (a.text < b.text ? -1 : 1))
      .map(({ one }) => one);
  }

  // A request for everything is answered with what other conversations, or other people, have there too.
  #isSomebodyElses(one: unknown, field: string): boolean {
    // What one of the two does not serve yet is no difference in what it serves.
    if (field === "apiKeys") return !this.#servedKeys.has((one as { readonly apiKey: number }).apiKey);
    const naming = listings[field];
    if (naming === undefined || one === null || typeof one !== "object") return false;
    const { [naming]: name, ...rest } = one as Readonly<Record<string, unknown>>;
    // The group without a name is everybody's; only a listing shows it to those who did not ask for it.
    const isListed = !("members" in rest || "topics" in rest || "partitions" in rest);
    return typeof name === "string" && !name.startsWith(this.#own) && (name !== "" || (field === "groups" && isListed));
  }

  #batches(bytes: Buffer): unknown {
    const batches: unknown[] = [];
    try {
      for (const batch of batchesIn(bytes)) {
        const { compression, timestampType, isTransactional, isControl, leaderEpoch, producerEpoch, baseSequence } =
          batch;
        const { baseOffset, lastOffset, recordCount, baseTimestamp, maxTimestamp } = batch;
        const kind = [compression, timestampType, isTransactional ? "transactional" : "", isControl ? "control" : ""];
        batches.push({
          offsets: `${baseOffset}-${lastOffset} of ${recordCount}`,
          kind: kind.filter((one) => one !== "").join(" "),
          producer: `${this.normal(batch.producerId, "producerId")} ${producerEpoch} ${baseSequence}`,
          times: `${this.normal(baseTimestamp)} ${this.normal(maxTimestamp)}`,
          leaderEpoch,
          crc: batch.hasValidCrc(),
          records: Array.from(batch.records({ maxBytes: 10_000_000 }), ({ offset, timestamp, key, value, headers }) =>
            [
              offset,
              this.normal(timestamp),
              short(key),
              short(value),
              ...headers.map((h) => `${h.key}:${short(h.value)}`),
            ].join(" "),
          )
            .slice(0, 5)
            .join("\n"),
        });
      }
    } catch (error) {
      if (!(error instanceof CorruptBatchError)) throw error;
      batches.push(`unreadable after ${batches.length} batches`);
    }
    return batches;
  }

  #symbol(kind: string, value: string): string {
    const key = `${kind} ${value}`;
    const known = this.#symbols.get(key);
    if (known !== undefined) return known;
    const count = [...this.#symbols.keys()].filter((one) => one.startsWith(`${kind} `)).length;
    const symbol = `<${kind} ${count + 1}>`;
    this.#symbols.set(key, symbol);
    return symbol;
  }
}

const short = (value: Buffer | null): string => {
  if (value === null) return "null";
  return value.length > 40 ? `${value.length} bytes` : JSON.stringify(value.toString("latin1"));
};
