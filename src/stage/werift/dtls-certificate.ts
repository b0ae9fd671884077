import { Module } from "node:module";
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/**
 * The stage's certificate is made for one run of the process and known by its fingerprint alone, which stands in the answer. The component
 * makes one with a library of 200 files for certificates of every kind; this one has six lines, and a killed stage is back the sooner for it.
 * @spec RFC 5280 §4.1, RFC 8827 §6.5, RFC 8122 §5
 */

/** DER tags. @spec ITU-T X.690 §8 */
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
/** The first field, `version`, which is tagged by its place. @spec RFC 5280 §4.1 */
const VERSION = 0xa0;
/** X.509 version 3, counted from zero; what browsers make for themselves, too. @spec RFC 5280 §4.1.2.1 */
const V3 = Buffer.from([2]);

/** Object identifiers, encoded. */
const ECDSA_WITH_SHA256 = Buffer.from("2a8648ce3d040302", "hex");
const COMMON_NAME = Buffer.from("550403", "hex");

/** Bytes of the serial number; the first bit stays clear, so that it is positive. @spec RFC 5280 §4.1.2.2 */
const SERIAL_BYTES = 16;
/** How long it may be used, and how long before now it began, for browsers whose clock is behind. Milliseconds. */
const VALID_FOR_MS = 365 * 86_400_000;
const BEGAN_BEFORE_MS = 86_400_000;

/** The library the component makes certificates with. */
const LIBRARY = "@peculiar/x509";

interface CipherContext {
  createSelfSignedCertificateWithKey(signatureHash: object): Promise<DtlsCertificate & { readonly signatureHash: object }>;
}

/** A certificate and its key, PEM. */
export interface DtlsCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Makes a key on P-256 and a certificate for it, signed by itself. Names nobody. */
export function createDtlsCertificate(nowUnixMs: number): DtlsCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] as number) & 0x3f) | 0x40;
  const algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, der(OBJECT_IDENTIFIER, COMMON_NAME), der(UTF8_STRING, Buffer.from("stage")))));
  const validity = der(SEQUENCE, time(nowUnixMs - BEGAN_BEFORE_MS), time(nowUnixMs + VALID_FOR_MS));
  const key = publicKey.export({ type: "spki", format: "der" });
  const body = der(SEQUENCE, der(VERSION, der(INTEGER, V3)), der(INTEGER, serial), algorithm, name, validity, name, key);
  const signature = der(BIT_STRING, Buffer.from([0]), signed(body, privateKey));
  return { certPem: pem(der(SEQUENCE, body, algorithm, signature)), keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

/** Loads the component without that library: all it does with it while it loads is to tell it whose cryptography to use. */
export function withoutCertificateLibrary<Component>(require: NodeJS.Require, load: () => Component): Component {
  const filename = require.resolve(LIBRARY);
  const loaded = require.cache[filename];
  require.cache[filename] = Object.assign(new Module(filename), { filename, loaded: true, exports: { cryptoProvider: { set: () => {} } } });
  try {
    return load();
  } finally {
    // Whoever else wants the library gets the real one.
    if (loaded === undefined) delete require.cache[filename];
    else require.cache[filename] = loaded;
  }
}

/** Has the component make its certificates here. Its one caller asks for ECDSA on P-256 with SHA-256. */
export function certifyOurselves(load: <Exports>(path: string) => Exports): void {
  const { CipherContext } = load<{ CipherContext: CipherContext }>("dtls/src/context/cipher.js");
  CipherContext.createSelfSignedCertificateWithKey = async (signatureHash) => ({ ...createDtlsCertificate(Date.now()), signatureHash });
}

function signed(body: Buffer, privateKey: KeyObject): Buffer {
  return sign("sha256", body, { key: privateKey, dsaEncoding: "der" });
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** Two digits of the year: good until 2049. @spec RFC 5280 §4.1.2.5.1 */
function time(unixMs: number): Buffer {
  const [, year, rest] = /^..(..)(.*)\./.exec(new Date(unixMs).toISOString()) as unknown as [string, string, string];
  return der(UTC_TIME, Buffer.from(`${year}${rest.replaceAll(/\D/g, "")}Z`));
}

function pem(bytes: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64").replaceAll(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE-----\n`;
}
