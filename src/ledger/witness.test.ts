import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { draftLedger, LOG_SEED, ORIGIN, seedOf, signedNote } from "../../test/material/ledger.ts";
import { askWitnesses } from "./ask-witnesses.ts";
import { NoteSigner } from "./signer.ts";
import { HashTree } from "./verify/hash-tree.ts";
import { leafHash } from "./verify/merkle.ts";
import { nodeSha256, nodeSignatureCheck } from "./verify/node-crypto.ts";
import { Witness, writeRequest } from "./witness.ts";
import { folderWitnessStore } from "./witness-store.ts";

const { lines } = draftLedger({ edges: 1, windows: 20, segments: 30 });
const log = new NoteSigner(ORIGIN, "ed25519", LOG_SEED);
const signer = new NoteSigner("witness.example/w1", "cosignature", seedOf("witness"));
/** The log's key under the name of another ledger of the same house. */
const sibling = new NoteSigner("earshot.example/e/another/ledger", "ed25519", LOG_SEED);

function treeOf(entries: readonly Uint8Array[]): HashTree {
  const tree = new HashTree(nodeSha256);
  for (const line of entries) tree.append(leafHash(nodeSha256, line));
  return tree;
}
const tree = treeOf(lines);
const other = treeOf(lines.toReversed());
const noteOf = (size: number, from = tree) => signedNote(log, size, from.root(size));

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-witness-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A witness as it is after a start, with what it kept in this folder. */
function openWitness(name: string): Witness {
  const store = folderWitnessStore(join(folder, name));
  return new Witness({ signer, houses: [sibling.key], store, sha256: nodeSha256, check: nodeSignatureCheck(), unixSeconds: () => 1_790_000_000 });
}

const submit = async (witness: Witness, older: number, size: number, from = tree) =>
  await witness.add(writeRequest(older, older === 0 ? [] : from.consistencyProof(older, size), noteOf(size, from)));

test("a witness signs for every ledger of a house it knows, as it grows, also after a restart", async () => {
  const first = await submit(openWitness("grows"), 0, 10);
  assert.equal(first.status, 200);
  assert.match(first.body, /^\u2014 witness\.example\/w1 /);
  const again = openWitness("grows");
  assert.deepEqual(await submit(again, 0, 20), { status: 409, type: "text/x.tlog.size", body: "10\n" });
  assert.equal((await submit(again, 10, 20)).status, 200);
  assert.equal((await submit(again, 20, 20)).status, 200, "the same once more is no step");
});

test("a witness never signs a second story, whoever tells it", async () => {
  const witness = openWitness("fork");
  await submit(witness, 0, 20);
  assert.equal((await submit(witness, 20, 30, other)).status, 422);
  assert.equal((await submit(witness, 20, 20, other)).status, 422);
  assert.equal((await submit(witness, 10, 15)).status, 409, "a step back");
  assert.equal((await witness.add(writeRequest(20, [], noteOf(30)))).status, 422, "a proof that proves nothing");
  assert.equal((await submit(witness, 20, 30)).status, 200);
});

test("of two stories told at the same moment a witness signs one", async () => {
  const witness = openWitness("race");
  const answers = await Promise.all([submit(witness, 0, 20), submit(witness, 0, 25, other)]);
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409]);
});

test("strangers, forged signatures and nonsense are refused as the specification says, and nothing is kept of them", async () => {
  const witness = openWitness("refused");
  const stranger = signedNote(new NoteSigner(ORIGIN, "ed25519", seedOf("stranger")), 10, tree.root(10));
  const text = `unknown.example/log\n10\n${Buffer.from(tree.root(10)).toString("base64")}\n`;
  const unknown = `${text}\n${new NoteSigner("unknown.example/log", "ed25519", LOG_SEED).signNote(text)}`;
  assert.equal((await witness.add(writeRequest(0, [], stranger))).status, 403);
  assert.equal((await witness.add(writeRequest(0, [], unknown))).status, 404);
  assert.equal((await witness.add(writeRequest(20, [], noteOf(10)))).status, 400);
  for (const body of [
    "",
    "old 0\n",
    `old -1\n\n${noteOf(10)}`,
    `old 01\n\n${noteOf(10)}`,
    `old 0\nAAAA\n\n${noteOf(10)}`,
    `old 0\n\n${noteOf(10).slice(0, -2)}`,
  ])
    assert.equal((await witness.add(body)).status, 400, JSON.stringify(body.slice(0, 30)));
  assert.deepEqual(await readdir(join(folder, "refused")).catch(() => []), []);
});

test("a witness whose memory is damaged signs nothing rather than forget", async () => {
  await submit(openWitness("damaged"), 0, 10);
  const [file = ""] = await readdir(join(folder, "damaged"));
  await writeFile(join(folder, "damaged", file), "nonsense");
  await assert.rejects(submit(openWitness("damaged"), 0, 20, other));
});

test("a log finds out where its witness stands, leaves out one that lies, and one that hangs costs it no more than its patience", async () => {
  const witness = openWitness("asked");
  await submit(witness, 0, 10);
  const failures: string[] = [];
  const key = (name: string) => new NoteSigner(name, "cosignature", seedOf("witness")).key;
  const cosign = askWitnesses({
    witnesses: () => [
      { address: "https://good.test", key: signer.key },
      { address: "https://liar.test", key: key("liar.example/w") },
      { address: "https://hangs.test", key: key("hangs.example/w") },
    ],
    fetch: async (url, init) => {
      const address = String(url);
      if (address.startsWith("https://hangs"))
        return await new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error)));
      const { status, body } = await witness.add(String(init?.body));
      return new Response(body, { status });
    },
    check: nodeSignatureCheck(),
    patienceMs: 20,
    onFailure: (name) => failures.push(name),
  });
  const answers = await cosign(noteOf(40), (older) => tree.consistencyProof(older, 40));
  assert.equal(answers.length, 1);
  assert.match(answers[0] ?? "", /^\u2014 witness\.example\/w1 /);
  assert.deepEqual(failures.toSorted(), ["hangs.example/w", "liar.example/w"]);
});
