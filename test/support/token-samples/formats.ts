/**
 * Secrets made from the documentation of their formats (the `reference` of each rule), from parts and at run
 * time, so that no file holds one.
 */
import type { Dice } from '../dice.ts'
import { SIGNED } from './signed-formats.ts'
import { ALNUM, BASE32, BASE64, DIGITS, HEX, LOWER, UPPER, URL64, letters } from './letters.ts'

export interface Format {
  /** Id of the rule that must find it. */
  readonly rule: string
  readonly make: (dice: Dice) => string
  /** What every rule must let pass; a whole line for a format that has one. */
  readonly almost?: (dice: Dice) => string
  /** How it stands in a file, where it has no shape of its own. */
  readonly line?: (secret: string) => string
  /** With a character less it is still one. */
  readonly anyLength?: true
}

/** A prefix and random characters. */
function prefixed(rule: string, prefix: string, alphabet: string, length: number): Format {
  return { rule, make: (dice) => prefix + letters(dice, alphabet, length) }
}

/** Random characters assigned to a name; under another name they are nothing. */
function named(rule: string, name: string, alphabet: string, length: number): Format {
  return {
    rule,
    make: (dice) => letters(dice, alphabet, length),
    almost: (dice) =>
      `${name.replace(/(?:token|key|secret).*/i, 'revision')} = "${letters(dice, alphabet, length)}"`,
    line: (secret) => `${name} = "${secret}"`,
    anyLength: true,
  }
}

export const FORMATS: readonly Format[] = [
  ...SIGNED,
  prefixed('aws-access-key-id', 'AKIA', BASE32, 16),
  named('aws-secret-access-key', 'aws_secret_access_key', BASE64, 40),
  prefixed('gcp-api-key', 'AIza', ALNUM, 35),
  prefixed('google-oauth-client-secret', 'GOCSPX-', ALNUM, 28),
  prefixed('digitalocean-token', 'dop_v1_', HEX, 64),
  prefixed('databricks-token', 'dapi', HEX, 32),
  named('linode-token', 'LINODE_TOKEN', HEX, 64),
  named('gitea-token', 'GITEA_TOKEN', HEX, 40),
  named('twilio-token', 'TWILIO_AUTH_TOKEN', HEX, 32),
  named('datadog-key', 'DATADOG_API_KEY', HEX, 32),
  {
    rule: 'azure-storage-key',
    make: (dice) => `${letters(dice, BASE64, 86)}==`,
    line: (secret) => `AccountName=a;AccountKey=${secret};EndpointSuffix=core.windows.net`,
  },
  {
    rule: 'azure-client-secret',
    make: (dice) => `${letters(dice, ALNUM, 3)}8Q~${letters(dice, ALNUM, 31)}`,
    almost: (dice) => `${letters(dice, ALNUM, 3)}xQ~${letters(dice, ALNUM, 31)}`,
  },
  {
    rule: 'github-fine-grained-token',
    make: (dice) => `github_pat_${letters(dice, ALNUM, 22)}_${letters(dice, ALNUM, 59)}`,
    almost: (dice) => `github_pat_${letters(dice, ALNUM, 22)}-${letters(dice, ALNUM, 59)}`,
  },
  prefixed('gitlab-token', 'glpat-', ALNUM, 20),
  {
    rule: 'slack-token',
    make: (dice) =>
      `xoxb-${letters(dice, DIGITS, 12)}-${letters(dice, DIGITS, 13)}-${letters(dice, ALNUM, 24)}`,
    almost: (dice) => `xoxb-${letters(dice, LOWER, 12)}-${letters(dice, ALNUM, 24)}`,
    anyLength: true,
  },
  {
    rule: 'slack-webhook',
    make: (dice) => `T${letters(dice, UPPER, 10)}/B${letters(dice, UPPER, 10)}/${letters(dice, ALNUM, 24)}`,
    line: (secret) => `curl -d @- https://hooks.slack.com/services/${secret}`,
  },
  {
    rule: 'telegram-bot-token',
    make: (dice) => `${letters(dice, '123456789', 10)}:AA${letters(dice, ALNUM, 33)}`,
  },
  {
    rule: 'sendgrid-key',
    make: (dice) => `SG.${letters(dice, ALNUM, 22)}.${letters(dice, ALNUM, 43)}`,
    almost: (dice) => `SG.${letters(dice, ALNUM, 20)}.${letters(dice, ALNUM, 43)}`,
  },
  {
    rule: 'brevo-key',
    make: (dice) => `xkeysib-${letters(dice, HEX, 64)}-${letters(dice, ALNUM, 16)}`,
    almost: (dice) => `xkeysib-${letters(dice, HEX, 64)}`,
  },
  prefixed('stripe-key', 'sk_live_', ALNUM, 24),
  prefixed('square-token', 'sq0atp-', ALNUM, 22),
  prefixed('shopify-token', 'shpat_', HEX, 32),
  prefixed('npm-token', 'npm_', ALNUM, 36),
  { ...prefixed('pypi-token', 'pypi-AgEIcHlwaS5vcmc', URL64, 150), anyLength: true },
  prefixed('rubygems-key', 'rubygems_', HEX, 48),
  prefixed('crates-io-token', 'cio', ALNUM, 32),
  prefixed('docker-hub-token', 'dckr_pat_', ALNUM, 27),
  prefixed('hugging-face-token', 'hf_', LOWER + UPPER, 34),
  { ...prefixed('anthropic-key', 'sk-ant-api03-', URL64, 93), anyLength: true },
  prefixed('groq-key', 'gsk_', ALNUM, 52),
  prefixed('new-relic-key', 'NRAK-', DIGITS + UPPER, 27),
  prefixed('sentry-token', 'sntryu_', HEX, 64),
  {
    rule: 'grafana-service-account-token',
    make: (dice) => `glsa_${letters(dice, ALNUM, 32)}_${letters(dice, HEX, 8)}`,
    almost: (dice) => `glsa_${letters(dice, ALNUM, 31)}_${letters(dice, HEX, 8)}`,
  },
  { ...prefixed('vault-token', 'hvs.', ALNUM, 95), anyLength: true },
  prefixed('doppler-token', 'dp.pt.', ALNUM, 40),
  prefixed('linear-key', 'lin_api_', ALNUM, 40),
  prefixed('figma-token', 'figd_', ALNUM, 40),
  {
    rule: 'postman-key',
    make: (dice) => `PMAK-${letters(dice, HEX, 24)}-${letters(dice, HEX, 34)}`,
    almost: (dice) => `PMAK-${letters(dice, HEX, 24)}${letters(dice, HEX, 34)}`,
  },
  {
    rule: 'url-password',
    make: (dice) => letters(dice, ALNUM, 16),
    line: (secret) => `DATABASE_URL=postgres://app:${secret}@db1.prod.acme.io:5432/app`,
    anyLength: true,
  },
  named('generic-secret', 'app_secret', ALNUM, 32),
]
