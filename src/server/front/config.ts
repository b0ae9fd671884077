import type { CertificateFiles } from "../adapters/certificate.ts";
import type { StorageSettings } from "../../core/storage-config.ts";

/** Settings the supervisor hands to a front process. */
export interface FrontConfig {
  /** Name of the process among the house's. */
  readonly name: string;
  /** Fronts of the house, which listen on the same port and share its line and memory. */
  readonly fronts: number;
  /** Key of the networks' hashes that all fronts share, 32 bits: a ticket is of the same network at each. */
  readonly networkKey: number;
  readonly dataFolder: string;
  readonly publicUrl: string;
  readonly backstageUrl: string;
  readonly frontPort: number;
  readonly frontHost: string;
  /** At an edge: the house's own listeners' port, which answers what is not live; no trailing slash. Absent: this is a front of the house. */
  readonly origin?: string;
  /** Of this front alone. */
  readonly joinsPerSecond: number;
  /** Of all fronts together; 0 when nobody said. */
  readonly uplinkBytesPerSecond: number;
  /** Whether a cache or CDN stands in front. */
  readonly cdn: boolean;
  /** Where certificate and key lie; undefined: the port speaks plain HTTP. */
  readonly tls?: CertificateFiles | undefined;
  /** Key of TLS session tickets that all fronts share, base64. */
  readonly ticketKeys?: string | undefined;
  /** Listeners per event who may follow as close as possible. */
  readonly nearPlaces: number;
  /** Where recordings are kept besides this disk, and for how long. */
  readonly storage: StorageSettings;
  /** Key of personal listener links, base64. */
  readonly listenerKey: string;
  /** Folder of the built pages. */
  readonly webFolder: string;
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}
