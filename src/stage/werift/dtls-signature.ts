import { verify, X509Certificate } from "node:crypto";

/**
 * werift's DTLS client compares the peer's certificate with the fingerprint of the offer, but never checks that the
 * peer holds the certificate's key: the signature over the key exchange is read and ignored. The certificate itself
 * is public, so whoever sits on the path could answer with it and listen in. @spec RFC 8422 §5.4
 */

const SERVER_KEY_EXCHANGE = 12;
/** `named_curve` in ServerECDHParams, and the one hash the component offers (SHA-256). @spec RFC 8422 §5.4, RFC 5246 §7.4.1.4.1 */
const NAMED_CURVE = 3;
const SHA256 = 4;

interface KeyExchange {
  readonly namedCurve: number;
  readonly publicKey: Buffer;
  readonly hashAlgorithm: number;
  readonly signature: Buffer;
}

interface Flight5 {
  readonly dtls: { readonly flight: number; readonly sortedHandshakeCache: readonly { readonly msg_type: number; readonly fragment: Buffer }[] };
  readonly cipher: { readonly remoteCertificate?: Buffer; readonly localRandom: { serialize(): Buffer }; readonly remoteRandom: { serialize(): Buffer } };
  exec(...values: readonly unknown[]): Promise<void>;
}

/** Makes the component's DTLS client refuse a peer that does not hold its certificate's key. */
export function verifyKeyExchange(load: <Exports>(path: string) => Exports): void {
  const { Flight5 } = load<{ Flight5: { prototype: Flight5 } }>("dtls/src/flight/client/flight5.js");
  const { ServerKeyExchange } = load<{ ServerKeyExchange: { deSerialize(bytes: Buffer): KeyExchange } }>("dtls/src/handshake/message/server/keyExchange.js");
  const { exec } = Flight5.prototype;
  Flight5.prototype.exec = async function (...values) {
    if (this.dtls.flight !== 5) {
      const message = this.dtls.sortedHandshakeCache.find(({ msg_type }) => msg_type === SERVER_KEY_EXCHANGE);
      if (message === undefined || !isSigned(this.cipher, ServerKeyExchange.deSerialize(message.fragment)))
        throw new Error("the DTLS peer does not hold the key of its certificate");
    }
    await exec.apply(this, [...values]);
  };
}

function isSigned(cipher: Flight5["cipher"], exchange: KeyExchange): boolean {
  if (cipher.remoteCertificate === undefined || exchange.hashAlgorithm !== SHA256) return false;
  const parameters = Buffer.from([NAMED_CURVE, exchange.namedCurve >> 8, exchange.namedCurve & 0xff, exchange.publicKey.length]);
  const signed = Buffer.concat([cipher.localRandom.serialize(), cipher.remoteRandom.serialize(), parameters, exchange.publicKey]);
  return verify("sha256", signed, new X509Certificate(cipher.remoteCertificate).publicKey, exchange.signature);
}
