import { execFile } from "node:child_process";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CertificateFiles } from "./certificate.ts";

const run = promisify(execFile);

/** Certificate and key of a test, made by openssl for this run alone. */
export interface TestCertificate extends CertificateFiles {
  readonly folder: string;
  /** Puts a new certificate with a new key in their place, as a renewal does. */
  renew(days?: number): Promise<void>;
  remove(): Promise<void>;
}

/** Makes a certificate for `localhost` and 127.0.0.1 that signs itself. */
export async function makeCertificate(days = 2): Promise<TestCertificate> {
  const folder = await mkdtemp(join(tmpdir(), "earshot-tls-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const renew = async (forDays = 2) => {
    const more = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", String(forDays)];
    const made = ["-keyout", `${key}.new`, "-out", `${cert}.new`];
    await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...more, ...made]);
    await rename(`${cert}.new`, cert);
    await rename(`${key}.new`, key);
  };
  await renew(days);
  return { folder, cert, key, renew, remove: () => rm(folder, { recursive: true, force: true }) };
}
