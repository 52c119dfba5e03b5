import { Broker } from "@ottla/broker";
import { RegistryServer } from "@ottla/schema-registry/server";
import { cleanup } from "../kit/cleanup.js";

/** A broker in memory and a registry on it, for one test. */
export async function liveRegistry(): Promise<{ readonly url: string; readonly bootstrap: string }> {
  const broker = await Broker.start({ memory: true });
  cleanup(() => broker.close());
  const { bootstrap } = broker;
  const server = await RegistryServer.start({ bootstrap, port: 0 });
  cleanup(() => server.close());
  return { url: server.url, bootstrap };
}
