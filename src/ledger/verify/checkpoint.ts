import { fromBase64, toBase64 } from "./base64.ts";
import { HASH_BYTES, type TreeHead } from "./merkle.ts";
import { isOfKey, type Note, type NoteResult, type NoteSignature, parseNote, type VerifierKey } from "./note.ts";

/** Whether an Ed25519 signature (64 bytes) over a message is of this public key (32 bytes). Given from outside. @spec RFC 8032 */
export type CheckSignature = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;

const TIMESTAMP_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** A log's statement: at this size it had this root. */
export interface Checkpoint extends TreeHead {
  readonly origin: string;
  readonly note: Note;
}

/** What reading a checkpoint gives. `offset` is a character position. */
export type CheckpointResult =
  | { readonly ok: true; readonly checkpoint: Checkpoint }
  | { readonly ok: false; readonly code: Extract<NoteResult, { ok: false }>["code"] | "checkpoint-malformed"; readonly offset: number };

/** Text of a checkpoint: origin, size, root, each on its line. @spec C2SP tlog-checkpoint "Note text" */
export function formatCheckpoint(origin: string, { size, root }: TreeHead): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Reads a checkpoint and its signature lines, checks none of them. Extension lines are refused: nobody could audit them. Never throws. */
export function parseCheckpoint(source: string): CheckpointResult {
  const result = parseNote(source);
  if (!result.ok) return result;
  const [origin = "", sizeText = "", rootText = "", ...rest] = result.note.text.split("\n");
  const size = Number(sizeText);
  const root = fromBase64(rootText);
  if (origin === "" || rest.length !== 1 || rest[0] !== "") return { ok: false, code: "checkpoint-malformed", offset: 0 };
  if (!Number.isSafeInteger(size) || String(size) !== sizeText || size < 0) return { ok: false, code: "checkpoint-malformed", offset: origin.length + 1 };
  if (root?.length !== HASH_BYTES) return { ok: false, code: "checkpoint-malformed", offset: origin.length + sizeText.length + 2 };
  return { ok: true, checkpoint: { origin, size, root, note: result.note } };
}

/** Reads a file of checkpoints, one note after the other; `rest` is the text after the last whole one. Never throws. */
export function splitNotes(source: string): { readonly notes: string[]; readonly rest: string } {
  const notes: string[] = [];
  let at = 0;
  for (const match of source.matchAll(/\n\n(?:\u2014 [^\n]*\n)+/g)) {
    const end = match.index + match[0].length;
    // A last signature line may still be on its way to the disk; without a newline it is not matched.
    notes.push(source.slice(at, end));
    at = end;
  }
  return { notes, rest: source.slice(at) };
}

/** Bytes a witness signs: the time it looked, then the checkpoint. `unixSeconds` whole. @spec C2SP tlog-cosignature "Ed25519 signed message" */
export function cosignedMessage(text: string, unixSeconds: number): Uint8Array {
  return new TextEncoder().encode(`cosignature/v1\ntime ${unixSeconds}\n${text}`);
}

/** Body of a cosignature: the time in eight bytes, then the signature. */
export function packCosignature(unixSeconds: number, signature: Uint8Array): Uint8Array {
  const body = new Uint8Array(TIMESTAMP_BYTES + signature.length);
  new DataView(body.buffer).setBigUint64(0, BigInt(unixSeconds));
  body.set(signature, TIMESTAMP_BYTES);
  return body;
}

/** Whether one of the note's signatures is this key's and true; a false one of a known key is worse than none. */
export type SignatureAnswer = "missing" | "false" | "true";

/** Checks the plain signature of a log's key on a note. */
export async function checkNote(check: CheckSignature, note: Note, key: VerifierKey): Promise<SignatureAnswer> {
  const message = new TextEncoder().encode(note.text);
  let answer: SignatureAnswer = "missing";
  for (const signature of note.signatures.filter((each) => isOfKey(each, key))) {
    if (signature.signature.length !== SIGNATURE_BYTES || !(await check(key.publicKey, message, signature.signature))) return "false";
    answer = "true";
  }
  return answer;
}

/** Checks a witness's cosignature on a note. `unixSeconds`: when the witness looked. */
export async function checkCosignature(
  check: CheckSignature,
  note: Note,
  key: VerifierKey,
): Promise<{ readonly answer: "missing" | "false" } | { readonly answer: "true"; readonly unixSeconds: number }> {
  let found: { answer: "true"; unixSeconds: number } | undefined;
  for (const signature of note.signatures.filter((each) => isOfKey(each, key))) {
    const unixSeconds = await checkOneCosignature(check, note.text, signature, key);
    if (unixSeconds === undefined) return { answer: "false" };
    found = { answer: "true", unixSeconds };
  }
  return found ?? { answer: "missing" };
}

async function checkOneCosignature(check: CheckSignature, text: string, { signature }: NoteSignature, key: VerifierKey): Promise<number | undefined> {
  if (signature.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) return undefined;
  const unixSeconds = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
  if (!Number.isSafeInteger(unixSeconds)) return undefined;
  const right = await check(key.publicKey, cosignedMessage(text, unixSeconds), signature.subarray(TIMESTAMP_BYTES));
  return right ? unixSeconds : undefined;
}
