import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { createDtlsCertificate } from "./dtls-certificate.ts";

test("the stage's certificate is one that others read, signed by its own key, and good now", () => {
  fc.assert(
    // Until the year 2048, from which on one that is good for a year would need a longer form of its date.
    fc.property(fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2048, 0, 1) }), (now) => {
      const { certPem, keyPem } = createDtlsCertificate(now);
      const certificate = new X509Certificate(certPem);
      assert.ok(certificate.checkPrivateKey(createPrivateKey(keyPem)));
      assert.ok(certificate.verify(certificate.publicKey));
      assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
      assert.ok(Date.parse(certificate.validFrom) < now && Date.parse(certificate.validTo) > now + 300 * 86_400_000);
      assert.deepEqual([certificate.subject, certificate.issuer, certificate.serialNumber.length], ["CN=stage", "CN=stage", 32]);
    }),
    { numRuns: 50 },
  );
});

test("no two runs of a stage share a certificate", () => {
  const [one, other] = [createDtlsCertificate(Date.now()), createDtlsCertificate(Date.now())];
  assert.notEqual(new X509Certificate(one.certPem).fingerprint256, new X509Certificate(other.certPem).fingerprint256);
});
