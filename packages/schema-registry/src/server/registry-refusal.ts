/** A request the registry refuses, with Confluent's number. The HTTP status is the number's first three digits. */
export class RegistryRefusal extends Error {
  override readonly name = "RegistryRefusal";
  readonly errorCode: number;

  constructor(errorCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.errorCode = errorCode;
  }

  get status(): number {
    return this.errorCode > 999 ? Math.floor(this.errorCode / 100) : this.errorCode;
  }
}

export const subjectNotFound = (subject: string) => new RegistryRefusal(40401, `Subject '${subject}' not found.`);
export const versionNotFound = (version: number | string) =>
  new RegistryRefusal(40402, `Version ${version} not found.`);
export const schemaNotFound = (id?: number | string) =>
  new RegistryRefusal(40403, id === undefined ? "Schema not found" : `Schema ${id} not found`);

/** What keeps a version from being deleted. */
export const referenceExists = (
  subject: string,
  version: number,
  referrer: { readonly subject: string; readonly version: number },
) =>
  new RegistryRefusal(
    42206,
    `One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=${subject},version=${version}}: ${referrer.subject} version ${referrer.version}.`,
  );
