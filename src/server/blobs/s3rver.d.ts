declare module "@20minutes/s3rver" {
  import type { IncomingMessage, ServerResponse } from "node:http";
  /** What of a request's context the tests touch. */
  export interface S3Context {
    readonly method: string;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
    params: { bucket: string; key: string };
    readonly state: { account?: object };
    status: number;
    type: string;
    body: unknown;
  }
  export type S3Middleware = (context: S3Context, next: () => Promise<void>) => Promise<void>;
  class S3rver {
    constructor(options: { directory: string; silent: boolean; vhostBuckets: boolean; configureBuckets: readonly { name: string }[] });
    readonly middleware: S3Middleware[];
    configureBuckets(): Promise<void>;
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
  }
  // biome-ignore lint/style/noDefaultExport: it is the package that does it.
  export { S3rver as default };
}
declare module "@20minutes/s3rver/lib/middleware/authentication.js" {
  import type { S3Middleware } from "@20minutes/s3rver";
  const authentication: () => S3Middleware;
  // biome-ignore lint/style/noDefaultExport: it is the package that does it.
  export { authentication as default };
}
