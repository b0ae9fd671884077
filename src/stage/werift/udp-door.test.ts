import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { guardFigures, MAX_VALIDATED } from "./ice-guard.ts";
import { UdpDoor, type UdpLodger } from "./udp-door.ts";
import { lookUp } from "./udp-ports.ts";

const PORT = 30_740;
const MEDIA = Buffer.concat([Buffer.from([0x80, 111]), Buffer.alloc(60, 7)]);

/** A check that names an agent, and its password in clear: what proves it is the agents' affair. */
function check(ufrag: string, password: string): Buffer {
  const attributes = [
    [0x0006, `${ufrag}:peer`],
    [0x8022, password],
  ].map(([type, text]) => {
    const value = Buffer.from(String(text));
    const attribute = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
    attribute.writeUInt16BE(Number(type));
    attribute.writeUInt16BE(value.length, 2);
    value.copy(attribute, 4);
    return attribute;
  });
  const header = Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...Array.from({ length: 12 }, () => 9)]);
  header.writeUInt16BE(Buffer.concat(attributes).length, 2);
  return Buffer.concat([header, ...attributes]);
}

/** An agent that keeps what it gets. */
function agent(name: string) {
  const heard: { readonly data: Buffer; readonly from: readonly [string, number] }[] = [];
  const lodger: UdpLodger = {
    knows: (ufrag) => ufrag === name,
    admits: (data) => data.includes(`secret of ${name}`),
    receive: (data, from) => heard.push({ data, from }),
  };
  return { lodger, heard, check: check(name, `secret of ${name}`) };
}

async function sender(port = 0): Promise<Socket> {
  const socket = createSocket({ type: "udp4", lookup: lookUp });
  await new Promise<void>((resolve) => socket.bind(port, "127.0.0.1", resolve));
  return socket;
}

async function until(done: () => boolean, what: string): Promise<void> {
  for (let round = 0; round < 500 && !done(); round++) await systemClock.sleep(10);
  assert.ok(done(), what);
}

/** Runs a test at a door with two agents behind it, and closes everything. */
async function atDoor(act: (rig: { readonly door: UdpDoor; readonly ada: ReturnType<typeof agent>; readonly ben: ReturnType<typeof agent> }) => Promise<void>) {
  const door = await UdpDoor.open("udp4", PORT);
  const [ada, ben] = [agent("adaada"), agent("benben")];
  try {
    await act({ door, ada, ben });
  } finally {
    door.close();
  }
}

test("what stood in the queue of the door when its sender got one of their own is handed on", () =>
  atDoor(async ({ door, ada }) => {
    door.admit(ada.lodger);
    const speaker = await sender();
    const strays = guardFigures.strayDatagrams;
    speaker.send(ada.check, PORT, "127.0.0.1");
    for (let count = 0; count < 100; count++) speaker.send(MEDIA, PORT, "127.0.0.1");
    await until(() => ada.heard.length >= 101, "all of it arrived");
    assert.ok(ada.heard[0]?.data.equals(ada.check), "in order");
    assert.ok(ada.heard.every(({ from }) => from[0] === "127.0.0.1" && from[1] === speaker.address().port));
    assert.equal(guardFigures.strayDatagrams, strays);
    speaker.close();
  }));

test("nothing comes past the door without a check that proves whose it is, and nothing is answered", () =>
  atDoor(async ({ door, ada }) => {
    door.admit(ada.lodger);
    const stranger = await sender();
    let answers = 0;
    stranger.on("message", () => answers++);
    const before = { ...guardFigures };
    for (const wrong of [
      check("nobody", "secret of adaada"),
      check("adaada", "a guess"),
      check("", ""),
      ada.check.subarray(0, 30),
      Buffer.alloc(60_000, ada.check),
    ])
      stranger.send(wrong, PORT, "127.0.0.1");
    for (const stray of [MEDIA, Buffer.from([22, 254, 253]), Buffer.alloc(0), Buffer.from([1, 1, 0, 0]), Buffer.from([0, 1])])
      stranger.send(stray, PORT, "127.0.0.1");
    await until(() => guardFigures.strayDatagrams >= before.strayDatagrams + 5, "strays are counted");
    assert.equal(guardFigures.unauthenticatedRequests, before.unauthenticatedRequests + 5);
    assert.equal(ada.heard.length, 0);
    assert.equal(answers, 0);
    stranger.close();
  }));

test("an address goes to whoever proves it last, and by a proof only", () =>
  atDoor(async ({ door, ada, ben }) => {
    for (const { lodger } of [ada, ben]) door.admit(lodger);
    const address = await sender();
    const send = (datagram: Buffer) => address.send(datagram, PORT, "127.0.0.1");
    send(ada.check);
    send(check("benben", "a guess"));
    send(MEDIA);
    await until(() => ada.heard.length === 2, "it is Ada's");
    send(ben.check);
    send(MEDIA);
    await until(() => ben.heard.length === 2, "it is Ben's");
    send(ada.check);
    send(MEDIA);
    await until(() => ada.heard.length === 4, "it is Ada's again");
    assert.equal(ben.heard.length, 2);
    address.close();
  }));

test("what leaves for an address leaves from the port, before and after it has a socket; a machine that refuses it ends nothing", () =>
  atDoor(async ({ door, ada }) => {
    const transport = door.admit(ada.lodger);
    const speaker = await sender();
    const { port } = speaker.address();
    const froms: number[] = [];
    speaker.on("message", (_, from) => froms.push(from.port));
    await transport.send(MEDIA, ["127.0.0.1", port]);
    speaker.send(ada.check, PORT, "127.0.0.1");
    await until(() => ada.heard.length === 1, "the check came");
    transport.socket.send(MEDIA, port, "127.0.0.1");
    await until(() => froms.length === 2, "both came");
    assert.deepEqual(froms, [PORT, PORT]);

    speaker.close();
    await once(speaker, "close");
    for (let count = 0; count < 5; count++) {
      transport.socket.send(MEDIA, port, "127.0.0.1");
      await systemClock.sleep(5);
    }
    const again = await sender(port);
    again.send(MEDIA, PORT, "127.0.0.1");
    await until(() => ada.heard.length === 2, "who is back at the same address is heard");
    again.on("message", (_, from) => froms.push(from.port));
    transport.socket.send(MEDIA, port, "127.0.0.1");
    transport.socket.send(MEDIA, port, "127.0.0.1");
    await until(() => froms.length > 2, "and hears");
    again.close();
  }));

test("one agent has no more addresses than its guard lets send; with the agent they go", () =>
  atDoor(async ({ door, ada }) => {
    const transport = door.admit(ada.lodger);
    const speakers = await Promise.all(Array.from({ length: MAX_VALIDATED + 3 }, () => sender()));
    const lines = () => process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap").length - speakers.length - 1;
    const refused = guardFigures.unauthenticatedRequests;
    for (const speaker of speakers) speaker.send(ada.check, PORT, "127.0.0.1");
    await until(() => guardFigures.unauthenticatedRequests === refused + 3, "three too many");
    assert.equal(ada.heard.length, MAX_VALIDATED);
    await until(() => lines() === MAX_VALIDATED, "a socket for each");
    await transport.close();
    await until(() => lines() === 0, "closed");
    const strays = guardFigures.strayDatagrams;
    speakers[0]?.send(MEDIA, PORT, "127.0.0.1");
    await until(() => guardFigures.strayDatagrams === strays + 1, "nobody's any more");
    for (const speaker of speakers) speaker.close();
  }));
