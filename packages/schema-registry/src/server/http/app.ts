import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { schemaFormats } from "../../formats/schema-format.js";
import type { Registry } from "../registry.js";
import { RegistryRefusal } from "../registry-refusal.js";
import { requireAuth, type ServerAuth } from "./auth.js";
import { compatibilityRoutes } from "./compatibility-routes.js";
import { configRoutes } from "./config-routes.js";
import { modeRoutes } from "./mode-routes.js";
import { schemaRoutes } from "./schema-routes.js";
import { subjectRoutes } from "./subject-routes.js";

const contentType = "application/vnd.schemaregistry.v1+json";

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
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("content-type", contentType);
  });
  if (options.auth !== undefined) app.use(requireAuth(options.auth));
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
    context.header("content-type", contentType);
    return context.body(
      JSON.stringify({ error_code: refusal.errorCode, message: refusal.message }),
      refusal.status as ContentfulStatusCode,
    );
  });
  app.notFound((context) => {
    context.header("content-type", contentType);
    return context.body(JSON.stringify({ error_code: 404, message: "HTTP 404 Not Found" }), 404);
  });

  app.get("/", (context) => context.json({}));
  app.post("/", (context) => context.json({}));
  app.get("/schemas/types", (context) => context.json([...schemaFormats.keys()]));
  app.get("/v1/metadata/id", (context) =>
    context.json({
      scope: {
        path: [],
        clusters: { "kafka-cluster": options.clusterId, "schema-registry-cluster": "schema-registry" },
      },
      id: "",
    }),
  );
  app.get("/v1/metadata/version", (context) => context.json({ version: options.version, commitId: "" }));
  app.route("/subjects", subjectRoutes(registry));
  app.route("/schemas/ids", schemaRoutes(registry));
  app.route("/compatibility/subjects", compatibilityRoutes(registry));
  app.route("/config", configRoutes(registry.settings));
  app.route("/mode", modeRoutes(registry.settings));
  return app;
}

const unexpected = (error: Error): RegistryRefusal =>
  new RegistryRefusal(50001, `Error in the backend data store: ${error.message}`, { cause: error });
