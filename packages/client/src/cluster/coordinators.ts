import { errorCodeOf, type FindCoordinatorResponse, findCoordinator, KafkaProtocolError } from "@ottla/protocol";
import { abortable } from "../world/abortable.js";
import type { RequestBody } from "./cluster.js";
import type { Node } from "./topic-metadata.js";

/** What is coordinated, as FindCoordinator numbers it. */
const keyTypes = { group: 0, transaction: 1 } as const;

type Ask = (
  api: typeof findCoordinator,
  body: RequestBody<typeof findCoordinator>,
  signal: AbortSignal | undefined,
) => Promise<FindCoordinatorResponse>;

/** Which broker coordinates a group, or the transactions of an id: found once, by one request however many ask, until invalidated. */
export class Coordinators {
  readonly #kind: keyof typeof keyTypes;
  readonly #ask: Ask;
  readonly #known = new Map<string, Node>();
  readonly #searches = new Map<string, Promise<Node>>();

  constructor(kind: keyof typeof keyTypes, ask: Ask) {
    this.#kind = kind;
    this.#ask = ask;
  }

  /** @throws KafkaProtocolError, for one `COORDINATOR_NOT_AVAILABLE` while the cluster makes the topic that it keeps them in. */
  find(key: string, signal: AbortSignal | undefined): Promise<Node> {
    const known = this.#known.get(key);
    if (known !== undefined) return Promise.resolve(known);
    const search = this.#searches.get(key) ?? this.#search(key);
    return abortable(search, signal);
  }

  invalidate(key: string): void {
    this.#known.delete(key);
  }

  invalidateAll(): void {
    this.#known.clear();
  }

  #search(key: string): Promise<Node> {
    const search = this.#load(key).finally(() => this.#searches.delete(key));
    this.#searches.set(key, search);
    return search;
  }

  async #load(key: string): Promise<Node> {
    const response = await this.#ask(
      findCoordinator,
      (version) => ({ keyType: keyTypes[this.#kind], ...(version >= 4 ? { coordinatorKeys: [key] } : { key }) }),
      undefined,
    );
    const found = response.coordinators[0] ?? response;
    const code = errorCodeOf(found.errorCode);
    if (code !== "NONE") {
      const reason = found.errorMessage ? `: ${found.errorMessage}` : "";
      throw new KafkaProtocolError(code, `coordinator of ${this.#kind} "${key}"${reason}`);
    }
    const node: Node = { nodeId: found.nodeId, host: found.host, port: found.port, rack: null };
    this.#known.set(key, node);
    return node;
  }
}
