import { crc32 } from "node:zlib";

const keptLines = 4_000;

/** What happened, as a running checksum: two runs of one seed must end with the same. The last lines can be read. */
export class Trace {
  #checksum = 0;
  #count = 0;
  readonly #lines: string[] = [];
  readonly #isKept: boolean;

  constructor(isKept: boolean) {
    this.#isKept = isKept;
  }

  add(at: number, what: string, bytes?: Uint8Array): void {
    this.#count += 1;
    const content = bytes === undefined ? "" : ` ${bytes.byteLength}:${crc32(bytes).toString(16)}`;
    const line = `${at} ${what}${content}`;
    this.#checksum = crc32(line, this.#checksum);
    if (!this.#isKept) return;
    this.#lines.push(line);
    if (this.#lines.length > 2 * keptLines) this.#lines.splice(0, keptLines);
  }

  /** For comparing two runs. */
  get fingerprint(): string {
    return `${this.#count}-${this.#checksum.toString(16).padStart(8, "0")}`;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
