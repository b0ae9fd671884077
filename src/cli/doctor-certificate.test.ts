import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { checkCertificate } from "./doctor-certificate.ts";

const URLS = { publicUrl: "https://live.example.org", backstageUrl: "https://live.example.org:8081" };
const DAY_MS = 86_400_000;
let folder = "";
let tls = { cert: "", key: "" };
const now = () => Date.now();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-doctor-tls-"));
  tls = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const names = ["-subj", "/CN=live.example.org", "-addext", "subjectAltName=DNS:live.example.org"];
  const made = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "40",
    ...names,
    "-keyout",
    tls.key,
    "-out",
    tls.cert,
  ];
  await promisify(execFile)("openssl", made);
  await chmod(tls.key, 0o600);
});
after(() => rm(folder, { recursive: true, force: true }));

test("a certificate that fits is told with its end and its days", async () => {
  const [finding] = await checkCertificate({ tls, ...URLS }, now());
  assert.equal(finding?.verdict, "ok");
  assert.match(finding?.found ?? "", /^valid until \d{4}-\d\d-\d\d \((39|40) days\), by CN=live\.example\.org$/);
  assert.deepEqual(await checkCertificate({ tls: undefined, ...URLS }, now()), [], "without TLS nothing is said of it");
});

test("one that soon ends is a warning, one that ended or has not begun a problem", async () => {
  const at = async (days: number) => (await checkCertificate({ tls, ...URLS }, now() + days * DAY_MS))[0];
  assert.equal((await at(30))?.verdict, "warning");
  assert.match((await at(41))?.found ?? "", /^ran out on /);
  assert.match((await at(-2))?.found ?? "", /^not valid before /);
  assert.deepEqual([(await at(41))?.verdict, (await at(-2))?.verdict], ["problem", "problem"]);
});

test("one made for another name, a key of another, a file that is none: each is named with its setting", async () => {
  const found = async (files: typeof tls, urls = URLS) => (await checkCertificate({ tls: files, ...urls }, now()))[0];
  const elsewhere = await found(tls, { ...URLS, backstageUrl: "https://backstage.example.org" });
  assert.match(elsewhere?.found ?? "", /made for DNS:live\.example\.org, not for backstage\.example\.org/);
  const other = join(folder, "other.pem");
  await promisify(execFile)("openssl", ["ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", other]);
  assert.match((await found({ ...tls, key: other }))?.found ?? "", /^tls\.key .*: not the key of the certificate in tls\.cert$/);
  assert.match((await found({ ...tls, cert: join(folder, "none.pem") }))?.found ?? "", /^tls\.cert .*: not a file this user may read$/);
  const text = join(folder, "text.pem");
  await writeFile(text, "hello\n");
  assert.match((await found({ ...tls, cert: text }))?.action ?? "", /tls\.cert .*PEM/);
});

test("a key that everybody on the machine may read is a warning", async () => {
  const open = join(folder, "open.pem");
  await copyFile(tls.key, open);
  await chmod(open, 0o644);
  const [finding] = await checkCertificate({ tls: { ...tls, key: open }, ...URLS }, now());
  assert.equal(finding?.verdict, "warning");
  assert.match(finding?.action ?? "", /^chmod 600 /);
});
