import type { World } from "@ottla/world";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { NotLeaderError } from "../election/leadership.js";
import type { Registry } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import { requireAuth, type ServerAuth } from "./auth.js";
import { compatibilityRoutes } from "./compatibility-routes.js";
import { configRoutes } from "./config-routes.js";
import { contextRoutes } from "./context-routes.js";
import { forward } from "./forward.js";
import { answerType, requireMediaTypes } from "./media-types.js";
import { metadataRoutes } from "./metadata-routes.js";
import { modeRoutes } from "./mode-routes.js";
import { type Health, healthRoutes, operationRoutes } from "./operation-routes.js";
import type { RegistryMetrics } from "./registry-metrics.js";
import { pathInContext } from "./request-scope.js";
import { schemaRoutes } from "./schema-routes.js";
import { subjectRoutes } from "./subject-routes.js";

export interface RegistryAppOptions {
  /** Told by `/v1/metadata`. */
  readonly clusterId: string;
  readonly version: string;
  /** Longest request body. */
  readonly maxBodyBytes: number;
  /** Without it everybody may. */
  readonly auth?: ServerAuth | undefined;
  /** Told by `/ready`. Without it the server is ready when it answers. */
  readonly health?: (() => Health) | undefined;
  /** Sends writes that are another server's on to it; without it they are refused. */
  readonly forwarding?: { readonly world: Pick<World, "timers">; readonly timeoutMs: number } | undefined;
  /** Shown by `/metrics`. */
  readonly metrics?: RegistryMetrics | undefined;
  /** Hears of failures that are nobody's request's fault. */
  readonly onError: (error: unknown, request: string) => void;
}

/** Confluent's HTTP API over a registry. */
export function registryApp(registry: Registry, options: RegistryAppOptions): Hono {
  const app = new Hono({ getPath: pathInContext });
  if (options.metrics !== undefined) app.use(options.metrics.middleware);
  app.route("/", healthRoutes(options.health ?? (() => ({ isReady: true }))));
  if (options.auth !== undefined) app.use(requireAuth(options.auth));
  app.use(requireMediaTypes);
  app.use(
    bodyLimit({
      maxSize: options.maxBodyBytes,
      onError: () => {
        throw new RegistryRefusal(413, `the request's body is larger than ${options.maxBodyBytes} bytes`);
      },
    }),
  );
  app.onError(async (raised, context) => {
    const answer = await forwarded(raised, context);
    if (answer instanceof Response) return answer;
    const error = answer;
    const refusal = error instanceof RegistryRefusal ? error : unexpected(error);
    if (refusal.status >= 500) options.onError(error, `${context.req.method} ${context.req.path}`);
    context.header("content-type", answerType(context.req.header("accept")) ?? "application/json");
    return context.body(
      JSON.stringify({ error_code: refusal.errorCode, message: refusal.message }),
      refusal.status as ContentfulStatusCode,
    );
  });
  /** Another server's answer to what is that one's to write, or what is to be answered here. */
  async function forwarded(error: Error, context: Context): Promise<Response | Error> {
    if (!(error instanceof NotLeaderError) || options.forwarding === undefined) return error;
    const { world, timeoutMs } = options.forwarding;
    return forward(world, context, error, timeoutMs).catch((refusal: Error) => refusal);
  }
  app.notFound((context) => {
    const path = context.req.path;
    const isOther = app.routes.some(({ method, path: pattern }) => method !== "ALL" && matches(pattern, path));
    throw isOther
      ? new RegistryRefusal(405, "HTTP 405 Method Not Allowed")
      : new RegistryRefusal(404, "HTTP 404 Not Found");
  });

  app.get("/", (context) => context.json({}));
  app.post("/", (context) => context.json({}));
  app.route("/", operationRoutes(options));
  app.route("/v1/metadata", metadataRoutes(options));
  app.route("/subjects", subjectRoutes(registry));
  app.route("/schemas", schemaRoutes(registry));
  app.route("/compatibility/subjects", compatibilityRoutes(registry));
  app.route("/config", configRoutes(registry.configs));
  app.route("/mode", modeRoutes(registry.modes));
  app.route("/contexts", contextRoutes(registry));
  return app;
}

/** Whether a path is one of a route's, whatever its method. */
function matches(pattern: string, path: string): boolean {
  const parts = pattern.split("/").filter((part) => part !== "");
  const given = path.split("/").filter((part) => part !== "");
  return parts.length === given.length && parts.every((part, index) => part.startsWith(":") || part === given[index]);
}

const unexpected = (error: Error): RegistryRefusal =>
  new RegistryRefusal(50001, `Error in the backend data store: ${error.message}`, { cause: error });
