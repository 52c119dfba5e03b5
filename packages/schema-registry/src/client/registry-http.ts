import type { World } from "@ottla/world";
import { Authorization, type RegistryAuth } from "./registry-auth.js";
import { SchemaRegistryError } from "./registry-error.js";
import { type RegistryTls, RegistryTransport } from "./registry-transport.js";

export interface RegistryHttpOptions {
  readonly urls: readonly string[];
  readonly auth?: RegistryAuth | undefined;
  readonly tls?: RegistryTls | undefined;
  /** For one try. */
  readonly timeoutMs: number;
  /** Tries after the first, over all URLs. */
  readonly retries: number;
  /** The wait before the first retry; doubles up to `retryMaxWaitMs`, with up to half of it left to chance. */
  readonly retryWaitMs: number;
  readonly retryMaxWaitMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

type HttpWorld = Pick<World, "clock" | "timers" | "random">;

const contentType = "application/vnd.schemaregistry.v1+json";

/** Sends requests to a registry: the URLs in turn, with time limits, and again after failures that may pass. */
export class RegistryHttp {
  readonly #world: HttpWorld;
  readonly #options: RegistryHttpOptions;
  readonly #transport: RegistryTransport;
  readonly #authorization: Authorization | undefined;
  #preferred = 0;

  constructor(world: HttpWorld, options: RegistryHttpOptions) {
    this.#world = world;
    this.#options = { ...options, urls: options.urls.map((url) => url.replace(/\/+$/, "")) };
    this.#transport = new RegistryTransport(options.tls);
    this.#authorization = options.auth && new Authorization(world.clock, this.#transport, options.auth);
  }

  /**
   * @throws {@link SchemaRegistryError}; `REGISTRY_UNREACHABLE` when no URL answered within its time.
   * @throws `signal.reason` when the signal aborts; the registry may have carried the request out.
   */
  async request(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const { urls, retries } = this.#options;
    for (let attempt = 0; ; attempt += 1) {
      signal?.throwIfAborted();
      const url = urls[(this.#preferred + attempt) % urls.length] as string;
      try {
        const answer = await this.#once(url, method, path, body, signal);
        this.#preferred = (this.#preferred + attempt) % urls.length;
        return answer;
      } catch (error) {
        const mayPass = error instanceof SchemaRegistryError && error.retriable;
        if (!mayPass || attempt >= retries) throw error;
        // The other URLs first, without waiting: one of several registries being down is no reason to be slow.
        if ((attempt + 1) % urls.length === 0) await this.#wait(Math.floor(attempt / urls.length), signal);
      }
    }
  }

  async #once(
    url: string,
    method: string,
    path: string,
    body: unknown,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const controller = new AbortController();
    const expire = this.#world.timers.after(this.#options.timeoutMs, () => controller.abort());
    const forward = () => controller.abort();
    signal?.addEventListener("abort", forward, { once: true });
    const what = `${method} ${url}${path}`;
    try {
      const { status, text } = await this.#transport.send({
        method,
        url: `${url}${path}`,
        headers: await this.#headers(body !== undefined, controller.signal),
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: controller.signal,
      });
      if (status === 401) this.#authorization?.refused();
      if (status < 200 || status > 299) throw refusal(status, text, what);
      return text === "" ? undefined : parse(text, status, what);
    } catch (error) {
      if (error instanceof SchemaRegistryError) throw error;
      signal?.throwIfAborted();
      const reason = controller.signal.aborted ? `no answer within ${this.#options.timeoutMs} ms` : causeOf(error);
      throw new SchemaRegistryError(0, `${what}: ${reason}`, { cause: error });
    } finally {
      expire.cancel();
      signal?.removeEventListener("abort", forward);
    }
  }

  async #headers(hasBody: boolean, signal: AbortSignal): Promise<Record<string, string>> {
    const { headers } = this.#options;
    const authorization = await this.#authorization?.header(signal);
    return {
      ...headers,
      accept: `${contentType}, application/vnd.schemaregistry+json;q=0.9, application/json;q=0.5`,
      ...(hasBody && { "content-type": contentType }),
      ...(authorization !== undefined && { authorization }),
    };
  }

  #wait(round: number, signal: AbortSignal | undefined): Promise<void> {
    const { retryWaitMs, retryMaxWaitMs } = this.#options;
    const longest = Math.min(retryWaitMs * 2 ** round, retryMaxWaitMs);
    return new Promise((resolve, reject) => {
      const stop = () => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = this.#world.timers.after(longest * (0.5 + this.#world.random.next() / 2), () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      });
      signal?.addEventListener("abort", stop, { once: true });
    });
  }
}

function refusal(status: number, text: string, what: string): SchemaRegistryError {
  let errorCode = status;
  let message = text.slice(0, 500);
  try {
    const body = JSON.parse(text) as { error_code?: unknown; message?: unknown };
    if (typeof body.error_code === "number") errorCode = body.error_code;
    if (typeof body.message === "string") message = body.message;
  } catch {
    // A proxy's page instead of the registry's JSON: its status and beginning say enough.
  }
  return new SchemaRegistryError(errorCode, `${what}: HTTP ${status}: ${message}`);
}

function parse(text: string, status: number, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SchemaRegistryError(status, `${what}: HTTP ${status}, but its body is not JSON: ${text.slice(0, 200)}`, {
      cause,
    });
  }
}

/** The reason in a line: of several addresses that refused, the first says it. */
function causeOf(error: unknown): string {
  const [first = error] = error instanceof AggregateError ? error.errors : [];
  const { message, code } = first as NodeJS.ErrnoException;
  return message || code || String(error);
}
