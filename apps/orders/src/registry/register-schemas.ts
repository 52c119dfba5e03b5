import { SchemaRegistry } from "@ottla/schema-registry";
import { subjects } from "../contracts.js";

/** What a deployment does before its services start: their schemas are registered, under rules that protect readers. */
export async function registerSchemas(url: string, topicPrefix: string): Promise<void> {
  const registry = new SchemaRegistry(url);
  for (const { subject, schema } of subjects(topicPrefix)) {
    await registry.register(subject, { schema });
    await registry.setCompatibility("BACKWARD", subject);
  }
}

/** Takes them away again. */
export async function removeSchemas(url: string, topicPrefix: string): Promise<void> {
  const registry = new SchemaRegistry(url);
  for (const { subject } of subjects(topicPrefix)) {
    await registry.deleteSubject(subject);
    await registry.deleteSubject(subject, { permanent: true });
  }
}
