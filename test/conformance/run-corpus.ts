import { decodeResponse } from "@ottla/protocol";
import type { Case } from "./case.js";
import { Conversation, type Exchange, type Peer } from "./conversation.js";
import { encodeLeniently } from "./encode-leniently.js";
import { apiNamed, NotServedError, type Served, servedBy } from "./served.js";
import { type Address, WireConnection } from "./wire-connection.js";

/** What one broker made of the cases: exchanges by title of the case. */
export type Outcomes = ReadonlyMap<string, readonly Exchange[]>;

/** Cases at a time. Each has connections, topics and groups of its own. */
const atOnce = 12;

/** Goes through all cases with one broker; those that need what is not served are left out. */
export async function runCorpus(peer: Peer, cases: readonly Case[]): Promise<Outcomes> {
  const outcomes = new Map<string, readonly Exchange[]>();
  const left = cases.values();
  const worker = async (): Promise<void> => {
    for (const one of left) {
      const exchanges = await runCase(peer, one);
      if (exchanges !== undefined) outcomes.set(one.title, exchanges);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return new Map(
    cases.flatMap(({ title }) => [[title, outcomes.get(title) ?? []] as const]).filter(([, found]) => found.length > 0),
  );
}

async function runCase(peer: Peer, { title, run }: Case): Promise<readonly Exchange[] | undefined> {
  const talk = new Conversation(peer, title);
  try {
    await run(talk);
  } catch (error) {
    if (error instanceof NotServedError) return undefined;
    return [...talk.exchanges, { label: "the case broke off", answer: String(error), sent: "" }];
  } finally {
    talk.close();
  }
  return talk.exchanges;
}

/** Asks a broker what it serves. */
export async function askServed(address: Address): Promise<Served> {
  const connection = new WireConnection(address);
  const header = { correlationId: 1, clientId: "conformance" };
  const api = apiNamed("ApiVersions");
  const outcome = await connection.exchange(encodeLeniently(api, 0, header, {}), 20_000);
  connection.close();
  if (typeof outcome === "string")
    throw new Error(`${address.host}:${address.port} did not answer ApiVersions: ${outcome}`);
  return servedBy((decodeResponse(api, 0, outcome) as unknown as { apiKeys: Parameters<typeof servedBy>[0] }).apiKeys);
}

/** Kafka makes its internal topics when they are first needed, and answers errors until they are there. */
export async function warmUp(peer: Peer): Promise<void> {
  const talk = new Conversation(peer, "warm-up");
  try {
    const find = { key: "", keyType: 0 };
    for (let index = 0; index < 40; index += 1) {
      const group = talk.name("group");
      await talk.until("FindCoordinator", 1, { ...find, key: group }, (answer) => answer.number("errorCode") === 0);
      const fetch = { groupId: group, topics: [] };
      await talk.until("OffsetFetch", 5, fetch, (answer) => answer.number("errorCode") === 0);
    }
    for (let index = 0; index < 40 && "EndTxn" in peer.served; index += 1) {
      const id = talk.name("transactions");
      await talk.until("FindCoordinator", 1, { key: id, keyType: 1 }, (answer) => answer.number("errorCode") === 0);
      const init = { transactionalId: id, transactionTimeoutMs: 60_000 };
      await talk.until("InitProducerId", 1, init, (answer) => answer.number("errorCode") === 0);
    }
  } finally {
    talk.close();
  }
}
