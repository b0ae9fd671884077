import { stat } from "node:fs/promises";
import { isIP } from "node:net";
import type { Config } from "../core/config.ts";
import { readCertificate } from "../server/mod.ts";
import type { Finding } from "./doctor.ts";

/** Days before its end from which a certificate is warned of. Automatic renewal comes 30 days before; two weeks later something is wrong with it. */
const WARN_DAYS = 14;
const DAY_MS = 86_400_000;
/** Permission bit that lets everybody on the machine read a file. @spec POSIX.1 sys/stat.h S_IROTH */
const READ_BY_ALL = 0o004;

/** Looks at certificate and key as a browser would: do they fit, are they in time, do they name the addresses people are given. */
export async function checkCertificate(
  { tls, publicUrl, backstageUrl }: Pick<Config, "tls" | "publicUrl" | "backstageUrl">,
  nowMs: number,
): Promise<Finding[]> {
  if (tls === undefined) return [];
  const problem = (found: string, action: string): Finding[] => [{ check: "Certificate", verdict: "problem", found, action }];
  const reading = await readCertificate(tls);
  if (!reading.ok) return problem(`${reading.setting} ${reading.value}: not ${reading.rule}`, `let ${reading.setting} name ${reading.rule}`);
  const { leaf } = reading;
  const [begins, ends] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  const [beginsText, endsText] = [begins, ends].map((at) => new Date(at).toISOString().slice(0, 10));
  if (ends < nowMs) return problem(`ran out on ${endsText}`, "renew it; it is taken over without a restart");
  if (begins > nowMs) return problem(`not valid before ${beginsText}`, "set the clock, or wait");
  const strangers = [...new Set([publicUrl, backstageUrl].map((url) => new URL(url).hostname.replace(/^\[|\]$/g, "")))].filter(
    (host) => (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) === undefined,
  );
  if (strangers.length > 0)
    return problem(
      `made for ${leaf.subjectAltName ?? leaf.subject}, not for ${strangers.join(" and ")}`,
      "get one that names every address people are given, or correct public_url and backstage_url",
    );
  const days = Math.floor((ends - nowMs) / DAY_MS);
  const found = `valid until ${endsText} (${days} days), by ${leaf.issuer.split("\n").at(-1) ?? "nobody"}`;
  if (days < WARN_DAYS) return [{ check: "Certificate", verdict: "warning", found, action: "find out why it was not renewed" }];
  const { mode } = await stat(tls.key);
  if ((mode & READ_BY_ALL) !== 0)
    return [{ check: "Certificate", verdict: "warning", found: `${found}; its key can be read by everybody on this machine`, action: `chmod 600 ${tls.key}` }];
  return [{ check: "Certificate", verdict: "ok", found }];
}
