import { appendFileSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";

/** Where to write what happened, line by line, for reading a failed seed: `OTTLA_SIM_TRACE=/tmp/trace`. */
const file = process.env.OTTLA_SIM_TRACE;

/** What happened, as a running checksum: two runs of one seed must end with the same. */
export class Trace {
  #checksum = 0;
  #count = 0;

  constructor() {
    if (file !== undefined) writeFileSync(file, "");
  }

  add(at: number, what: string, bytes?: Uint8Array): void {
    this.#count += 1;
    const content = bytes === undefined ? "" : ` ${bytes.byteLength}:${crc32(bytes).toString(16)}`;
    const line = `${at} ${what}${content}`;
    this.#checksum = crc32(line, this.#checksum);
    if (file !== undefined) appendFileSync(file, `${line}\n`);
  }

  /** For comparing two runs. */
  get fingerprint(): string {
    return `${this.#count}-${this.#checksum.toString(16).padStart(8, "0")}`;
  }
}
