import { setTimeout as sleep } from "node:timers/promises";

/**
 * werift repeats a lost DTLS flight byte for byte, record numbers included. A peer with a replay window (every
 * browser) drops repeated numbers, so when a flight is lost twice in a row, or the peer's last flight once, the
 * handshake hangs for good: about one join in five at 20 % loss. Each transmission must carry new record numbers.
 * And a peer that answers a repeated ClientHello with its cookie once more, as it must, ends the handshake at once.
 * @spec RFC 6347 §4.1, §4.2.4
 */

/** Wait before each retransmission. Milliseconds; browsers begin at 50, the RFC's one second is a second of silence. */
const RETRANSMIT_AFTER_MS = [100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000, 3_000];
/** Bytes of a DTLS record in front of its fragment: type, version, epoch, sequence number, length. @spec RFC 6347 §4.1 */
const HEADER_BYTES = 13;
const HANDSHAKE = 22;

interface RecordHeader {
  contentType: number;
  protocolVersion: { major: number; minor: number };
  epoch: number;
  sequenceNumber: number;
  contentLen: number;
}

interface PlainRecord {
  recordLayerHeader: RecordHeader;
  fragment: Buffer;
  serialize(): Buffer;
}

interface Cipher {
  encryptPacket(record: PlainRecord): PlainRecord;
}

interface Context {
  flight: number;
  lastMessage: Buffer[];
}

interface Flight {
  readonly transport: { readonly socket: { readonly closed?: boolean } };
  readonly dtls: Context;
  readonly flight: number;
  readonly nextFlight: number | undefined;
  readonly cipher?: Cipher;
  send(buffers: readonly Buffer[]): Promise<unknown>;
  setState(state: "SENDING" | "WAITING" | "FINISHED"): void;
  transmit(buffers: readonly Buffer[]): Promise<void>;
  exec(...values: readonly unknown[]): Promise<void>;
}

type Load = <Exports>(path: string) => Exports;

/** Replaces the component's retransmission; returns what undoes it. */
export function retransmitAnew(load: Load): () => void {
  const { Flight } = load<{ Flight: { prototype: Flight } }>("dtls/src/flight/flight.js");
  const { Flight3 } = load<{ Flight3: { prototype: Flight } }>("dtls/src/flight/client/flight3.js");
  const { Flight5 } = load<{ Flight5: { prototype: Flight } }>("dtls/src/flight/client/flight5.js");
  const { CipherContext } = load<{ CipherContext: { prototype: Cipher } }>("dtls/src/context/cipher.js");
  const { DtlsPlaintext } = load<{ DtlsPlaintext: new (header: RecordHeader, fragment: Buffer) => PlainRecord }>("dtls/src/record/message/plaintext.js");
  const { transmit } = Flight.prototype;
  const { exec } = Flight5.prototype;
  const { exec: takeCookie } = Flight3.prototype;
  const { encryptPacket } = CipherContext.prototype;
  /** The Finished message of each handshake before encryption: it has to be encrypted again under each new number. */
  const finished = new WeakMap<Cipher, { readonly header: RecordHeader; readonly fragment: Buffer }>();
  /** The next unused record number of each handshake, per epoch. */
  const numbers = new WeakMap<Context, [number, number]>();

  const renumber = (flight: Flight, datagram: Buffer): Buffer => {
    const next = numbers.get(flight.dtls) ?? [0, 0];
    numbers.set(flight.dtls, next);
    const records: Buffer[] = [];
    for (let at = 0; at + HEADER_BYTES <= datagram.length; ) {
      const end = at + HEADER_BYTES + datagram.readUInt16BE(at + 11);
      const epoch = datagram.readUInt16BE(at + 3);
      const secret = flight.cipher === undefined ? undefined : finished.get(flight.cipher);
      if (epoch === 0) {
        const record = Buffer.from(datagram.subarray(at, end));
        record.writeUIntBE(next[0]++, 5, 6);
        records.push(record);
      } else if (secret !== undefined && flight.cipher !== undefined) {
        const record = new DtlsPlaintext({ ...secret.header, sequenceNumber: next[1]++, contentLen: secret.fragment.length }, Buffer.from(secret.fragment));
        records.push(encryptPacket.call(flight.cipher, record).serialize());
      }
      at = end;
    }
    return Buffer.concat(records);
  };

  CipherContext.prototype.encryptPacket = function (record) {
    const header = { ...record.recordLayerHeader };
    if (header.contentType === HANDSHAKE) finished.set(this, { header, fragment: Buffer.from(record.fragment) });
    return encryptPacket.call(this, record);
  };

  Flight.prototype.transmit = async function (buffers) {
    noteNumbers(numbers, this.dtls, buffers);
    let datagrams = buffers;
    for (const wait of [...RETRANSMIT_AFTER_MS, undefined]) {
      this.setState("SENDING");
      // A datagram that cannot be sent is a lost one: the next round repeats it.
      this.send(datagrams).catch(() => {});
      this.setState("WAITING");
      if (this.nextFlight === undefined || wait === undefined) break;
      await sleep(wait, undefined, { ref: false });
      if (this.dtls.flight >= this.nextFlight || this.transport.socket.closed === true) break;
      datagrams = buffers.map((datagram) => renumber(this, datagram));
    }
    this.setState("FINISHED");
    if (this.nextFlight !== undefined && this.dtls.flight < this.nextFlight) throw new Error(`the DTLS handshake stopped at flight ${this.flight}`);
  };

  Flight3.prototype.exec = async function (...values) {
    // The cookie for a hello that was repeated: the answer to the first one is on its way and repeats itself.
    if (this.dtls.flight < 3) await takeCookie.apply(this, [...values]);
  };

  Flight5.prototype.exec = async function (...values) {
    if (this.dtls.flight !== 5) return await exec.apply(this, [...values]);
    // The peer repeated its flight: ours was lost. Its cipher lives in the first Flight5, whose timer repeats it too.
    if (this.dtls.lastMessage.length > 0) this.send(this.dtls.lastMessage.map((datagram) => renumber(this, datagram))).catch(() => {});
  };

  return () => {
    Flight.prototype.transmit = transmit;
    Flight3.prototype.exec = takeCookie;
    Flight5.prototype.exec = exec;
    CipherContext.prototype.encryptPacket = encryptPacket;
  };
}

/** Remembers the highest record numbers a flight uses the first time it is sent. */
function noteNumbers(numbers: WeakMap<Context, [number, number]>, dtls: Context, buffers: readonly Buffer[]): void {
  const next = numbers.get(dtls) ?? [0, 0];
  for (const datagram of buffers) {
    for (let at = 0; at + HEADER_BYTES <= datagram.length; at += HEADER_BYTES + datagram.readUInt16BE(at + 11)) {
      const epoch = datagram.readUInt16BE(at + 3) === 0 ? 0 : 1;
      next[epoch] = Math.max(next[epoch], datagram.readUIntBE(at + 5, 6) + 1);
    }
  }
  numbers.set(dtls, next);
}
