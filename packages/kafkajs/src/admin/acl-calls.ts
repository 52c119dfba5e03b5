import type { Acl as ClientAcl, AclFilter as ClientFilter, NewAcl } from "@ottla/client";
import { asKafkaJSError } from "../errors/as-kafkajs-error.js";
import { KafkaJSAggregateError, KafkaJSNonRetriableError } from "../errors/kafkajs-errors.js";
import { type AdminCalls, refusal } from "./admin-calls.js";
import type {
  AclEntry,
  AclFilter,
  DeleteAclResponse,
  DescribeAclResource,
  DescribeAclResponse,
} from "./admin-types.js";
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "./resource-types.js";

const resourceTypes = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  cluster: AclResourceTypes.CLUSTER,
  transactionalId: AclResourceTypes.TRANSACTIONAL_ID,
  delegationToken: AclResourceTypes.DELEGATION_TOKEN,
} as const;
const patterns = {
  match: ResourcePatternTypes.MATCH,
  literal: ResourcePatternTypes.LITERAL,
  prefixed: ResourcePatternTypes.PREFIXED,
} as const;
const operations = {
  all: AclOperationTypes.ALL,
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  create: AclOperationTypes.CREATE,
  delete: AclOperationTypes.DELETE,
  alter: AclOperationTypes.ALTER,
  describe: AclOperationTypes.DESCRIBE,
  clusterAction: AclOperationTypes.CLUSTER_ACTION,
  describeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  alterConfigs: AclOperationTypes.ALTER_CONFIGS,
  idempotentWrite: AclOperationTypes.IDEMPOTENT_WRITE,
} as const;
const permissions = { deny: AclPermissionTypes.DENY, allow: AclPermissionTypes.ALLOW } as const;
const any = 1;
const unknown = 0;

/** The name of a number; undefined for `ANY`. @throws KafkaJSNonRetriableError when it has none */
function nameOf<Name extends string>(what: string, table: Readonly<Record<Name, number>>, value: number) {
  if (value === any) return undefined;
  for (const name of Object.keys(table) as Name[]) if (table[name] === value) return name;
  throw new KafkaJSNonRetriableError(`${value} is no ${what}`);
}

function givenName<Name extends string>(what: string, table: Readonly<Record<Name, number>>, value: number): Name {
  const name = nameOf(what, table, value);
  if (name === undefined) throw new KafkaJSNonRetriableError(`${what}: an ACL has one, not ANY`);
  return name;
}

export async function createAcls({ admin, options }: AdminCalls, acl: AclEntry[]): Promise<boolean> {
  if (!Array.isArray(acl) || acl.length === 0) throw new KafkaJSNonRetriableError("acl: an array with one is needed");
  const wanted = acl.map((entry: AclEntry): NewAcl => {
    const { resourceName, principal, host } = entry;
    for (const given of [resourceName, principal, host]) {
      if (typeof given !== "string") throw new KafkaJSNonRetriableError(`an ACL's ${String(given)} is no text`);
    }
    const pattern = givenName("resourcePatternType", patterns, entry.resourcePatternType);
    if (pattern === "match") throw new KafkaJSNonRetriableError("resourcePatternType: MATCH is for filters");
    return {
      resourceType: givenName("resourceType", resourceTypes, entry.resourceType),
      resourceName,
      pattern,
      principal,
      host,
      operation: givenName("operation", operations, entry.operation),
      permission: givenName("permissionType", permissions, entry.permissionType),
    };
  });
  const outcomes = await admin.acls.create(wanted, options);
  const errors = outcomes.flatMap(({ error }) => (error === undefined ? [] : [asKafkaJSError(error)]));
  if (errors.length > 0) throw new KafkaJSAggregateError("ACLs could not be made", errors);
  return true;
}

export async function describeAcls({ admin, options }: AdminCalls, filter: AclFilter): Promise<DescribeAclResponse> {
  const acls = await admin.acls.describe(clientFilter(filter), options);
  const resources = new Map<string, DescribeAclResource>();
  for (const acl of acls) {
    const { resourceType, resourceName, resourcePatternType, ...rule } = entryOf(acl);
    const key = `${resourceType} ${resourcePatternType} ${resourceName}`;
    const resource = resources.get(key) ?? { resourceType, resourceName, resourcePatternType, acls: [] };
    resource.acls.push(rule);
    resources.set(key, resource);
  }
  return { throttleTime: 0, errorCode: 0, resources: [...resources.values()] };
}

export async function deleteAcls({ admin, options }: AdminCalls, filters: AclFilter[]): Promise<DeleteAclResponse> {
  if (!Array.isArray(filters) || filters.length === 0) {
    throw new KafkaJSNonRetriableError("filters: an array with one is needed");
  }
  const deleted = await admin.acls.delete(filters.map(clientFilter), options);
  return {
    throttleTime: 0,
    filterResponses: deleted.map(({ error, deleted: found }) => ({
      ...outcome(error),
      matchingAcls: found.map((acl) => ({ ...entryOf(acl), ...outcome(acl.error) })),
    })),
  };
}

function outcome(error: Error | undefined): { errorCode: number; errorMessage?: string } {
  return error === undefined ? { errorCode: 0 } : { errorCode: refusal(error).code, errorMessage: error.message };
}

const clientFilter = (filter: AclFilter): ClientFilter => ({
  resourceType: nameOf("resourceType", resourceTypes, filter.resourceType),
  resourceName: filter.resourceName,
  pattern: nameOf("resourcePatternType", patterns, filter.resourcePatternType),
  principal: filter.principal,
  host: filter.host,
  operation: nameOf("operation", operations, filter.operation),
  permission: nameOf("permissionType", permissions, filter.permissionType),
});

/** What has no number in kafkajs is `UNKNOWN`. */
const numberOf = <T extends number>(table: Readonly<Record<string, T>>, name: string): T | typeof unknown =>
  table[name] ?? unknown;

const entryOf = (acl: ClientAcl): AclEntry => ({
  resourceType: numberOf(resourceTypes, acl.resourceType),
  resourceName: acl.resourceName,
  resourcePatternType: numberOf(patterns, acl.pattern),
  principal: acl.principal,
  host: acl.host,
  operation: numberOf(operations, acl.operation),
  permissionType: numberOf(permissions, acl.permission),
});
