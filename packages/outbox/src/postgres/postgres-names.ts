/** The quoted names of an outbox's tables, and its notification channel. */
export interface PostgresNames {
  readonly schemaName: string;
  readonly schema: string;
  readonly message: string;
  readonly messageDefault: string;
  readonly messageId: string;
  readonly cursor: string;
  readonly stalled: string;
  readonly relay: string;
  readonly inbox: string;
  readonly setting: string;
  readonly channel: string;
}

export function postgresNames(schema: string): PostgresNames {
  // A partition's name is longer than these; Postgres cuts names at 63 bytes.
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(schema)) {
    throw new RangeError(`schema "${schema}": use up to 40 small letters, digits and underscores`);
  }
  const table = (name: string) => `"${schema}"."${name}"`;
  return {
    schemaName: schema,
    schema: `"${schema}"`,
    message: table("message"),
    messageDefault: table("message_default"),
    messageId: table("message_id"),
    cursor: table("cursor"),
    stalled: table("stalled"),
    relay: table("relay"),
    inbox: table("inbox"),
    setting: table("setting"),
    channel: `ottla_${schema}`,
  };
}
