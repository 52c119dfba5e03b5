import { decodeResponse } from "@ottla/protocol";
import { Answer } from "./answer.js";
import { encodeLeniently } from "./encode-leniently.js";
import { Normaliser } from "./normalise.js";
import { onlyPresent } from "./only-present.js";
import { apiNamed, NotServedError, type Served, versionsOf } from "./served.js";
import { type Address, type Outcome, WireConnection } from "./wire-connection.js";

export type Body = Readonly<Record<string, unknown>>;

/** One request of a case, and what became of it in normal form. */
export interface Exchange {
  readonly label: string;
  readonly answer: unknown;
  /** What was sent, for the report of a difference. */
  readonly sent: string;
}

/** One of the two brokers, and what the run knows about it. */
export interface Peer {
  readonly address: Address;
  readonly served: Served;
  /** In front of every name, so that a broker may be asked twice. Taken away again from what it answers. */
  readonly run: string;
}

const clientId = "conformance";

/**
 * One case as it goes with one broker. Whatever `ask` sends is an exchange, and is compared; what `quietly` and `until` send to
 * get there is not. A connection that was closed is opened anew by the next step that uses it.
 */
export class Conversation {
  readonly exchanges: Exchange[] = [];
  readonly #peer: Peer;
  readonly #title: string;
  readonly #normaliser: Normaliser;
  readonly #connections = new Map<string, WireConnection>();
  #correlationId = 0;
  #names = 0;

  constructor(peer: Peer, title: string) {
    this.#peer = peer;
    this.#title = title.replaceAll(/[^a-zA-Z0-9]+/g, "-");
    this.#normaliser = new Normaliser(`${peer.run}-`, `${peer.run}-${this.#title}-`, peer.served);
  }

  /** A name nobody else has; `length` pads it. */
  name(kind: string, length = 0): string {
    this.#names += 1;
    return `${this.#peer.run}-${this.#title}-${kind}${this.#names}`.padEnd(length, "x");
  }

  /** The highest version both serve. */
  top(name: string): number {
    const version = versionsOf(this.#peer.served, name).at(-1);
    if (version === undefined) throw new NotServedError(`${name} is not served by both`);
    return version;
  }

  /** The highest version both serve that is not above `most`. */
  upTo(name: string, most: number): number {
    return Math.min(this.top(name), most);
  }

  /** Sends a request and keeps what is answered as an exchange of the case. */
  async ask(label: string, name: string, version: number, body: Body, on = "main", silentMs = 15_000): Promise<Answer> {
    const place = this.exchanges.push({ label, answer: "unfinished", sent: `${name} v${version} ${show(body)}` }) - 1;
    const { outcome, answer } = await this.#exchange(name, version, body, on, silentMs);
    this.#finish(place, typeof outcome === "string" ? outcome : this.normal(answer));
    return new Answer(answer);
  }

  /** Sends a request on the way to what the case is about: the answer counts for the steps only. */
  async quietly(name: string, version: number, body: Body, on = "main"): Promise<Answer> {
    const { answer } = await this.#exchange(name, version, body, on, 20_000);
    // Ids are numbered as they come up, so those that are made on the way are met here first.
    this.normal(answer);
    return new Answer(answer);
  }

  /** Asks quietly until the answer is as wanted: Kafka does some things after it has answered. */
  async until(
    name: string,
    version: number,
    body: Body,
    isIt: (answer: Answer) => boolean,
    on = "main",
  ): Promise<Answer> {
    const last = Date.now() + 30_000;
    for (;;) {
      const answer = await this.quietly(name, version, body, on);
      if (isIt(answer)) return answer;
      if (Date.now() > last)
        throw new Error(`${name} v${version} never answered as wanted: ${show(this.normal(answer.at()))}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Sends a frame of the caller's making, whose answer is read as that of `name` in `version`. */
  async askRaw(label: string, frame: Buffer, read: { name: string; version: number } | undefined): Promise<void> {
    const outcome = await this.#on("main").exchange(frame, 15_000);
    const content =
      read === undefined || typeof outcome === "string" ? outcome : this.#decode(read.name, read.version, outcome);
    const answer = Buffer.isBuffer(content) ? `frame of ${content.length} bytes` : this.normal(content);
    this.exchanges.push({ label, answer, sent: frame.toString("hex").slice(0, 400) });
  }

  /** Sends a request that has no answer. */
  tell(name: string, version: number, body: Body, on = "main"): void {
    this.#on(on).tell(this.frame(name, version, body));
  }

  /** The frame of a request, to be sent or spoiled. */
  frame(name: string, version: number, body: Body): Buffer {
    const api = apiNamed(name);
    if (!versionsOf(this.#peer.served, name).includes(version)) throw new NotServedError(`${name} v${version}`);
    this.#correlationId += 1;
    return encodeLeniently(api, version, { correlationId: this.#correlationId, clientId }, body);
  }

  /** What the case itself worked out, as an exchange. */
  note(label: string, answer: unknown): void {
    this.exchanges.push({ label, answer: this.normal(answer), sent: "(worked out from answers)" });
  }

  normal(answer: unknown): unknown {
    return this.#normaliser.normal(answer);
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
  }

  /** Closes one of its connections. */
  hangUp(on: string): void {
    this.#connections.get(on)?.close();
  }

  // Exchanges stand in the order of the requests, whichever of two is answered first.
  #finish(place: number, answer: unknown): void {
    const begun = this.exchanges[place];
    if (begun !== undefined) this.exchanges[place] = { ...begun, answer };
  }

  #on(name: string): WireConnection {
    const open = this.#connections.get(name);
    if (open !== undefined && !open.isGone) return open;
    const fresh = new WireConnection(this.#peer.address);
    this.#connections.set(name, fresh);
    return fresh;
  }

  async #exchange(name: string, version: number, body: Body, on: string, silentMs: number) {
    const frame = this.frame(name, version, body);
    const outcome: Outcome = await this.#on(on).exchange(frame, silentMs);
    return { outcome, answer: typeof outcome === "string" ? outcome : this.#decode(name, version, outcome) };
  }

  #decode(name: string, version: number, frame: Buffer): unknown {
    try {
      return onlyPresent(apiNamed(name).response.fields, version, decodeResponse(apiNamed(name), version, frame));
    } catch (error) {
      return `unreadable: ${error}`;
    }
  }
}

const show = (value: unknown): string =>
  JSON.stringify(value, (_, one) => {
    if (typeof one === "bigint") return `${one}`;
    return one?.type === "Buffer" ? `hex:${Buffer.from(one.data).toString("hex").slice(0, 400)}` : one;
  });
