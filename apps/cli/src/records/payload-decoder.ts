import type { SchemaRegistry } from "@ottla/schema-registry";
import { AvroJsonReader } from "@ottla/schema-registry/avro";
import type { Terminal } from "../terminal/terminal.js";

/** A payload that was written with a registry's schema, as JSON has it. */
export interface DecodedPayload {
  readonly schemaId: number;
  readonly value: unknown;
}

/** Decodes what the registry knows. What it does not know is shown as it is, and the reason once. */
export class PayloadDecoder {
  readonly #terminal: Terminal;
  readonly #reader: AvroJsonReader;
  readonly #told = new Set<string>();
  #isReachable = true;

  constructor(terminal: Terminal, registry: SchemaRegistry) {
    this.#terminal = terminal;
    this.#reader = new AvroJsonReader(registry);
  }

  async decode(payload: Buffer | null): Promise<DecodedPayload | undefined> {
    if (payload === null || !this.#isReachable) return undefined;
    try {
      return await this.#reader.read(payload, this.#terminal.signal);
    } catch (error) {
      this.#terminal.signal.throwIfAborted();
      const { code, message } = error as Error & { readonly code?: unknown };
      // Asking again for each record would take as long as the records are many.
      if (code === "REGISTRY_UNREACHABLE" || code === "UNAUTHORIZED") this.#isReachable = false;
      if (!this.#told.has(message)) this.#terminal.note(`ottla: shown as it is: ${message}`);
      this.#told.add(message);
      return undefined;
    }
  }
}
