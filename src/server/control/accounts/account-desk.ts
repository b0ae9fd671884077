import type { Clock } from "../../../core/clock.ts";
import type { ProviderSettings } from "../../../core/sign-in-config.ts";
import type { Log } from "../../../core/log.ts";
import { Accounts, AccountSessions, type EventStore, Passkeys, RecoveryCodes, SignInLinks } from "../../../event/mod.ts";
import type { MailSender } from "../../mail/mod.ts";
import { EnterLimit, type LimitRules } from "../api/enter-limit.ts";
import { PasskeyDesk } from "./passkey-desk.ts";
import { passkeySite } from "./passkey-site.ts";
import { ProviderSignIn } from "./provider-sign-in.ts";
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
  /** Undefined where the settings name no sign-in service. */
  readonly provider: ProviderSignIn | undefined;
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
  /** The house's own sign-in service, and this house's secret there. */
  readonly provider: ProviderSettings | undefined;
  readonly providerSecret: string | undefined;
}

/** Makes the desk; the caller closes its `mail`. */
export function createAccountDesk(options: AccountDeskOptions): AccountDesk {
  const { store, houseKey, clock, log, publicUrl, backstageUrl, mail, provider, providerSecret: secret } = options;
  const accounts = new Accounts(store, clock);
  const passkeys = new Passkeys(store, clock);
  const links = new SignInLinks({ store, clock, houseKey });
  const house = new URL(publicUrl).hostname;
  const redirectUrl = `${backstageUrl}/sign-in/provider`;
  return {
    accounts,
    passkeys,
    desk: new PasskeyDesk({ accounts, passkeys, houseKey, clock, site: passkeySite(publicUrl, backstageUrl) }),
    codes: new RecoveryCodes(store, clock),
    sessions: new AccountSessions(store, clock),
    links,
    mail: mail === undefined ? undefined : new SignInMail({ links, mail, backstageUrl, house, clock, log }),
    provider: provider === undefined ? undefined : new ProviderSignIn({ settings: provider, secret, redirectUrl, houseKey, accounts, clock }),
    strangers: new EnterLimit(clock),
    knownDevices: new EnterLimit(clock),
    byPasskey: new EnterLimit(clock),
    mailRequests: new EnterLimit(clock, MAIL_RULES),
  };
}
