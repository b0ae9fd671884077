import { fromBase64, toBase64 } from "./base64.ts";
import { sameBytes, type Sha256 } from "./merkle.ts";

/** How a key signs: plainly (a log), or with the time of signing (a witness). @spec C2SP signed-note "Signature types" */
export const SIGNATURE_TYPES = { ed25519: 0x01, cosignature: 0x04 } as const;

const PUBLIC_KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
/** Longest note looked at. Characters; thirty times a checkpoint with sixteen signatures of the largest kind would still fit. */
const MAX_NOTE_CHARACTERS = 1_000_000;
/** Most signatures read on one note; the specification demands at least 16. */
const MAX_SIGNATURES = 100;

/** A public key with the name it signs under. */
export interface VerifierKey {
  readonly name: string;
  readonly type: number;
  readonly publicKey: Uint8Array;
  /** First four bytes of the hash over name, type and key. */
  readonly keyId: Uint8Array;
}

/** One signature line of a note. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** A note: the signed text, which ends in a newline, and its signatures. */
export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** What reading a note gives. `offset` is a character position. */
export type NoteResult =
  | { readonly ok: true; readonly note: Note }
  | { readonly ok: false; readonly code: "note-malformed" | "note-too-long" | "signature-malformed"; readonly offset: number };

/** Identifier of a key. @spec C2SP signed-note "Signatures" */
export function keyIdOf(sha256: Sha256, name: string, type: number, publicKey: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`${name}\n`);
  const data = new Uint8Array(head.length + 1 + publicKey.length);
  data.set(head);
  data[head.length] = type;
  data.set(publicKey, head.length + 1);
  return sha256(data).subarray(0, KEY_ID_BYTES);
}

/** Whether a text may be a key's name: not empty, no spaces, no plus, no control characters. */
export function isKeyName(name: string): boolean {
  return name !== "" && !/[\s+\p{Cc}]/u.test(name);
}

/** Writes a public key the way people hand it to each other: `name+id+base64`. @spec C2SP signed-note "Verifier keys" */
export function formatVerifierKey({ name, type, publicKey, keyId }: VerifierKey): string {
  return `${name}+${hex(keyId)}+${toBase64(Uint8Array.of(type, ...publicKey))}`;
}

/** Reads `name+id+base64`; undefined when it is not whole or the id does not belong to the key. Never throws. */
export function parseVerifierKey(sha256: Sha256, text: string): VerifierKey | undefined {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  const [name = "", id = "", encoded = ""] = match?.slice(1) ?? [];
  const key = fromBase64(encoded);
  if (match === null || !isKeyName(name) || key?.length !== 1 + PUBLIC_KEY_BYTES) return undefined;
  const type = key[0] as number;
  if (type !== SIGNATURE_TYPES.ed25519 && type !== SIGNATURE_TYPES.cosignature) return undefined;
  const publicKey = key.subarray(1);
  const keyId = keyIdOf(sha256, name, type, publicKey);
  return hex(keyId) === id ? { name, type, publicKey, keyId } : undefined;
}

/** Reads a signed note. Signatures are not checked. Never throws. @spec C2SP signed-note "Format" */
export function parseNote(source: string): NoteResult {
  if (source.length > MAX_NOTE_CHARACTERS) return { ok: false, code: "note-too-long", offset: MAX_NOTE_CHARACTERS };
  const control = source.search(/[^\n\P{Cc}]|\uFFFD/u);
  if (control >= 0) return { ok: false, code: "note-malformed", offset: control };
  const blank = source.lastIndexOf("\n\n");
  if (blank < 0 || !source.endsWith("\n")) return { ok: false, code: "note-malformed", offset: source.length };
  const lines = source.slice(blank + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) return { ok: false, code: "note-too-long", offset: blank + 2 };
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const [, name = "", encoded = ""] = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
    const bytes = fromBase64(encoded);
    if (!isKeyName(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES) return { ok: false, code: "signature-malformed", offset: blank + 2 };
    signatures.push({ name, keyId: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) });
  }
  return { ok: true, note: { text: source.slice(0, blank + 1), signatures } };
}

/** Writes one signature line, with its newline. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  return `\u2014 ${name} ${toBase64(Uint8Array.of(...keyId, ...signature))}\n`;
}

/** Whether a signature line claims to be of this key. */
export function isOfKey({ name, keyId }: NoteSignature, key: VerifierKey): boolean {
  return name === key.name && sameBytes(keyId, key.keyId);
}

/** Bytes as small hexadecimal letters. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
