import { errorCodeOf, type FindCoordinatorResponse, findCoordinator, KafkaProtocolError } from "@ottla/protocol";
import { abortable } from "../world/abortable.js";
import type { RequestBody } from "./cluster.js";
import type { Node } from "./topic-metadata.js";

const groupKeyType = 0;

type Ask = (
  api: typeof findCoordinator,
  body: RequestBody<typeof findCoordinator>,
  signal: AbortSignal | undefined,
) => Promise<FindCoordinatorResponse>;

/** Which broker coordinates a group: found once, by one request however many ask, until invalidated. */
export class Coordinators {
  readonly #ask: Ask;
  readonly #known = new Map<string, Node>();
  readonly #searches = new Map<string, Promise<Node>>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** @throws KafkaProtocolError, for one `COORDINATOR_NOT_AVAILABLE` while the cluster makes its offsets topic. */
  find(group: string, signal: AbortSignal | undefined): Promise<Node> {
    const known = this.#known.get(group);
    if (known !== undefined) return Promise.resolve(known);
    const search = this.#searches.get(group) ?? this.#search(group);
    return abortable(search, signal);
  }

  invalidate(group: string): void {
    this.#known.delete(group);
  }

  #search(group: string): Promise<Node> {
    const search = this.#load(group).finally(() => this.#searches.delete(group));
    this.#searches.set(group, search);
    return search;
  }

  async #load(group: string): Promise<Node> {
    const response = await this.#ask(
      findCoordinator,
      (version) => ({ keyType: groupKeyType, ...(version >= 4 ? { coordinatorKeys: [group] } : { key: group }) }),
      undefined,
    );
    const found = response.coordinators[0] ?? response;
    const code = errorCodeOf(found.errorCode);
    if (code !== "NONE") {
      const reason = found.errorMessage ? `: ${found.errorMessage}` : "";
      throw new KafkaProtocolError(code, `coordinator of group "${group}"${reason}`);
    }
    const node: Node = { nodeId: found.nodeId, host: found.host, port: found.port, rack: null };
    this.#known.set(group, node);
    return node;
  }
}
