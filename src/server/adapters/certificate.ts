import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";

/** How often the files are read again. Milliseconds: a renewed certificate is in use within seconds, and two files of a few KB cost nothing. */
const LOOK_MS = 5_000;

/** Where certificate and key lie. */
export interface CertificateFiles {
  /** The chain in PEM, the house's own certificate first. */
  readonly cert: string;
  /** Its key in PEM, without a passphrase. */
  readonly key: string;
}

/** What a TLS server is given. */
export interface CertificatePair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A pair that fits, or which setting is wrong and how. */
export type CertificateReading =
  | { readonly ok: true; readonly pair: CertificatePair; readonly leaf: X509Certificate }
  | { readonly ok: false; readonly setting: "tls.cert" | "tls.key"; readonly rule: string; readonly value: string };

/** Reads certificate and key and holds them against each other. */
export async function readCertificate({ cert: certPath, key: keyPath }: CertificateFiles): Promise<CertificateReading> {
  const wrong = (setting: "tls.cert" | "tls.key", rule: string) => ({ ok: false, setting, rule, value: setting === "tls.cert" ? certPath : keyPath }) as const;
  const [cert, key] = await Promise.all([certPath, keyPath].map((path) => readFile(path).catch(() => undefined)));
  if (cert === undefined) return wrong("tls.cert", "a file this user may read");
  if (key === undefined) return wrong("tls.key", "a file this user may read");
  let leaf: X509Certificate;
  let own: KeyObject;
  try {
    leaf = new X509Certificate(cert);
  } catch {
    return wrong("tls.cert", "a certificate in PEM, the house's own first");
  }
  try {
    own = createPrivateKey(key);
  } catch {
    return wrong("tls.key", "a private key in PEM without a passphrase");
  }
  if (!leaf.checkPrivateKey(own)) return wrong("tls.key", "the key of the certificate in tls.cert");
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    return wrong("tls.cert", `a chain that TLS takes (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  return { ok: true, pair: { cert, key }, leaf };
}

/** The house's certificate while it runs: renewed files are taken over, and nobody who is connected notices. */
export class LiveCertificate {
  readonly #files: CertificateFiles;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #followers = new Set<(pair: CertificatePair) => void>();
  #pair: CertificatePair;
  #leaf: X509Certificate;
  /** What was last complained about, so that it is said once. */
  #complaint = "";

  private constructor(files: CertificateFiles, reading: CertificateReading & { ok: true }, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#files = files;
    this.#clock = clock;
    this.#log = log;
    this.#pair = reading.pair;
    this.#leaf = reading.leaf;
    if (this.endsUnixMs < clock.wallMs()) log.error("the TLS certificate has run out", { since: reading.leaf.validTo });
    void this.#run();
  }

  /** Reads the pair and looks after it from now on. @throws `config-invalid` */
  static async open(files: CertificateFiles, tools: { readonly clock: Clock; readonly log: Log }): Promise<LiveCertificate> {
    const reading = await readCertificate(files);
    if (reading.ok) return new LiveCertificate(files, reading, tools);
    const { setting, rule, value } = reading;
    throw new EarshotError("config-invalid", { setting, rule, value });
  }

  get pair(): CertificatePair {
    return this.#pair;
  }

  /** When it runs out. Unix milliseconds. */
  get endsUnixMs(): number {
    return Date.parse(this.#leaf.validTo);
  }

  /** Calls `take` with every pair that replaces the present one. */
  follow(take: (pair: CertificatePair) => void): void {
    this.#followers.add(take);
  }

  /** Reads the files again and takes them over when they changed and fit; half-written ones are left for the next time. */
  async look(): Promise<void> {
    const reading = await readCertificate(this.#files);
    if (!reading.ok) {
      const { setting, rule, value } = reading;
      if (this.#complaint !== rule) this.#log.error("the TLS files on disk are not taken; the certificate in use stays", { setting, rule, value });
      this.#complaint = rule;
      return;
    }
    this.#complaint = "";
    const { pair, leaf } = reading;
    if (pair.cert.equals(this.#pair.cert) && pair.key.equals(this.#pair.key)) return;
    this.#pair = pair;
    this.#leaf = leaf;
    for (const take of this.#followers) take(pair);
    this.#log.info("a renewed TLS certificate is in use", { ends: leaf.validTo });
  }

  close(): void {
    this.#stop.abort(new Error("closed"));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#clock.sleep(LOOK_MS, signal).catch(() => {});
      if (!signal.aborted) await this.look().catch((cause: unknown) => this.#log.error("the TLS files could not be looked at", { cause }));
    }
  }
}
