import { randomBytes } from "node:crypto";
import type { IceCredentials } from "../ice-fragment.ts";

/**
 * The stage has addresses everybody can reach, so it is an ICE-lite agent: it never probes, it answers where
 * authenticated checks come from and speaks to the pair the speaker names. The component's own lite mode stays with the
 * first pair for good and loses its way out at a restart; here a speaker who changes networks, or restarts ICE, is
 * followed: the newest nomination with the newest credentials counts.
 * @spec RFC 8445 §2.5, §8.1.1, §9
 */

interface Pair {
  readonly remoteAddr: Address;
  readonly state: number;
  readonly protocol: object;
}

type Address = readonly [string, number];

interface StunMessage {
  getAttributeValue(name: "USERNAME"): string | undefined;
  readonly attributesKeys: readonly string[];
}

/** As much of the component's ICE agent as the guards of this folder work with. */
export interface IceConnection {
  localUsername: string;
  localPassword: string;
  userHistory: Record<string, string>;
  nominated: Pair | undefined;
  readonly checkList: readonly Pair[];
  readonly iceLite: boolean;
  checkIncoming(message: StunMessage, address: Address, protocol: object): void;
}

/** Makes the component's lite agent follow the speaker. */
export function followNominations(load: <Exports>(path: string) => Exports): void {
  const { Connection } = load<{ Connection: { prototype: IceConnection } }>("ice/src/ice.js");
  const { checkIncoming } = Connection.prototype;
  Connection.prototype.checkIncoming = function (message, address, protocol) {
    checkIncoming.call(this, message, address, protocol);
    if (!this.iceLite || this.nominated === undefined || !message.attributesKeys.includes("USE-CANDIDATE")) return;
    // A late check of the session before a restart must not lead back to the old network.
    if (message.getAttributeValue("USERNAME")?.split(":")[0] !== this.localUsername) return;
    const [host, port] = address;
    const pair = this.checkList.find((each) => each.protocol === protocol && each.remoteAddr[0] === host && each.remoteAddr[1] === port);
    if (pair !== undefined) this.nominated = pair;
  };
}

/** Gives an agent new credentials; the ones before stay good until the next restart, so that sound goes on until the speaker has moved. @spec RFC 8445 §9 */
export function restartIce(connection: IceConnection): IceCredentials {
  const before = { ufrag: connection.localUsername, password: connection.localPassword };
  const credentials = { ufrag: randomBytes(4).toString("hex"), password: randomBytes(16).toString("hex") };
  connection.localUsername = credentials.ufrag;
  connection.localPassword = credentials.password;
  connection.userHistory = { [before.ufrag]: before.password, [credentials.ufrag]: credentials.password };
  return credentials;
}
