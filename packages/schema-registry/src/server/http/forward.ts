import type { World } from "@ottla/world";
import type { Context } from "hono";
import type { NotLeaderError } from "../election/leadership.js";
import { RegistryRefusal } from "../registry-refusal.js";

/** Says that a request was forwarded once: it is not forwarded again. */
const forwardedHeader = "x-forward";

/** Headers of a request that are the leader's to see. */
const passedOn = [
  "accept",
  "authorization",
  "content-type",
  "x-request-id",
  "target-sr-cluster",
  "confluent-identity-pool-id",
  "confluent-accept-unknown-properties",
] as const;

/**
 * Sends a request on to the server that writes, as it came, and answers what that answers.
 *
 * @throws RegistryRefusal 50003, 50004
 */
export async function forward(
  { timers }: Pick<World, "timers">,
  context: Context,
  { leaderUrl }: NotLeaderError,
  timeoutMs: number,
): Promise<Response> {
  if (leaderUrl === undefined) throw new RegistryRefusal(50004, "Leader not known.");
  if (context.req.header(forwardedHeader) !== undefined) {
    throw new RegistryRefusal(50003, `The request was forwarded to a server that does not lead; ${leaderUrl} does`);
  }
  const { method, url } = context.req;
  const headers = new Headers({ [forwardedHeader]: "true" });
  for (const name of passedOn) {
    const value = context.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  const controller = new AbortController();
  const overdue = timers.after(timeoutMs, () => controller.abort(new Error(`no answer within ${timeoutMs} ms`)));
  try {
    const body = await context.req.text();
    const path = url.slice(new URL(url).origin.length);
    const { signal } = controller;
    const answer = await fetch(`${leaderUrl}${path}`, { method, headers, signal, ...(body !== "" && { body }) });
    const type = answer.headers.get("content-type");
    const text = await answer.text();
    return new Response(answer.status === 204 ? null : text, {
      status: answer.status,
      headers: { ...(type !== null && { "content-type": type }) },
    });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new RegistryRefusal(50003, `Error while forwarding the request to the leader ${leaderUrl}: ${reason}`, {
      cause,
    });
  } finally {
    overdue.cancel();
  }
}
