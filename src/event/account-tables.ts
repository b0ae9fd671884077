import type { AccountKind } from "../wire/accounts.ts";

/** Somebody who signs in by themselves. Instants end in `_ms` and are Unix milliseconds. */
export interface AccountTable {
  id: string;
  kind: AccountKind;
  /** What others read. */
  name: string;
  /** Keyed hash of the address that signs in; the address itself is kept nowhere. */
  email_hash: Uint8Array | null;
  /** 1 when it may what the operator of the house may. */
  operator: number;
  created_ms: number;
  /** From then on it opens nothing. */
  ended_ms: number | null;
}

/** A passkey of an account. */
export interface PasskeyTable {
  /** The authenticator's name for it, base64url. */
  credential_id: string;
  account_id: string;
  /** COSE key. */
  public_key: Uint8Array;
  /** Last count of its uses, where the authenticator counts. */
  counter: number;
  /** How browsers reach it, with a space between. */
  transports: string;
  /** Where it was made, such as "Firefox, Linux". */
  label: string;
  /** 1 when its maker keeps copies on a person's other devices. */
  synced: number;
  created_ms: number;
  used_ms: number | null;
}

/** Somebody as the house's own sign-in service knows them. */
export interface AccountIdentityTable {
  issuer: string;
  subject: string;
  account_id: string;
}

/** A printed code that signs in once. */
export interface RecoveryCodeTable {
  code_hash: Uint8Array;
  account_id: string;
  created_ms: number;
  used_ms: number | null;
}

/** A seat that an account holds. */
export interface AccountPersonTable {
  account_id: string;
  person_id: string;
  granted_ms: number;
}

/** A link that was sent by e-mail. */
export interface SignInLinkTable {
  secret_hash: Uint8Array;
  /** Keyed hash of the address it was sent to. */
  email_hash: Uint8Array;
  expires_ms: number;
}

/** A challenge that has been answered; it is answered once. */
export interface UsedChallengeTable {
  challenge_hash: Uint8Array;
  /** When it would have ended by itself; the row goes then. */
  expires_ms: number;
}

/** Every table of accounts by its name. */
export interface AccountTables {
  account: AccountTable;
  passkey: PasskeyTable;
  account_identity: AccountIdentityTable;
  recovery_code: RecoveryCodeTable;
  account_person: AccountPersonTable;
  sign_in_link: SignInLinkTable;
  used_challenge: UsedChallengeTable;
}
