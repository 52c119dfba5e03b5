import { alterClientQuotas, describeClientQuotas, type KafkaProtocolError } from "@ottla/protocol";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";

/** Whose quota, by kind: the name, or null for all that have none of their own. */
export interface QuotaEntity {
  readonly user?: string | null | undefined;
  readonly "client-id"?: string | null | undefined;
  readonly ip?: string | null | undefined;
}

/** Quotas of one entity, by Kafka's names: `producer_byte_rate`, `consumer_byte_rate`, `request_percentage`, … */
export interface ClientQuota {
  readonly entity: QuotaEntity;
  readonly values: Readonly<Record<string, number>>;
}

/** Which entities: of the kinds named, with that name, with none of their own (null), or whatever it is. */
export interface QuotaFilter {
  readonly kind: keyof QuotaEntity;
  /** A name; null for the default of the kind. Absent: any. */
  readonly name?: string | null | undefined;
}

/** Changes to one entity's quotas. */
export interface QuotaChange {
  readonly entity: QuotaEntity;
  readonly set?: Readonly<Record<string, number>> | undefined;
  readonly remove?: readonly string[] | undefined;
}

/** What became of one change. */
export interface QuotaOutcome {
  readonly entity: QuotaEntity;
  readonly error?: KafkaProtocolError | undefined;
}

const match = { exact: 0, default: 1, any: 2 } as const;

/** How much users, clients and addresses may ask of brokers (KIP-546; Kafka from 2.6 on). */
export class QuotaAdmin {
  readonly #cluster: AdminCluster;

  /** @internal Made as `admin.quotas`. */
  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /**
   * The quotas that are set, of entities that all filters agree with; of all without one. `strict` leaves out entities of further
   * kinds: with a filter for `user` alone, those of a user and a client.
   *
   * @throws KafkaProtocolError
   */
  async describe(
    filters: readonly QuotaFilter[] = [],
    options?: AdminOptions & { readonly strict?: boolean | undefined },
  ): Promise<readonly ClientQuota[]> {
    const components = filters.map(({ kind, name }) => ({
      entityType: kind,
      matchType: name === undefined ? match.any : name === null ? match.default : match.exact,
      match: name ?? null,
    }));
    const body = { components, strict: options?.strict ?? false };
    const response = await this.#cluster.request("any", describeClientQuotas, body, options, (answer) => {
      const error = answerError(answer.errorCode, "describe client quotas", answer.errorMessage);
      if (error !== undefined) throw error;
    });
    return (response.entries ?? []).map(({ entity, values }) => ({
      entity: Object.fromEntries(entity.map(({ entityType, entityName }) => [entityType, entityName])),
      values: Object.fromEntries(values.map(({ key, value }) => [key, value])),
    }));
  }

  /** Sets and removes quotas: an outcome for each entity, in the order given. */
  async alter(
    changes: readonly QuotaChange[],
    options?: AdminOptions & { readonly validateOnly?: boolean | undefined },
  ): Promise<readonly QuotaOutcome[]> {
    const entries = changes.map(({ entity, set, remove }) => ({
      entity: wireEntity(entity),
      ops: [
        ...Object.entries(set ?? {}).map(([key, value]) => ({ key, value, remove: false })),
        ...(remove ?? []).map((key) => ({ key, value: 0, remove: true })),
      ],
    }));
    const body = { entries, validateOnly: options?.validateOnly ?? false };
    const response = await this.#cluster.request("controller", alterClientQuotas, body, options, (answer) => {
      for (const { errorCode } of answer.entries) throwRetriable(errorCode, "alter client quotas");
    });
    const answers = new Map(response.entries.map((entry) => [keyOf(entry.entity), entry]));
    return changes.map(({ entity }) => {
      const wire = wireEntity(entity);
      const answer = answers.get(keyOf(wire));
      const who = wire.map(({ entityType, entityName }) => `${entityType} ${entityName ?? "(default)"}`).join(", ");
      return { entity, error: answerError(answer?.errorCode ?? -1, `quota of ${who}`, answer?.errorMessage) };
    });
  }
}

type WireEntity = readonly { readonly entityType: string; readonly entityName: string | null }[];

const wireEntity = (entity: QuotaEntity): WireEntity =>
  Object.entries<string | null | undefined>({ ...entity }).flatMap(([entityType, entityName]) =>
    entityName === undefined ? [] : [{ entityType, entityName }],
  );

// A broker may name the kinds in another order.
const keyOf = (entity: WireEntity): string =>
  JSON.stringify(entity.map(({ entityType, entityName }) => [entityType, entityName]).toSorted());
