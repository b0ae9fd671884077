import { z } from "zod";
import { EarshotError } from "./errors.ts";

/** How an edge may be called: in ledgers, lines of counts and names of files. */
const EDGE_NAME = /^(?!house$|front)[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
/** Most edges of a house. All of them stand in every ledger's first entry. */
const MAX_EDGES = 200;
/** Most bytes their announcement may take: an entry has 65,535, and the title, the witnesses' keys and their names stand in it too. */
const MAX_ANNOUNCED_BYTES = 48 * 1024;
/** Hosts that are this machine: nobody is on the line to them. */
const OWN_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

const name = z.string().regex(EDGE_NAME, "1 to 40 of a to z, 0 to 9 and hyphens, neither house nor beginning with front");

/** Under `edges:` in a house's settings. */
export const knownEdgesSchema = z
  .array(
    z.strictObject({
      name,
      key: z.string().refine((text) => Buffer.from(text, "base64").length === 32, "the key that earshot edge printed at its start"),
      operator: z.string().max(200).default(""),
      network: z.string().max(200).default(""),
      capacity: z.int().min(0).default(0),
    }),
  )
  .max(MAX_EDGES)
  .refine((edges) => new Set(edges.map((edge) => edge.name)).size === edges.length, "each name once")
  .refine((edges) => new Set(edges.map((edge) => edge.key)).size === edges.length, "each key once")
  .refine(
    (edges) => Buffer.byteLength(JSON.stringify(edges)) <= MAX_ANNOUNCED_BYTES,
    "shorter names of operators and networks: all edges stand in every ledger's first entry",
  );

/** Under `edge:` in an edge's own settings. */
export const edgeSchema = z.strictObject({ name, house: z.url(), origin: z.url() });

/** An edge as its house knows it, and as ledgers name it. */
export interface KnownEdgeSettings {
  readonly name: string;
  /** Ed25519 public key, base64 of 32 bytes. */
  readonly key: string;
  /** Who runs it, and in whose network; "" where nobody said. */
  readonly operator: string;
  readonly network: string;
  /** Most listeners it can serve; 0 where nobody said. */
  readonly capacity: number;
}

/** Whose edge a machine is. */
export interface EdgeSettings {
  readonly name: string;
  /** The house's backstage address, no trailing slash. */
  readonly house: string;
  /** The house's own listeners' port, by an address that never leads to an edge; no trailing slash. */
  readonly origin: string;
}

/** @throws `config-invalid` when keys and salts would cross a network in the clear. */
export function completeEdge({ name, house, origin }: z.infer<typeof edgeSchema>): EdgeSettings {
  const { protocol, hostname } = new URL(house);
  if (protocol !== "https:" && !OWN_HOSTS.has(hostname))
    throw new EarshotError("config-invalid", { setting: "edge.house", rule: "an https address: the house tells its edges keys", value: house });
  return { name, house: house.replace(/\/$/, ""), origin: origin.replace(/\/$/, "") };
}
