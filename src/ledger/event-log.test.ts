import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { drawFrom } from "../../test/material/ledger-mutants.ts";
import { check, draftLedger, LOG_SEED, ORIGIN, seedOf } from "../../test/material/ledger.ts";
import { EarshotError } from "../core/errors.ts";
import { EventLog, type EventLogOptions } from "./event-log.ts";
import { NoteSigner } from "./signer.ts";
import { parseCheckpoint } from "./verify/checkpoint.ts";
import { folderSource } from "./verify/folder-source.ts";
import { isConsistent } from "./verify/merkle.ts";
import { nodeSha256 } from "./verify/node-crypto.ts";

/** Crashes tried. */
const CRASHES = 40;

const { lines } = draftLedger({ edges: 2, windows: 40, segments: 200 });
let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "earshot-ledger-"));
});
after(() => rm(root, { recursive: true, force: true }));

const optionsOf = (name: string, more: Partial<EventLogOptions> = {}): EventLogOptions => ({
  folder: join(root, name),
  origin: ORIGIN,
  seed: LOG_SEED,
  ...more,
});

/** Writes lines with a checkpoint after every `each` of them; what comes after the last is on the disk and in no checkpoint. */
async function writeLedger(name: string, count: number, each: number): Promise<void> {
  await using log = await EventLog.open(optionsOf(name));
  for (const [index, line] of lines.slice(0, count).entries()) {
    log.appendLine(line);
    if ((index + 1) % each === 0) await log.checkpoint();
  }
}

async function checkpointOf(name: string) {
  const result = parseCheckpoint(await readFile(join(root, name, "public/checkpoint"), "utf8"));
  assert.ok(result.ok);
  return result.checkpoint;
}

async function checkFolder(name: string) {
  return await check(await folderSource(join(root, name)), { replay: false });
}

test("what the log publishes holds before a stranger's eyes, with every former checkpoint", async () => {
  await writeLedger("whole", lines.length, 37);
  const log = await EventLog.open(optionsOf("whole"));
  await log.checkpoint();
  await log.close();
  const { result, entries, checkpoints, findings } = await checkFolder("whole");
  assert.deepEqual([result, entries, checkpoints], ["holds", lines.length, Math.floor(lines.length / 37) + 1], JSON.stringify(findings));
});

test("a crash at any place loses nothing that was signed, and the ledger goes on under the same name", async () => {
  await writeLedger("before", 270, 31);
  const draw = drawFrom(2026);
  const signed = await checkpointOf("before");
  const files = (await readdir(join(root, "before"), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(join(root, "before").length + 1));
  // The checkpoint itself is replaced as a whole, so a crash leaves the old or the new one.
  const torn = paths.filter((path) => path !== "public/checkpoint" && path !== "public/log.vkey");
  for (let crash = 0; crash < CRASHES; crash++) {
    const name = `crash-${crash}`;
    await cp(join(root, "before"), join(root, name), { recursive: true });
    // Half of the crashes tear the journal, the others any file.
    const path = crash % 2 === 0 ? "journal.jsonl" : (torn[draw(torn.length)] as string);
    const { size } = await stat(join(root, name, path));
    await truncate(join(root, name, path), draw(size + 1));
    if (crash % 4 === 0) await writeFile(join(root, name, "journal.jsonl"), Buffer.from('{"v":1,"kind":"inc\0\0'), { flag: "a" });
    const log = await EventLog.open(optionsOf(name, { origin: "another.example/name" }));
    assert.ok(log.size >= signed.size, `${path}: ${log.size} of ${signed.size}`);
    assert.equal(log.origin, ORIGIN);
    for (const line of lines.slice(log.size)) log.appendLine(line);
    await log.checkpoint();
    await log.close();
    const { result, entries, findings } = await checkFolder(name);
    assert.deepEqual([result, entries], ["holds", lines.length], `${path}: ${JSON.stringify(findings)}`);
    await rm(join(root, name), { recursive: true });
  }
});

test("a ledger that lost what it signed for, or whose key was exchanged, is not continued: that would be a second story", async () => {
  await writeLedger("lost", 100, 50);
  await cp(join(root, "lost"), join(root, "key"), { recursive: true });
  await rm(join(root, "lost/public/tile"), { recursive: true });
  await truncate(join(root, "lost/journal.jsonl"), 3_000);
  const damaged = (error: unknown) => error instanceof EarshotError && error.code === "ledger-damaged";
  await assert.rejects(EventLog.open(optionsOf("lost")), damaged);
  await assert.rejects(EventLog.open(optionsOf("key", { seed: seedOf("somebody else") })), damaged);
  assert.equal((await checkpointOf("key")).size, 100);
});

test("what an entry must not say is refused before it is signed, and the ledger stays usable", async () => {
  await using log = await EventLog.open(optionsOf("refused"));
  log.append({ kind: "incident", t: 1, summary: "One.", sha256: "" });
  assert.throws(() => log.append({ kind: "incident", t: -1, summary: "No.", sha256: "" }), /invalid-field/);
  assert.throws(() => log.append({ kind: "incident", t: 1, summary: "x".repeat(70_000), sha256: "" }), /invalid-field/);
  assert.throws(() => log.appendLine(Buffer.from('{"v":1, "kind":"incident"}')), /invalid-field/);
  assert.throws(() => log.appendLine(Buffer.from("nonsense")), /invalid-field/);
  await log.checkpoint();
  assert.equal(log.publishedSize, 1);
});

test("a ledger that is open for hours holds its lines and no more memory than they have", async () => {
  await using log = await EventLog.open(optionsOf("held"));
  for (const line of lines.slice(0, 50)) {
    log.append({ kind: "incident", t: 1, summary: "One.", sha256: "" });
    log.appendLine(line);
  }
  await log.flush();
  for (let index = 0; index < log.size; index++) assert.equal(log.line(index)?.buffer.byteLength, log.line(index)?.length, `line ${index}`);
});

test("witnesses are asked with a proof that convinces them, and their answers stand on the checkpoint", async () => {
  const witness = new NoteSigner("witness.example/w1", "cosignature", seedOf("witness"));
  let last: { readonly size: number; readonly root: Uint8Array } = { size: 0, root: new Uint8Array() };
  let convinced = 0;
  const log = await EventLog.open(
    optionsOf("witnessed", {
      cosign: async (note, prove) => {
        const result = parseCheckpoint(note);
        assert.ok(result.ok);
        const { checkpoint } = result;
        if (last.size > 0 && isConsistent(nodeSha256, last, checkpoint, prove(last.size))) convinced++;
        last = checkpoint;
        return [witness.cosign(checkpoint.note.text, 1_790_000_000)];
      },
    }),
  );
  for (const [index, line] of lines.slice(0, 120).entries()) {
    log.appendLine(line);
    if (index % 30 === 29) await log.checkpoint();
  }
  await log.close();
  assert.equal(convinced, 3);
  const { witnesses, findings } = await check(await folderSource(join(root, "witnessed")), { replay: false, witnessKeys: [witness.verifierKey] });
  assert.deepEqual([witnesses[0]?.cosigned, witnesses[0]?.newest], [4, true]);
  assert.ok(!findings.some(({ severity }) => severity === "contradiction"), JSON.stringify(findings));
  const stranger = new NoteSigner("witness.example/w1", "cosignature", seedOf("another witness"));
  const missed = await check(await folderSource(join(root, "witnessed")), { replay: false, witnessKeys: [stranger.verifierKey] });
  assert.ok(missed.findings.some(({ code }) => code === "cosignature-missing"));
});
