import { RegistryServer } from "@ottla/schema-registry/server";

// A registry in a process of its own. The cluster comes as the argument.
const server = await RegistryServer.start({ bootstrap: process.argv[2] ?? "", port: 0, level: "NONE" });
process.send?.({ port: server.port });
process.once("disconnect", () => {
  void server.close();
});
