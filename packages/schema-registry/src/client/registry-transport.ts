import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** How to prove who is who over TLS: an authority to trust, and a certificate of one's own for registries that ask for one. PEM. */
export interface RegistryTls {
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  /** The name that the registry's certificate must have, where it is not that of the URL. */
  readonly servername?: string;
  /** `false` accepts any certificate, and so anybody in between. Default true. */
  readonly rejectUnauthorized?: boolean;
}

/** What was answered, whole. */
export interface TransportAnswer {
  readonly status: number;
  readonly text: string;
}

export interface TransportRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** One schema is refused above a megabyte or so; a list of all of them, with their texts, may be long. */
const largestAnswer = 256 * 1024 * 1024;

/** HTTP with connections that stay open between requests. An idle one keeps no process alive. */
export class RegistryTransport {
  readonly #http = new HttpAgent({ keepAlive: true });
  readonly #https: HttpsAgent;

  constructor({ ca, ...tls }: RegistryTls = {}) {
    this.#https = new HttpsAgent({ keepAlive: true, ...tls, ...(ca !== undefined && { ca: [ca].flat() }) });
  }

  async send(request: TransportRequest): Promise<TransportAnswer> {
    try {
      return await this.#once(request);
    } catch (error) {
      // The registry had closed an idle connection, as it may at any time: this says nothing about the request.
      if (error instanceof StaleConnection) return this.#once(request);
      throw error;
    }
  }

  #once({ method, url, headers, body, signal }: TransportRequest): Promise<TransportAnswer> {
    const isSecure = url.startsWith("https:");
    const payload = body === undefined ? undefined : Buffer.from(body);
    const options: RequestOptions = {
      method,
      signal,
      agent: isSecure ? this.#https : this.#http,
      headers: { ...headers, ...(payload !== undefined && { "content-length": payload.length }) },
    };
    return new Promise((resolve, reject) => {
      const request = (isSecure ? httpsRequest : httpRequest)(url, options, (response) => {
        whole(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
      });
      request.on("error", (error: NodeJS.ErrnoException) => {
        const isStale = request.reusedSocket && error.code === "ECONNRESET";
        reject(isStale ? new StaleConnection(error.message, { cause: error }) : error);
      });
      request.end(payload);
    });
  }
}

class StaleConnection extends Error {}

async function whole(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestAnswer) throw new Error(`the answer is longer than ${largestAnswer} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
