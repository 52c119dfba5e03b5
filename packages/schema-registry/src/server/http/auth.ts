import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { RegistryRefusal } from "../registry-refusal.js";

/** Who may use the registry: by basic authentication, or with a bearer token. */
export interface ServerAuth {
  /** Passwords by user name. */
  readonly users?: Readonly<Record<string, string>> | undefined;
  readonly tokens?: readonly string[] | undefined;
}

/** Answers 401 to requests that carry none of the credentials. */
export function requireAuth({ users = {}, tokens = [] }: ServerAuth): MiddlewareHandler {
  const accepted = [
    ...Object.entries(users).map(([name, password]) => digest(`basic ${name}:${password}`)),
    ...tokens.map((token) => digest(`bearer ${token}`)),
  ];
  return async (context, next) => {
    const given = digest(credentials(context.req.header("authorization") ?? ""));
    // All are looked at, each in the same time: how long it takes tells nothing.
    const isKnown = accepted.reduce((found, one) => timingSafeEqual(one, given) || found, false);
    if (!isKnown) {
      context.header("www-authenticate", 'Basic realm="schema-registry"');
      throw new RegistryRefusal(401, "Unauthorized");
    }
    await next();
  };
}

function credentials(header: string): string {
  const [, scheme = "", given = ""] = /^(basic|bearer) +(\S+)$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === "basic") return `basic ${Buffer.from(given, "base64").toString("utf8")}`;
  return `${scheme.toLowerCase()} ${given}`;
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
