// The tests of the API once more with the house on PostgreSQL: some of them in every run, every night all, and a new file in api/ joins by itself.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { TestPostgres } from "../adapters/test-postgres.ts";
import { TestHouse } from "./test-house.ts";

const FOLDER = join(import.meta.dirname, "api");

// What a kill leaves has tests of its own; here nothing is killed.
const server = TestPostgres.start(["fsync=off"]);
after(async () => await (await server)[Symbol.asyncDispose]());
TestHouse.newPostgres = async () => await (await server).newSchema();
/** What says nothing about the database, and what opens a house for each of forty cases. */
const LEFT_OUT = new Set(["enter-limit.test.ts", "links.test.ts", "audience.test.ts"]);
/** What is tried in every run: what writes most. */
const USUAL = new Set(["events.test.ts", "hands.test.ts", "schedule.test.ts"]);
const isWanted = (name: string) => (process.env.NIGHTLY === undefined ? USUAL.has(name) : !LEFT_OUT.has(name));
const files = (await readdir(FOLDER)).filter((name) => name.endsWith(".test.ts") && isWanted(name)).toSorted();
await Promise.all(files.map((file) => import(join(FOLDER, file))));
