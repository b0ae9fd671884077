import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HashTree } from "./hash-tree.ts";
import { isConsistent, leafHash, nodeHash, sameBytes } from "./merkle.ts";
import { nodeSha256 } from "./node-crypto.ts";
import { hex } from "./note.ts";

/** RFC 6962 §2.1 as it is written: split at the largest power of two, hash both sides. */
function rootByTheBook(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return nodeSha256(new Uint8Array());
  if (leaves.length === 1) return only;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return nodeHash(nodeSha256, rootByTheBook(leaves.slice(0, half)), rootByTheBook(leaves.slice(half)));
}

const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => leafHash(nodeSha256, Buffer.from(`entry ${index}`)));

function treeOf(leaves: readonly Uint8Array[]): HashTree {
  const tree = new HashTree(nodeSha256);
  for (const leaf of leaves) tree.append(leaf);
  return tree;
}

test("the tree of the certificate-transparency test data has the known roots", () => {
  const inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
  const tree = treeOf(inputs.map((input) => leafHash(nodeSha256, Buffer.from(input, "hex"))));
  assert.equal(hex(tree.root(0)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert.equal(hex(tree.root(1)), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  assert.equal(hex(tree.root(8)), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
});

test("the root of any size a ledger has had is the one RFC 6962 gives", () => {
  const leaves = leavesOf(1_100);
  const tree = treeOf(leaves);
  for (const size of [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 700, 1_023, 1_024, 1_100])
    assert.ok(sameBytes(tree.root(size), rootByTheBook(leaves.slice(0, size))), `${size}`);
});

test("a consistency proof convinces for the sizes it is made for, and for no other tree", () => {
  const tree = treeOf(leavesOf(700));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 700 }), fc.nat(), (one, other, at) => {
      const [older, newer] = [Math.min(one, other), Math.max(one, other)];
      const proof = tree.consistencyProof(older, newer);
      const heads = [older, newer].map((size) => ({ size, root: tree.root(size) })) as [{ size: number; root: Uint8Array }, { size: number; root: Uint8Array }];
      assert.ok(isConsistent(nodeSha256, ...heads, proof));
      const changed = { ...heads[0], root: heads[0].root.with(at % 32, (heads[0].root[at % 32] as number) ^ 1) };
      assert.ok(!isConsistent(nodeSha256, changed, heads[1], proof));
      assert.ok(proof.length === 0 || !isConsistent(nodeSha256, ...heads, proof.slice(1)));
      assert.ok(!isConsistent(nodeSha256, ...heads, [...proof, heads[0].root]));
    }),
    { numRuns: 300 },
  );
});
