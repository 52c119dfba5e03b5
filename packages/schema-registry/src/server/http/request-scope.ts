import type { Context } from "hono";
import type { Registry } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import {
  contextNamed,
  contextPrefix,
  defaultContext,
  everyContext,
  nameWithin,
  plainName,
  qualifiedSubject,
} from "../state/qualified-subject.js";

const inContext = /^\/contexts\/([^/]+)(\/.+)$/;
const pathOf = (url: string): string => /^[a-z]+:\/\/[^/]*([^?#]*)/i.exec(url)?.[1] ?? "/";

/** A request's path without the context it may begin with: `/contexts/.ctx/subjects/a` is `/subjects/a`. A slash at the end says nothing. */
export function pathInContext(request: Request): string {
  const path = pathOf(request.url).replace(/(.)\/$/, "$1");
  return inContext.exec(path)?.[2] ?? path;
}

/** The context that a request's path begins with, as a prefix of names. */
function prefixOf(context: Context): string {
  const named = inContext.exec(pathOf(context.req.url))?.[1];
  if (named === undefined) return "";
  const found = contextNamed(decoded(named));
  if (found === undefined) throw new RegistryRefusal(400, `Context name '${decoded(named)}' cannot contain a colon`);
  return contextPrefix(found);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The subject in a request's path, in its context, behind its alias. */
export function subjectOf(context: Context, registry: Registry): string {
  return registry.configs.aliased(nameWithin(prefixOf(context), plainName(context.req.param("subject") ?? "")));
}

/** The subject or context whose settings a request means; `null` for the default context, which stands for all. */
export function settingOf(context: Context): string | null {
  const name = nameWithin(prefixOf(context), plainName(context.req.param("subject") ?? ""));
  return name === "" ? null : name;
}

/** The subject or context in which an id is meant (`?subject=`). */
export function subjectAsked(context: Context, registry: Registry): string {
  const name = nameWithin(prefixOf(context), plainName(context.req.query("subject") ?? ""));
  return qualifiedSubject(name).subject === "" ? name : registry.configs.aliased(name);
}

/** What names of subjects must begin with (`?subjectPrefix=`), in the request's context. */
export function prefixAsked(context: Context, byDefault: string): string {
  const prefix = prefixOf(context);
  const asked = context.req.query("subjectPrefix") ?? (prefix === "" ? byDefault : "");
  return qualifiedSubject(asked).context === everyContext ? asked : nameWithin(prefix, asked);
}

/** A context in a path. */
export function contextParam(context: Context): string {
  const name = context.req.param("context") ?? defaultContext;
  const found = contextNamed(name);
  if (found === undefined) throw new RegistryRefusal(400, `Context name '${name}' cannot contain a colon`);
  return found;
}
