import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import { Accounts, AccountSessions, type EventStore, Passkeys, RecoveryCodes, SignInLinks } from "../../../event/mod.ts";
import type { MailSender } from "../../mail/mod.ts";
import { EnterLimit, type LimitRules } from "../api/enter-limit.ts";
import { PasskeyDesk } from "./passkey-desk.ts";
import { passkeySite } from "./passkey-site.ts";
import { SignInMail } from "./sign-in-mail.ts";

/** Requests for mails of one network: five at once, then one in two minutes. A school class behind one address still gets theirs within the hour. */
const MAIL_RULES: LimitRules = { burst: 5, refillPerSecond: 1 / 120, successIsFree: false };

/** Accounts and every way into them. */
export interface AccountDesk {
  readonly accounts: Accounts;
  readonly passkeys: Passkeys;
  readonly desk: PasskeyDesk;
  readonly codes: RecoveryCodes;
  readonly sessions: AccountSessions;
  readonly links: SignInLinks;
  /** Undefined where the house sends no mail. */
  readonly mail: SignInMail | undefined;
  /** Bounds attempts of strangers by network; those of devices that signed in before, each alone; failures by the passkey they name; requests for mail by network. */
  readonly strangers: EnterLimit;
  readonly knownDevices: EnterLimit;
  readonly byPasskey: EnterLimit;
  readonly mailRequests: EnterLimit;
}

/** What accounts are made of. */
export interface AccountDeskOptions {
  readonly store: EventStore;
  readonly houseKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  readonly publicUrl: string;
  readonly backstageUrl: string;
  readonly mail: MailSender | undefined;
}

/** Makes the desk; the caller closes its `mail`. */
export function createAccountDesk({ store, houseKey, clock, log, publicUrl, backstageUrl, mail }: AccountDeskOptions): AccountDesk {
  const accounts = new Accounts(store, clock);
  const passkeys = new Passkeys(store, clock);
  const links = new SignInLinks({ store, clock, houseKey });
  const house = new URL(publicUrl).hostname;
  return {
    accounts,
    passkeys,
    desk: new PasskeyDesk({ accounts, passkeys, houseKey, clock, site: passkeySite(publicUrl, backstageUrl) }),
    codes: new RecoveryCodes(store, clock),
    sessions: new AccountSessions(store, clock),
    links,
    mail: mail === undefined ? undefined : new SignInMail({ links, mail, backstageUrl, house, clock, log }),
    strangers: new EnterLimit(clock),
    knownDevices: new EnterLimit(clock),
    byPasskey: new EnterLimit(clock),
    mailRequests: new EnterLimit(clock, MAIL_RULES),
  };
}
