import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { EarshotError } from "./errors.ts";
import { completeEdge, type EdgeSettings, edgeSchema, type KnownEdgeSettings, knownEdgesSchema } from "./edge-config.ts";
import { completeMail, type MailSettings, mailSchema } from "./mail-config.ts";
import { completeHouse, type HouseSettings, houseSchema } from "./house-config.ts";
import { completeProvider, type ProviderSettings, signInSchema } from "./sign-in-config.ts";
import { completeStorage, type StorageSettings, storageSchema } from "./storage-config.ts";

const port = z.int().min(1).max(65_535);
/** Shortest secret shared with a relay. Characters; who guesses it sends through the operator's line for nothing. */
const MIN_RELAY_SECRET = 16;

const verifierKey = z.string().regex(/^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/, "a key as it stands in log.vkey or at /witness/key: name+id+key");
/** Most witnesses asked. Every checkpoint carries a line of each. */
const MAX_WITNESSES = 16;

/** Everything an operator can set; `earshot.example.yaml` explains each and a test holds the two together. */
export const configSchema = z.strictObject({
  data_folder: z.string().min(1).default("./data"),
  public_url: z.url().optional(),
  backstage_url: z.url().optional(),
  front: z
    .strictObject({
      port: port.default(8080),
      host: z.string().default("0.0.0.0"),
      joins_per_second: z.number().min(1).max(100_000).default(200),
      uplink_megabits: z.number().min(1).optional(),
      cdn: z.boolean().default(false),
      near_places: z.int().min(0).max(5_000).default(200),
      processes: z.int().min(1).max(64).default(1),
    })
    .prefault({}),
  backstage: z.strictObject({ port: port.optional(), host: z.string().default("0.0.0.0") }).prefault({}),
  admin: z.strictObject({ port: port.optional() }).prefault({}),
  stage: z
    .strictObject({
      udp_ports: z
        .string()
        .regex(/^\d{1,5}-\d{1,5}$/, "two port numbers with a hyphen")
        .default("40000-40199"),
      single_port: z.boolean().default(false),
      announce: z.array(z.string().refine((text) => isIP(text) !== 0 && !text.includes("%"), "IP addresses, without port, name or zone")).default([]),
      ice_tcp: z.boolean().default(true),
      loopback: z.boolean().default(false),
      private_feeds: z.boolean().default(false),
      stereo: z.boolean().default(false),
      relay: z
        .strictObject({
          urls: z.array(z.string().regex(/^turns?:[^\s?]+(\?transport=(udp|tcp))?$/, "turn:host:port or turns:host:port")).min(1),
          secret: z.string().min(MIN_RELAY_SECRET),
        })
        .optional(),
    })
    .prefault({}),
  witnesses: z
    .strictObject({
      ask: z
        .array(z.strictObject({ address: z.url(), key: verifierKey }))
        .max(MAX_WITNESSES)
        .default([]),
      quorum: z.int().min(0).max(MAX_WITNESSES).default(0),
      for: z.array(verifierKey).default([]),
    })
    .prefault({}),
  edges: knownEdgesSchema.default([]),
  edge: edgeSchema.optional(),
  storage: storageSchema.prefault({}),
  database: z
    .strictObject({
      url: z
        .string()
        .regex(/^postgres(?:ql)?:\/\/\S+$/, "postgres://user@host/database")
        .optional(),
    })
    .prefault({}),
  mail: mailSchema.optional(),
  house: houseSchema.prefault({}),
  sign_in: signInSchema.prefault({}),
  push: z.strictObject({ private_addresses: z.boolean().default(false) }).prefault({}),
  tls: z.strictObject({ cert: z.string().min(1), key: z.string().min(1) }).optional(),
  trusted_proxies: z.array(z.string().refine(isNetwork, "an address or a network such as 10.0.0.0/8")).default([]),
  sound_check: z.boolean().default(true),
  disk_reserve_megabytes: z.int().min(0).default(200),
});

/** Settings as the house uses them: every port known, every address whole. */
export interface Config {
  readonly dataFolder: string;
  readonly publicUrl: string;
  readonly backstageUrl: string;
  readonly front: {
    readonly port: number;
    readonly host: string;
    /** Newcomers let in per second and front before the machine has shown what it bears. */
    readonly joinsPerSecond: number;
    /** What the line to the listeners carries. Bytes per second; 0 when nobody said. */
    readonly uplinkBytesPerSecond: number;
    /** Whether a cache or CDN stands in front of it: our player then asks for segments. */
    readonly cdn: boolean;
    /** Listeners per event and process who may follow as close as possible. */
    readonly nearPlaces: number;
    /** Processes that share the port. */
    readonly processes: number;
  };
  readonly backstage: { readonly port: number; readonly host: string };
  readonly admin: { readonly port: number };
  readonly stage: {
    readonly udpPorts: readonly [number, number];
    /** Whether all speakers of an event share one port of the range. */
    readonly singlePort: boolean;
    readonly announce: readonly string[];
    readonly iceTcp: boolean;
    readonly loopback: boolean;
    readonly privateFeeds: boolean;
    /** Whether voices have places between left and right; the programme then has two channels. */
    readonly stereo: boolean;
    /** A TURN server for speakers whose network lets nothing else through. */
    readonly relay: { readonly urls: readonly string[]; readonly secret: string } | undefined;
  };
  /** Witnesses that are asked to cosign ledgers, how many must, and log keys of the houses this one cosigns for. */
  readonly witnesses: { readonly ask: readonly { readonly address: string; readonly key: string }[]; readonly quorum: number; readonly for: readonly string[] };
  /** Servers elsewhere that hand this house's audio to more listeners. */
  readonly edges: readonly KnownEdgeSettings[];
  /** Whose edge this machine is, when it is one. */
  readonly edge: EdgeSettings | undefined;
  /** Files of certificate chain and key in PEM, absolute paths, for both public ports; undefined: they speak plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Whether the permanent Sound check is on air. */
  readonly soundCheck: boolean;
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly diskReserveBytes: number;
  readonly storage: StorageSettings;
  /** Address of a PostgreSQL database; undefined: the database is a file in the data folder. */
  readonly databaseUrl: string | undefined;
  /** How mail is sent; undefined: it is not, and nothing that needs it is offered. */
  readonly mail: MailSettings | undefined;
  /** What the house is called and how it looks, where the operator chose nothing else on the page. */
  readonly house: HouseSettings;
  /** The house's own sign-in service; undefined: there is none. */
  readonly provider: ProviderSettings | undefined;
  /** Whether notices may go to push services in this machine's own network. */
  readonly privatePush: boolean;
}

/** Environment variables that override the file, and the setting each stands for. */
const VARIABLES: Readonly<Record<string, { readonly path: readonly string[]; readonly kind: "text" | "number" | "boolean" }>> = {
  EARSHOT_DATA: { path: ["data_folder"], kind: "text" },
  EARSHOT_DATABASE_URL: { path: ["database", "url"], kind: "text" },
  EARSHOT_FRONT_PROCESSES: { path: ["front", "processes"], kind: "number" },
  EARSHOT_CDN: { path: ["front", "cdn"], kind: "boolean" },
  EARSHOT_PORT: { path: ["front", "port"], kind: "number" },
  EARSHOT_BACKSTAGE_PORT: { path: ["backstage", "port"], kind: "number" },
  EARSHOT_ADMIN_PORT: { path: ["admin", "port"], kind: "number" },
  EARSHOT_PUBLIC_URL: { path: ["public_url"], kind: "text" },
  EARSHOT_BACKSTAGE_URL: { path: ["backstage_url"], kind: "text" },
  EARSHOT_TLS_CERT: { path: ["tls", "cert"], kind: "text" },
  EARSHOT_TLS_KEY: { path: ["tls", "key"], kind: "text" },
  EARSHOT_PRIVATE_PUSH: { path: ["push", "private_addresses"], kind: "boolean" },
  EARSHOT_MAIL_URL: { path: ["mail", "url"], kind: "text" },
  EARSHOT_MAIL_FROM: { path: ["mail", "from"], kind: "text" },
  EARSHOT_UDP_PORTS: { path: ["stage", "udp_ports"], kind: "text" },
  EARSHOT_SINGLE_PORT: { path: ["stage", "single_port"], kind: "boolean" },
  EARSHOT_PRIVATE_FEEDS: { path: ["stage", "private_feeds"], kind: "boolean" },
  EARSHOT_SOUND_CHECK: { path: ["sound_check"], kind: "boolean" },
  EARSHOT_ICE_LOOPBACK: { path: ["stage", "loopback"], kind: "boolean" },
};

/** Reads the settings: defaults, then the file, then the environment. @throws `config-invalid` naming setting, rule and value. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>, folder: string): Config {
  const path = environment.EARSHOT_CONFIG ?? resolve(folder, "earshot.yaml");
  const settings = readYaml(path, environment.EARSHOT_CONFIG !== undefined);
  for (const [name, { path: keys, kind }] of Object.entries(VARIABLES)) {
    const text = environment[name];
    if (text === undefined || text === "") continue;
    let at = settings;
    for (const key of keys.slice(0, -1)) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    at[keys.at(-1) as string] = kind === "number" ? Number(text) : kind === "boolean" ? text === "1" || text === "true" : text;
  }
  const parsed = configSchema.safeParse(settings);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const keys = issue?.path.map(String) ?? [];
    const variable = Object.entries(VARIABLES).find(([name, entry]) => entry.path.join() === keys.join() && environment[name] !== undefined)?.[0];
    const value = keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], settings);
    throw new EarshotError("config-invalid", {
      setting: variable ?? `${keys.join(".")} in ${path}`,
      rule: issue?.message ?? "valid",
      // A mail server's address has the password in it.
      value: keys.join(".") === "mail.url" && value !== undefined ? "not shown" : (JSON.stringify(value) ?? "missing"),
    });
  }
  return complete(parsed.data, folder);
}

function readYaml(path: string, required: boolean): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (!required && (cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new EarshotError("config-invalid", { setting: "EARSHOT_CONFIG", rule: "a file that can be read", value: path }, cause);
  }
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new EarshotError("config-invalid", { setting: path, rule: "YAML", value: error.message.split("\n")[0] ?? "" }, error);
  return (document.toJS() ?? {}) as Record<string, unknown>;
}

function complete(settings: z.infer<typeof configSchema>, folder: string): Config {
  const { front, backstage, admin, stage } = settings;
  const backstagePort = backstage.port ?? front.port + 1;
  const [first = 0, last = 0] = stage.udp_ports.split("-").map(Number);
  const rule = stage.single_port ? "first port not above the last, 1 to 65535" : "first port below last port, at most 65535";
  if (last < first || (stage.single_port ? first < 1 : last === first) || last > 65_535)
    throw new EarshotError("config-invalid", { setting: "stage.udp_ports", rule, value: stage.udp_ports });
  const { ask, quorum } = settings.witnesses;
  if (quorum > ask.length)
    throw new EarshotError("config-invalid", { setting: "witnesses.quorum", rule: "at most as many as are asked", value: String(quorum) });
  if (settings.storage.folder !== undefined && settings.storage.bucket !== undefined)
    throw new EarshotError("config-invalid", { setting: "storage.folder", rule: "a folder or a bucket, not both", value: settings.storage.folder });
  const publicUrl = (settings.public_url ?? `${settings.tls === undefined ? "http" : "https"}://localhost:${front.port}`).replace(/\/$/, "");
  const backstageUrl = (settings.backstage_url ?? withPort(publicUrl, backstagePort)).replace(/\/$/, "");
  if (settings.tls !== undefined)
    for (const [setting, value] of Object.entries({ public_url: publicUrl, backstage_url: backstageUrl }))
      if (!value.startsWith("https:")) throw new EarshotError("config-invalid", { setting, rule: "an https address, because tls is set", value });
  const {
    port: frontPort,
    host: frontHost,
    joins_per_second: joinsPerSecond,
    uplink_megabits: uplinkMegabits = 0,
    cdn,
    near_places: nearPlaces,
    processes,
  } = front;
  return {
    dataFolder: resolve(folder, settings.data_folder),
    publicUrl,
    backstageUrl,
    front: { port: frontPort, host: frontHost, joinsPerSecond, uplinkBytesPerSecond: (uplinkMegabits * 1e6) / 8, cdn, nearPlaces, processes },
    backstage: { port: backstagePort, host: backstage.host },
    admin: { port: admin.port ?? front.port + 2 },
    stage: {
      udpPorts: [first, last],
      singlePort: stage.single_port,
      announce: stage.announce,
      iceTcp: stage.ice_tcp,
      loopback: stage.loopback,
      privateFeeds: stage.private_feeds,
      stereo: stage.stereo,
      relay: stage.relay,
    },
    witnesses: settings.witnesses,
    edges: settings.edges,
    edge: settings.edge === undefined ? undefined : completeEdge(settings.edge),
    tls: settings.tls === undefined ? undefined : { cert: resolve(folder, settings.tls.cert), key: resolve(folder, settings.tls.key) },
    trustedProxies: settings.trusted_proxies,
    soundCheck: settings.sound_check,
    diskReserveBytes: settings.disk_reserve_megabytes * 1e6,
    privatePush: settings.push.private_addresses,
    mail: settings.mail === undefined ? undefined : completeMail(settings.mail),
    house: completeHouse(settings.house, (path) => resolve(folder, path)),
    provider: completeProvider(settings.sign_in, (path) => resolve(folder, path)),
    storage: completeStorage(settings.storage, (path) => resolve(folder, path)),
    databaseUrl: settings.database.url,
  };
}

function withPort(url: string, value: number): string {
  const changed = new URL(url);
  changed.port = String(value);
  return changed.href;
}

function isNetwork(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const bits = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && more.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits));
}
