import { createAcls, deleteAcls, describeAcls, type KafkaProtocolError } from "@ottla/protocol";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";
import { wireNames } from "./wire-names.js";

/** What a rule is about. */
export type AclResourceType = "topic" | "group" | "cluster" | "transactionalId" | "delegationToken" | "user";
/** Whether a name is meant itself, or all that begin with it (KIP-290). */
export type AclPattern = "literal" | "prefixed";
/** What a rule lets somebody do, or not. */
export type AclOperation =
  | "all"
  | "read"
  | "write"
  | "create"
  | "delete"
  | "alter"
  | "describe"
  | "clusterAction"
  | "describeConfigs"
  | "alterConfigs"
  | "idempotentWrite"
  | "createTokens"
  | "describeTokens"
  | "twoPhaseCommit";
export type AclPermission = "allow" | "deny";

/** One rule of the cluster's authorizer. What a newer broker says and this client has no name for is `"unknown"`. */
export interface Acl {
  readonly resourceType: AclResourceType | "unknown";
  /** `"*"` with the pattern `"literal"` is every resource of the type; `"kafka-cluster"` is the cluster. */
  readonly resourceName: string;
  readonly pattern: AclPattern | "unknown";
  /** `User:alice`; `User:*` is everybody. */
  readonly principal: string;
  /** An address, or `"*"`. */
  readonly host: string;
  readonly operation: AclOperation | "unknown";
  readonly permission: AclPermission | "unknown";
}

/** A rule to make. */
export interface NewAcl {
  readonly resourceType: AclResourceType;
  readonly resourceName: string;
  /** Default `"literal"`. */
  readonly pattern?: AclPattern | undefined;
  readonly principal: string;
  /** Default `"*"`. */
  readonly host?: string | undefined;
  readonly operation: AclOperation;
  /** Default `"allow"`. */
  readonly permission?: AclPermission | undefined;
}

/** Which rules: those that agree in all that is given. */
export interface AclFilter {
  readonly resourceType?: AclResourceType | undefined;
  readonly resourceName?: string | undefined;
  /** `"match"` finds every rule that would apply to the resource of that name: literal, prefixed and `"*"`. Default: any. */
  readonly pattern?: AclPattern | "match" | undefined;
  readonly principal?: string | undefined;
  readonly host?: string | undefined;
  readonly operation?: AclOperation | undefined;
  readonly permission?: AclPermission | undefined;
}

/** What became of one rule to make. */
export interface AclOutcome {
  readonly acl: NewAcl;
  readonly error?: KafkaProtocolError | undefined;
}

/** What one filter deleted; `error` is set when nothing was looked for. */
export interface DeletedAcls {
  readonly filter: AclFilter;
  /** Those that it found; one with an error is still there. */
  readonly deleted: readonly (Acl & { readonly error?: KafkaProtocolError | undefined })[];
  readonly error?: KafkaProtocolError | undefined;
}

const any = 1;
const resourceTypes = wireNames<AclResourceType>({
  topic: 2,
  group: 3,
  cluster: 4,
  transactionalId: 5,
  delegationToken: 6,
  user: 7,
});
const patterns = wireNames<AclPattern | "match">({ match: 2, literal: 3, prefixed: 4 });
const operations = wireNames<AclOperation>({
  all: 2,
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
  createTokens: 13,
  describeTokens: 14,
  twoPhaseCommit: 15,
});
const permissions = wireNames<AclPermission>({ deny: 2, allow: 3 });

/** The rules of the cluster's authorizer. A cluster without one refuses all of this with `SECURITY_DISABLED`. */
export class AclAdmin {
  readonly #cluster: AdminCluster;

  /** @internal Made as `admin.acls`. */
  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /** The rules that a filter finds; all without one. @throws KafkaProtocolError */
  async describe(filter: AclFilter = {}, options?: AdminOptions): Promise<readonly Acl[]> {
    const response = await this.#cluster.request("any", describeAcls, wireFilter(filter), options, (answer) => {
      const error = answerError(answer.errorCode, "describe ACLs", answer.errorMessage);
      if (error !== undefined) throw error;
    });
    return response.resources.flatMap(({ resourceType, resourceName, patternType, acls }) =>
      acls.map((acl) => aclOf({ resourceType, resourceName, patternType, ...acl })),
    );
  }

  /** Makes rules; one that is there already is made again. An outcome for each, in the order given. */
  async create(acls: readonly NewAcl[], options?: AdminOptions): Promise<readonly AclOutcome[]> {
    const creations = acls.map((acl) => ({
      resourceType: resourceTypes.codeOf(acl.resourceType),
      resourceName: acl.resourceName,
      resourcePatternType: patterns.codeOf(acl.pattern ?? "literal"),
      principal: acl.principal,
      host: acl.host ?? "*",
      operation: operations.codeOf(acl.operation),
      permissionType: permissions.codeOf(acl.permission ?? "allow"),
    }));
    const response = await this.#cluster.request("controller", createAcls, { creations }, options, ({ results }) => {
      for (const { errorCode } of results) throwRetriable(errorCode, "create ACLs");
    });
    return acls.map((acl, index) => {
      const result = response.results[index];
      const context = `create ACL of ${acl.principal} on ${acl.resourceType} "${acl.resourceName}"`;
      return { acl, error: answerError(result?.errorCode ?? -1, context, result?.errorMessage) };
    });
  }

  /** Deletes the rules that filters find: what each found, in the order given. */
  async delete(filters: readonly AclFilter[], options?: AdminOptions): Promise<readonly DeletedAcls[]> {
    const body = { filters: filters.map(wireFilter) };
    const response = await this.#cluster.request("controller", deleteAcls, body, options, ({ filterResults }) => {
      for (const { errorCode } of filterResults) throwRetriable(errorCode, "delete ACLs");
    });
    return filters.map((filter, index) => {
      const result = response.filterResults[index];
      const deleted = (result?.matchingAcls ?? []).map((acl) => ({
        ...aclOf(acl),
        error: answerError(acl.errorCode, "delete ACL", acl.errorMessage),
      }));
      return { filter, deleted, error: answerError(result?.errorCode ?? -1, "delete ACLs", result?.errorMessage) };
    });
  }
}

const wireFilter = (filter: AclFilter) => ({
  resourceTypeFilter: filter.resourceType === undefined ? any : resourceTypes.codeOf(filter.resourceType),
  resourceNameFilter: filter.resourceName ?? null,
  patternTypeFilter: filter.pattern === undefined ? any : patterns.codeOf(filter.pattern),
  principalFilter: filter.principal ?? null,
  hostFilter: filter.host ?? null,
  operation: filter.operation === undefined ? any : operations.codeOf(filter.operation),
  permissionType: filter.permission === undefined ? any : permissions.codeOf(filter.permission),
});

interface WireAcl {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

function aclOf(acl: WireAcl): Acl {
  const pattern = patterns.nameOf(acl.patternType);
  return {
    resourceType: resourceTypes.nameOf(acl.resourceType),
    resourceName: acl.resourceName,
    // "match" is said of filters alone.
    pattern: pattern === "match" ? "unknown" : pattern,
    principal: acl.principal,
    host: acl.host,
    operation: operations.nameOf(acl.operation),
    permission: permissions.nameOf(acl.permissionType),
  };
}
