import { nodeWorld } from "@ottla/world";
import { Registry } from "../registry.js";
import { RegistryState } from "../state/registry-state.js";
import { MemoryStore } from "../store/memory-store.js";
import { type RegistryAppOptions, registryApp } from "./app.js";

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect
  readonly body: any;
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

export function registryInMemory(): Registry {
  const state = new RegistryState();
  const store = new MemoryStore(nodeWorld, state);
  return new Registry(nodeWorld, state, store, { level: "BACKWARD", timeoutMs: 5_000 });
}

/** A registry in memory, and what asks it over HTTP without a port. */
export function registryCall(options: Partial<RegistryAppOptions> = {}): Call {
  const app = registryApp(registryInMemory(), {
    clusterId: "test",
    version: "0",
    maxBodyBytes: 100_000,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  return async (method, path, body, headers = {}) => {
    const response = await app.request(path, {
      method,
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get("content-type");
    return { status: response.status, type, body: text === "" ? undefined : parsed(text) };
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
