import type { MiddlewareHandler } from "hono";
import { RegistryRefusal } from "../registry-refusal.js";

/** What answers are called, and how much each name is liked. */
const offered = [
  { name: "application/vnd.schemaregistry.v1+json", quality: 1 },
  { name: "application/vnd.schemaregistry+json", quality: 0.9 },
  { name: "application/json", quality: 0.5 },
] as const;

const taken: ReadonlySet<string> = new Set([...offered.map(({ name }) => name), "application/octet-stream"]);

/** The name under which answers go to who accepts these; undefined where none is accepted. */
export function answerType(accept: string | undefined): string | undefined {
  if (accept === undefined || accept.trim() === "") return offered[0].name;
  const ranges = accept.split(",").map((range) => {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return { name, quality: quality === undefined ? 1 : Number(quality) || 0 };
  });
  const liking = ({ name, quality }: (typeof offered)[number]) => {
    // The most exact range says it.
    const exact = [name, "application/*", "*/*"].flatMap((range) => ranges.find((one) => one.name === range) ?? []);
    return quality * (exact[0]?.quality ?? 0);
  };
  const [best] = offered.toSorted((a, b) => liking(b) - liking(a));
  return best !== undefined && liking(best) > 0 ? best.name : undefined;
}

/** Refuses bodies that are called something else than JSON (415), and requests that take no answer of ours (406). */
export const requireMediaTypes: MiddlewareHandler = async (context, next) => {
  const { method } = context.req;
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if ((method === "POST" || method === "PUT") && type !== "" && !taken.has(type)) {
    throw new RegistryRefusal(415, "HTTP 415 Unsupported Media Type");
  }
  const answered = answerType(context.req.header("accept"));
  // Prometheus asks for text.
  if (context.req.path === "/metrics") return next();
  if (answered === undefined) throw new RegistryRefusal(406, "HTTP 406 Not Acceptable");
  await next();
  if (context.res.status !== 204) context.header("content-type", answered);
};
