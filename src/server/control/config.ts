import type { MailSettings } from "../../core/mail-config.ts";
import type { HouseSettings } from "../../core/house-config.ts";
import type { ProviderSettings } from "../../core/sign-in-config.ts";
import type { StorageSettings } from "../../core/storage-config.ts";
import type { RelaySettings } from "../../event/mod.ts";
import type { CertificateFiles } from "../adapters/certificate.ts";
import type { KnownEdge } from "../adapters/edge-signature.ts";

/** Settings the supervisor hands to the control process. */
export interface ControlConfig {
  readonly dataFolder: string;
  /** Address of a PostgreSQL database. Absent: the database is a file in the data folder. */
  readonly databaseUrl?: string | undefined;
  readonly backstagePort: number;
  readonly backstageHost: string;
  /** Where listeners go; no trailing slash. */
  readonly publicUrl: string;
  /** Where speakers and hosts go; no trailing slash. */
  readonly backstageUrl: string;
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Where certificate and key lie. Absent: the port speaks plain HTTP. */
  readonly tls?: CertificateFiles | undefined;
  /** A TURN server for speakers whose network lets nothing else through. */
  readonly relay: RelaySettings | undefined;
  /** Log keys of the houses whose ledgers this one cosigns. Absent: nobody's. */
  readonly witnessFor?: readonly string[];
  /** Servers elsewhere that hand this house's audio to more listeners. Absent: there are none. */
  readonly edges?: readonly KnownEdge[];
  /** Where recordings are kept besides this disk, and for how long. Absent: here, until somebody deletes them. */
  readonly storage?: StorageSettings;
  /** How mail is sent. Absent: it is not. */
  readonly mail?: MailSettings | undefined;
  /** What the house is called and how it looks. Absent: nothing was said. */
  readonly house?: HouseSettings;
  /** Whether the permanent Sound check is on air. Absent: it is. */
  readonly soundCheck?: boolean;
  /** Version of this package. */
  readonly version?: string;
  /** Free space the operator wants kept. Bytes. */
  readonly diskReserveBytes?: number;
  /** The house's own sign-in service. Absent: there is none. */
  readonly provider?: ProviderSettings | undefined;
  /** Whether notices may go to push services in this machine's own network, and by plain HTTP. Absent: no. */
  readonly privatePush?: boolean;
  /** Folder of the web bundle. */
  readonly webFolder: string;
  /** Secret of the host link printed at this start; works once. */
  readonly hostSecret: string;
}
