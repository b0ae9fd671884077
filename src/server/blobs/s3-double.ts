import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver, { type S3Context } from "@20minutes/s3rver";
import authentication from "@20minutes/s3rver/lib/middleware/authentication.js";
import type { BucketSettings } from "../../core/storage-config.ts";
import type { BucketKeys } from "./bucket-keys.ts";

/** The one key the test server knows. */
export const GOOD_KEYS: BucketKeys = { id: "S3RVER", secret: "S3RVER" };
const BUCKET = "recordings";
/** How far a request's clock may be off. Milliseconds; what Amazon's servers allow. */
const SKEW_MS = 900_000;

/** A bucket on a real port that checks signatures. */
export interface S3Double {
  readonly bucket: BucketSettings;
  /** Every request that came, as `METHOD path?query`. */
  readonly asked: string[];
  /** While true every connection is cut. */
  away: boolean;
  /** Asked before each request is answered: a promise that does not come true holds it. */
  hold: (request: IncomingMessage) => Promise<void>;
  /** Answers a request itself when it returns true. */
  refuse: (request: IncomingMessage, response: ServerResponse) => boolean;
  close(): Promise<void>;
}

/**
 * Starts s3rver, mended where it is laxer or knows less than a bucket does: it lets nobody in without a signature or with a wrong clock, lists the parts of an upload and throws uploads away.
 * `listsParts: false` leaves the last two as they are, as some servers have them.
 */
export async function openS3Double({
  listsParts = true,
  prefix = "house",
}: {
  readonly listsParts?: boolean;
  readonly prefix?: string;
} = {}): Promise<S3Double> {
  const directory = await mkdtemp(join(tmpdir(), "earshot-s3-"));
  const s3 = new S3rver({ directory, silent: true, vhostBuckets: false, configureBuckets: [{ name: BUCKET }] });
  if (listsParts) s3.middleware.unshift(async (context, next) => await answerUploads(directory, context, next));
  await s3.configureBuckets();
  const answer = s3.callback();
  const double: Omit<S3Double, "bucket"> = {
    asked: [],
    away: false,
    hold: async () => {},
    refuse: () => false,
    async close() {
      server.close();
      server.closeAllConnections();
      await rm(directory, { recursive: true, force: true });
    },
  };
  const server = createServer((request, response) => {
    double.asked.push(`${request.method} ${request.url}`);
    if (double.away) return void request.socket.destroy();
    if (double.refuse(request, response)) return;
    if (request.headers.authorization === undefined) return void response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
    if (!(Math.abs(signedAt(request) - Date.now()) < SKEW_MS)) return void response.writeHead(403).end("<Error><Code>RequestTimeTooSkewed</Code></Error>");
    void double.hold(request).then(() => {
      if (double.away) request.socket.destroy();
      else answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  return Object.assign(double, { bucket: { endpoint, region: "us-east-1", name: BUCKET, prefix, pathStyle: true, secretFile: undefined } });
}

/** When a request says it was signed. Milliseconds since the Unix epoch. */
function signedAt({ headers }: IncomingMessage): number {
  return Date.parse(String(headers["x-amz-date"]).replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5"));
}

/** ListParts, AbortMultipartUpload and the refusal of a part for an upload that is not there, behind the server's own check of signatures. */
async function answerUploads(directory: string, context: S3Context, next: () => Promise<void>): Promise<void> {
  const { uploadId } = context.query;
  if (uploadId === undefined || !["GET", "DELETE", "PUT"].includes(context.method)) return await next();
  const [, bucket = "", ...rest] = context.path.split("/");
  if (context.method === "PUT" && (await stat(join(directory, bucket, "._S3rver_uploads", uploadId)).catch(() => undefined)) !== undefined) return await next();
  context.params = { bucket, key: rest.join("/") };
  await authentication()(context, async () => {
    const folder = join(directory, bucket, "._S3rver_uploads", uploadId);
    context.type = "application/xml";
    if ((await stat(folder).catch(() => undefined)) === undefined) {
      context.status = 404;
      context.body = "<Error><Code>NoSuchUpload</Code></Error>";
    } else if (context.method === "DELETE") {
      await rm(folder, { recursive: true });
      context.status = 204;
    } else {
      const names = (await readdir(folder)).filter((name) => /^\d+$/.test(name));
      const parts = await Promise.all(
        names.map(async (name) => {
          const md5 = await readFile(join(folder, `${name}.md5`), "utf8").catch(() => undefined);
          const { size } = await stat(join(folder, name));
          return md5 === undefined ? "" : `<Part><PartNumber>${name}</PartNumber><ETag>&quot;${md5}&quot;</ETag><Size>${size}</Size></Part>`;
        }),
      );
      context.status = 200;
      context.body = `<ListPartsResult><IsTruncated>false</IsTruncated>${parts.join("")}</ListPartsResult>`;
    }
  });
}
