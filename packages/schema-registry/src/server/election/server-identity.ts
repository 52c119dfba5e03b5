/** A server as the others know it, in the form of Confluent's registry. */
export interface ServerIdentity {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** Whether it may lead. */
  readonly isEligible: boolean;
}

const version = 1;

export const urlOf = ({ scheme, host, port }: ServerIdentity): string =>
  `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;

const identityJson = ({ scheme, host, port, isEligible }: ServerIdentity) => ({
  version,
  host,
  port,
  master_eligibility: isEligible,
  scheme,
});

export const encodeIdentity = (identity: ServerIdentity): Buffer => Buffer.from(JSON.stringify(identityJson(identity)));

/** `undefined` for what says nothing that could be called up. */
export function decodeIdentity(bytes: Uint8Array): ServerIdentity | undefined {
  return readIdentity(jsonOf(bytes));
}

function readIdentity(value: unknown): ServerIdentity | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { host, port, scheme = "http", master_eligibility, leader_eligibility } = value as Record<string, unknown>;
  if (typeof host !== "string" || !Number.isInteger(port)) return undefined;
  const isEligible = (leader_eligibility ?? master_eligibility) !== false;
  return { scheme: scheme === "https" ? "https" : "http", host, port: port as number, isEligible };
}

/** Who leads, as the leader of the group tells every member. */
export interface Assignment {
  /** The member's id; undefined where nobody may lead. */
  readonly leaderId: string | undefined;
  readonly leader: ServerIdentity | undefined;
  /** Whether two servers call themselves by one URL: then nobody leads. */
  readonly hasDuplicates: boolean;
}

export const encodeAssignment = ({ leaderId, leader, hasDuplicates }: Assignment): Buffer =>
  Buffer.from(
    JSON.stringify({
      version,
      error: hasDuplicates ? 1 : 0,
      master: leaderId ?? null,
      master_identity: leader === undefined ? null : identityJson(leader),
    }),
  );

export function decodeAssignment(bytes: Uint8Array): Assignment {
  const value = jsonOf(bytes);
  const { error, master, master_identity } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  return {
    leaderId: typeof master === "string" ? master : undefined,
    leader: readIdentity(master_identity),
    hasDuplicates: error === 1,
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The eligible server with the smallest URL leads: every member that is asked comes to the same. */
export function elected(members: readonly { readonly memberId: string; readonly metadata: Uint8Array }[]): Assignment {
  const known = members.flatMap(({ memberId, metadata }) => {
    const identity = decodeIdentity(metadata);
    return identity === undefined ? [] : [{ memberId, identity, url: urlOf(identity) }];
  });
  const hasDuplicates = new Set(known.map(({ url }) => url)).size < known.length;
  const [first] = known
    .filter(({ identity }) => identity.isEligible)
    .toSorted((a, b) => (a.url < b.url ? -1 : a.url > b.url ? 1 : 0));
  if (hasDuplicates || first === undefined) return { leaderId: undefined, leader: undefined, hasDuplicates };
  return { leaderId: first.memberId, leader: first.identity, hasDuplicates };
}
