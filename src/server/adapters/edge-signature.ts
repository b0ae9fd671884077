import { createHash, createPublicKey, verify } from "node:crypto";
import { EDGE_CLOCK_MS, EDGE_HEADERS, EDGE_SIGNATURE } from "../../wire/edge.ts";

/** An edge as a house knows it. */
export interface KnownEdge {
  readonly name: string;
  /** Ed25519 public key, base64 of 32 bytes. */
  readonly key: string;
}

/** What of a request is signed. `path`: with its query. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
}

/** Why a request is not an edge's. `clock`: signed by it, but at another time than ours. */
export type EdgeRefusal = "unknown" | "signature" | "clock";

/** What comes before the key in the form Node reads. @spec RFC 8410 §4 */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The header fields of an edge's request. `sign`: with its Ed25519 key. */
export function signRequest(
  request: SignedRequest,
  { name, nowUnixMs, sign }: { readonly name: string; readonly nowUnixMs: number; readonly sign: (message: Uint8Array) => Uint8Array },
): Record<string, string> {
  const time = String(Math.floor(nowUnixMs));
  return { [EDGE_HEADERS.name]: name, [EDGE_HEADERS.time]: time, [EDGE_HEADERS.signature]: Buffer.from(sign(messageOf(request, time))).toString("base64") };
}

/** Whose request it is: one of the edges a house knows, or why it is nobody's. Never throws. */
export function checkRequest(
  request: SignedRequest,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  { edges, nowUnixMs }: { readonly edges: readonly KnownEdge[]; readonly nowUnixMs: number },
): KnownEdge | EdgeRefusal {
  const [name, time, signature] = [EDGE_HEADERS.name, EDGE_HEADERS.time, EDGE_HEADERS.signature].map((field) => String(headers[field] ?? ""));
  const edge = edges.find((known) => known.name === name);
  if (edge === undefined) return "unknown";
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, Buffer.from(edge.key, "base64")]), format: "der", type: "spki" });
  if (!verify(null, messageOf(request, time ?? ""), key, Buffer.from(signature ?? "", "base64"))) return "signature";
  return Math.abs(Number(time) - nowUnixMs) <= EDGE_CLOCK_MS ? edge : "clock";
}

function messageOf({ method, path, body }: SignedRequest, time: string): Uint8Array {
  return Buffer.from([EDGE_SIGNATURE, method, path, time, createHash("sha256").update(body).digest("hex")].join("\n"));
}
