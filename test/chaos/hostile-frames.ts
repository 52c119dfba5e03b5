import { type Api, apis, encodeBatch, encodeRequest, type Field, type Fields, isInVersion } from "@ottla/protocol";
import type { SeededRandom } from "../sim/seeded-random.js";

/** One thing that a peer may send, and what it is. */
export interface HostileFrame {
  readonly kind: string;
  readonly bytes: Buffer;
}

const extremes = [-1, 0, 1, -2_147_483_648, 2_147_483_647, 0x7fff_ff00, 104_857_601, 65_536] as const;
// What they would leave behind grows with each that is understood.
const creators: ReadonlySet<string> = new Set(["CreateTopics", "CreatePartitions"]);
const everyApi = Object.values<Api>(apis);

/** Frames that are no requests, are almost requests, or are requests that no client would make. */
export class HostileFrames {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  next(): HostileFrame {
    switch (this.#below(8)) {
      case 0:
        return { kind: "a length that is none", bytes: sized(this.#noise(this.#below(40)), this.#pick(extremes)) };
      case 1:
        return { kind: "noise", bytes: sized(this.#noise(this.#below(200))) };
      case 2:
        return { kind: "an unknown API or version", bytes: this.#unknown() };
      case 3:
        return { kind: "a request cut short", bytes: this.#cut(this.#request()) };
      case 4:
        return { kind: "a request with a number changed", bytes: this.#overwritten(this.#request(true)) };
      case 5:
        return { kind: "a request with bits flipped", bytes: this.#flipped(this.#request(true)) };
      case 6:
        return { kind: "a batch that lies", bytes: this.#produce() };
      default:
        return { kind: "a request that names what is not there", bytes: this.#request(true) };
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  #pick<T>(list: readonly T[]): T {
    const found = list[this.#below(list.length)];
    if (found === undefined) throw new RangeError("nothing to pick from");
    return found;
  }

  #noise(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#below(256)));
  }

  #unknown(): Buffer {
    const header = Buffer.alloc(10);
    header.writeInt16BE(this.#pick([-1, 4, 99, 999, 32_767, 0, 1, 3, 18]), 0);
    header.writeInt16BE(this.#pick([-1, 99, 32_767]), 2);
    header.writeInt16BE(this.#pick([-1, -2, 0, 5, 32_767]), 8);
    return sized(Buffer.concat([header, this.#noise(this.#below(30))]));
  }

  #request(isToBeUnderstood = false): Buffer {
    const api = this.#pick(everyApi);
    if (isToBeUnderstood && creators.has(api.name)) return this.#request(true);
    const version = api.minVersion + this.#below(api.maxVersion - api.minVersion + 1);
    const body = this.#fields(api.request.fields, version);
    return Buffer.concat(encodeRequest(api, version, { correlationId: 7, clientId: "hostile" }, body as never));
  }

  #fields(fields: Fields, version: number): Readonly<Record<string, unknown>> {
    const known = Object.entries(fields).filter(([, field]) => isInVersion(field, version));
    return Object.fromEntries(known.map(([name, { type }]) => [name, this.#value(type, version)]));
  }

  #value(type: Field["type"], version: number): unknown {
    switch (type.kind) {
      case "array":
        return Array.from({ length: this.#below(3) }, () => this.#value(type.of, version));
      case "struct":
        return this.#fields(type.fields, version);
      case "string":
        return this.#pick(["", "some", "x".repeat(300), "target"]);
      case "uuid":
        return "AAAAAAAAAAAAAAAAAAAAAQ";
      case "bool":
        return this.#below(2) === 0;
      case "bytes":
      case "records":
        return this.#noise(this.#below(30));
      default:
        return this.#below(4);
    }
  }

  #cut(frame: Buffer): Buffer {
    return sized(frame.subarray(4, 4 + this.#below(frame.length - 4)));
  }

  #overwritten(frame: Buffer): Buffer {
    const at = 4 + this.#below(Math.max(frame.length - 8, 1));
    if (frame.length >= at + 4) frame.writeInt32BE(this.#pick(extremes), at);
    return frame;
  }

  #flipped(frame: Buffer): Buffer {
    for (let count = 1 + this.#below(4); count > 0; count -= 1) {
      const at = 4 + this.#below(frame.length - 4);
      frame.writeUInt8(frame.readUInt8(at) ^ (1 << this.#below(8)), at);
    }
    return frame;
  }

  #produce(): Buffer {
    const batch = encodeBatch([{ key: null, value: this.#noise(20), timestamp: 1_700_000_000_000 }]);
    // Length, magic, checksum, offset delta, count of records; or anything at all.
    const at = this.#pick([8, 16, 17, 23, 57, this.#below(batch.length)]);
    batch.writeUInt8((batch.readUInt8(at) + 1 + this.#below(255)) & 0xff, at);
    const index = { index: 0, records: batch };
    const topicData = [{ name: "target", partitionData: [index] }];
    const body = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData };
    return Buffer.concat(encodeRequest(apis.Produce, 9, { correlationId: 7, clientId: "hostile" }, body as never));
  }
}

function sized(body: Buffer, length = body.length): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(length, 0);
  return Buffer.concat([size, body]);
}
