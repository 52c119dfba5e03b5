import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Registry } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import { requireAuth, type ServerAuth } from "./auth.js";
import { compatibilityRoutes } from "./compatibility-routes.js";
import { configRoutes } from "./config-routes.js";
import { contextRoutes } from "./context-routes.js";
import { answerType, requireMediaTypes } from "./media-types.js";
import { metadataRoutes } from "./metadata-routes.js";
import { modeRoutes } from "./mode-routes.js";
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
  /** Hears of failures that are nobody's request's fault. */
  readonly onError: (error: unknown, request: string) => void;
}

/** Confluent's HTTP API over a registry. */
export function registryApp(registry: Registry, options: RegistryAppOptions): Hono {
  const app = new Hono({ getPath: pathInContext });
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
  app.onError((error, context) => {
    const refusal = error instanceof RegistryRefusal ? error : unexpected(error);
    if (refusal.status >= 500) options.onError(error, `${context.req.method} ${context.req.path}`);
    context.header("content-type", answerType(context.req.header("accept")) ?? "application/json");
    return context.body(
      JSON.stringify({ error_code: refusal.errorCode, message: refusal.message }),
      refusal.status as ContentfulStatusCode,
    );
  });
  app.notFound((context) => {
    const path = context.req.path;
    const isOther = app.routes.some(({ method, path: pattern }) => method !== "ALL" && matches(pattern, path));
    throw isOther
      ? new RegistryRefusal(405, "HTTP 405 Method Not Allowed")
      : new RegistryRefusal(404, "HTTP 404 Not Found");
  });

  app.get("/", (context) => context.json({}));
  app.post("/", (context) => context.json({}));
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
