// Control: the backstage port with its pages and API, the schedule, the way to the stages.
// Owner: whoever changes what hosts and speakers can do over HTTP.
// In: requests, the database, what stages say. Out: answers, public files, the list of wanted stages.
// It may die at any time: stages, front and recordings go on, and everything it knows is on disk.
// Specifications: RFC 9457 (problem details), RFC 9725 (WHIP, passed on), OpenAPI 3.1.
export type { ControlConfig } from "./config.ts";
export { type Control, createControl, type ControlOptions } from "./control.ts";
