import assert from "node:assert/strict";
import { test } from "node:test";
import { composeIceFragment, MAX_FRAGMENT_BYTES, parseIceFragment } from "./ice-fragment.ts";

const CREDENTIALS = ["a=ice-ufrag:EsAw", "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1"];
const CANDIDATES = [
  "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1",
  "a=candidate:3471623853 1 udp 2122194687 2001:db8::2 61765 typ host generation 0",
  "a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0",
  "a=candidate:2 1 udp 2122260222 5b4a1f7e-0000-4000-8000-000000000000.local 50001 typ host",
];
const text = (...lines: readonly string[]) => [...lines, ""].join("\r\n");

test("a fragment as the specification shows it is understood", () => {
  const parsed = parseIceFragment(
    text("a=group:BUNDLE 0 1", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", ...CREDENTIALS, ...CANDIDATES, "a=end-of-candidates"),
  );
  assert.deepEqual(parsed, { ok: true, fragment: { ufrag: "EsAw", password: "P2uYro0UCOQ4zxjKXaWCBui1", candidates: 4 } });
});

test("what a newer client says besides is passed over, and bare line feeds do", () => {
  const parsed = parseIceFragment(["a=ice-options:trickle ice2", "a=something-new:1", ...CREDENTIALS].join("\n"));
  assert.ok(parsed.ok && parsed.fragment.candidates === 0);
});

test("each rule is refused by its name, at its place", () => {
  for (const [code, offset, fragment] of [
    ["fragment-line", 0, text("v=0", ...CREDENTIALS)],
    ["fragment-line", 18, text(CREDENTIALS[0] ?? "", "hello", CREDENTIALS[1] ?? "")],
    ["fragment-credentials", 0, text("a=ice-ufrag:x", CREDENTIALS[1] ?? "")],
    ["fragment-credentials", 18, text(CREDENTIALS[0] ?? "", "a=ice-pwd:short")],
    ["fragment-credentials", 18, text(CREDENTIALS[0] ?? "", "a=ice-ufrag:Other", CREDENTIALS[1] ?? "")],
    ["fragment-credentials", 18, text(CREDENTIALS[0] ?? "")],
    ["fragment-candidate", 0, text("a=candidate:1 1 udp x 192.0.2.1 1 typ host", ...CREDENTIALS)],
    ["fragment-size", MAX_FRAGMENT_BYTES, text(...CREDENTIALS, "a=x".padEnd(MAX_FRAGMENT_BYTES, "x"))],
  ] as const)
    assert.deepEqual(parseIceFragment(fragment), { ok: false, code, offset }, code);
  const many = parseIceFragment(text(...CREDENTIALS, ...Array.from({ length: 65 }, () => CANDIDATES[0] ?? "")));
  assert.ok(!many.ok && many.code === "fragment-candidates");
});

test("the stage's own fragment has the new credentials, the section in use and the candidates, and is one itself", () => {
  const answer = text(
    "v=0",
    "a=group:BUNDLE 1",
    "a=ice-lite",
    "m=video 0 UDP/TLS/RTP/SAVPF 96",
    "a=mid:0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=ice-ufrag:old0",
    "a=ice-pwd:oldoldoldoldoldoldoldold",
    "a=mid:1",
    CANDIDATES[0] ?? "",
    "a=end-of-candidates",
  );
  const fragment = composeIceFragment({ ufrag: "EsAw", password: "P2uYro0UCOQ4zxjKXaWCBui1" }, answer);
  assert.equal(
    fragment,
    text("a=group:BUNDLE 1", "a=ice-lite", ...CREDENTIALS, "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:1", CANDIDATES[0] ?? "", "a=end-of-candidates"),
  );
  assert.ok(parseIceFragment(fragment).ok);
});
