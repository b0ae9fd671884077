import { type CheckSignature, type Checkpoint, checkCosignature, checkNote, parseCheckpoint, splitNotes } from "./checkpoint.ts";
import type { Findings } from "./finding.ts";
import type { HashTree } from "./hash-tree.ts";
import { type Sha256, sameBytes } from "./merkle.ts";
import { isOfKey, parseVerifierKey, SIGNATURE_TYPES, type VerifierKey } from "./note.ts";
import { utc } from "./edge-ledger.ts";
import type { WitnessReport } from "./verdict.ts";

/** How far clocks of edges and witnesses may lie apart. Seconds; machines without time service drift by less within a day. */
const CLOCK_SKEW_SECONDS = 120;
/** A window this much older than the first look a witness had at it came late. Seconds; ten minutes of a broken line are forgiven. */
const LATE_SECONDS = 600;

/** Reads the list of former checkpoints and checks each signature and the order. */
export async function readHistory(source: string, origin: string, logKey: VerifierKey, check: CheckSignature, findings: Findings): Promise<Checkpoint[]> {
  const { notes, rest } = splitNotes(source);
  if (rest !== "") findings.add("history-malformed", `after ${notes.length} checkpoints`);
  const history: Checkpoint[] = [];
  for (const [index, note] of notes.entries()) {
    const where = `checkpoint ${index} of the list`;
    const result = parseCheckpoint(note);
    if (!result.ok) {
      findings.add("history-malformed", `${where}: ${result.code}`);
      continue;
    }
    const { checkpoint } = result;
    if (checkpoint.origin !== origin) findings.add("origin-differs", where);
    if ((await checkNote(check, checkpoint.note, logKey)) !== "true") {
      findings.add("checkpoint-signature", where);
      continue;
    }
    if (checkpoint.size < (history.at(-1)?.size ?? 0)) findings.add("history-malformed", `${where}: smaller than the one before`);
    history.push(checkpoint);
  }
  return history;
}

/** Compares every signed checkpoint with the tree of the entries; a signed one that differs is a fork. */
export function checkRoots(history: readonly Checkpoint[], newest: Checkpoint, tree: HashTree, findings: Findings): void {
  for (const checkpoint of history) {
    if (checkpoint.size > newest.size) {
      findings.add("history-newer", `the checkpoint of ${checkpoint.size} entries`);
      continue;
    }
    const same = checkpoint.size <= tree.size && sameBytes(tree.root(checkpoint.size), checkpoint.root);
    if (!same) findings.add("fork", `the checkpoint of ${checkpoint.size} entries`);
  }
  if (!history.some(({ size, root }) => size === newest.size && sameBytes(root, newest.root))) findings.add("history-incomplete", `${newest.size} entries`);
}

/** What the witnesses' signatures are checked with and against. */
export interface WitnessCheck {
  readonly keys: readonly VerifierKey[];
  readonly quorum: number;
  readonly logKey: VerifierKey;
  readonly history: readonly Checkpoint[];
  readonly newest: Checkpoint;
  /** By window entry, in order: its place in the tree and the instant it ended (Unix milliseconds). */
  readonly windows: { readonly index: readonly number[]; readonly endMs: readonly number[] };
}

/** Checks every cosignature, and that windows were seen by witnesses when they were new. */
export async function checkWitnesses(options: WitnessCheck, check: CheckSignature, findings: Findings): Promise<WitnessReport[]> {
  const { keys, quorum, logKey, history, newest } = options;
  const looks: { size: number; unixSeconds: number }[] = [];
  for (const checkpoint of [...history, newest]) {
    for (const signature of checkpoint.note.signatures)
      if (![logKey, ...keys].some((key) => isOfKey(signature, key))) findings.add("unknown-signature", `${signature.name} at ${checkpoint.size} entries`);
  }
  const reports: WitnessReport[] = [];
  for (const key of keys) {
    let cosigned = 0;
    let lastUnixSeconds: number | undefined;
    for (const checkpoint of history) {
      const answer = await checkCosignature(check, checkpoint.note, key);
      if (answer.answer === "false") findings.add("cosignature-false", `${key.name} at ${checkpoint.size} entries`);
      if (answer.answer !== "true") continue;
      cosigned++;
      lastUnixSeconds = Math.max(lastUnixSeconds ?? 0, answer.unixSeconds);
      looks.push({ size: checkpoint.size, unixSeconds: answer.unixSeconds });
    }
    const answer = await checkCosignature(check, newest.note, key);
    if (answer.answer === "false") findings.add("cosignature-false", `${key.name} at the newest checkpoint`);
    if (answer.answer === "missing") findings.add("cosignature-missing", key.name);
    if (answer.answer === "true") looks.push({ size: newest.size, unixSeconds: answer.unixSeconds });
    reports.push({ name: key.name, cosigned, lastUnixSeconds, newest: answer.answer === "true" });
  }
  if (reports.filter((report) => report.newest).length < quorum) findings.add("quorum-missed", `${quorum} promised`);
  checkTimes(options.windows, looks, findings);
  return reports;
}

function checkTimes(windows: WitnessCheck["windows"], looks: { size: number; unixSeconds: number }[], findings: Findings): void {
  looks.sort((a, b) => a.size - b.size || a.unixSeconds - b.unixSeconds);
  let look = 0;
  for (const [place, index] of windows.index.entries()) {
    while (look < looks.length && (looks[look]?.size ?? 0) <= index) look++;
    const first = looks[look];
    if (first === undefined) return;
    const age = first.unixSeconds - (windows.endMs[place] as number) / 1000;
    if (age < -CLOCK_SKEW_SECONDS) findings.add("window-from-future", `entry ${index}, seen at ${utc(first.unixSeconds * 1000)}`);
    if (age > LATE_SECONDS) findings.add("window-late", `entry ${index}, first seen ${Math.round(age)} s after its end`);
  }
}

/** Witness keys from the manifest's list, or those the asker gave. */
export function readWitnessKeys(sha256: Sha256, texts: readonly string[], findings: Findings): VerifierKey[] {
  return texts.flatMap((text) => {
    const key = parseVerifierKey(sha256, text);
    if (key?.type === SIGNATURE_TYPES.cosignature) return [key];
    findings.add("cosignature-missing", `the key ${text.slice(0, 100)} cannot be read`);
    return [];
  });
}
