/** Lines with a secret, and lines that only look as if they had one. */
import { createHash } from 'node:crypto'
import { Dice } from '../dice.ts'
import { FORMATS, type Format } from './formats.ts'
import { ALNUM, BASE64, HEX, LOWER, letters } from './letters.ts'

export interface Sample {
  readonly text: string
  /** Id of the rule that must find it; `null`: nothing may be found. */
  readonly rule: string | null
}

/** How secrets stand in programs, settings, logs and documents. */
const AROUND: readonly ((secret: string) => string)[] = [
  (secret) => `const value = '${secret}'`,
  (secret) => `  "auth": "${secret}",`,
  (secret) => `VALUE=${secret}`,
  (secret) => `value: ${secret} # rotate soon`,
  (secret) => `curl -H "Authorization: Bearer ${secret}" https://api.acme.io/v1`,
  (secret) => `log: "line one\\n${secret}\\nline three"`,
]

/** As many of each for every format. */
export function samples(seed: number, ofEach: number): Sample[] {
  const dice = new Dice(seed)
  return FORMATS.flatMap((format) =>
    Array.from({ length: ofEach }, () => [positive(dice, format), nearMiss(dice, format)]).flat(),
  )
}

function positive(dice: Dice, format: Format): Sample {
  return { text: placed(dice, format, format.make(dice)), rule: format.rule }
}

function nearMiss(dice: Dice, format: Format): Sample {
  const ways = [
    innocent,
    placeholder,
    ...(format.anyLength ? [] : [tooShort]),
    ...(format.almost ? [crossed] : []),
  ]
  return { text: dice.pick(ways)(dice, format), rule: null }
}

function placed(dice: Dice, format: Format, secret: string): string {
  return (format.line ?? dice.pick(AROUND))(secret)
}

function tooShort(dice: Dice, format: Format): string {
  return placed(dice, format, format.make(dice).slice(0, -1))
}

/** A wrong checksum or prefix, a part that is missing. */
function crossed(dice: Dice, format: Format): string {
  const almost = format.almost?.(dice) ?? ''
  return format.line ? almost : placed(dice, format, almost)
}

/** As documents write it. */
function placeholder(dice: Dice, format: Format): string {
  const secret = format.make(dice)
  const head = secret.slice(0, Math.min(6, secret.length / 3))
  const body = dice.pick(['x'.repeat(secret.length - head.length), '...', '<redacted>', '${SECRET}', '%s'])
  return placed(dice, format, head + body)
}

function innocent(dice: Dice): string {
  const sha = (kind: string) => createHash(kind).update(letters(dice, ALNUM, 9))
  const uuid = sha('md5')
    .digest('hex')
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
  return dice.pick([
    `commit ${sha('sha1').digest('hex')}`,
    `"integrity": "sha512-${sha('sha512').digest('base64')}",`,
    `token_hash = "${sha('sha256').digest('hex')}"`,
    `secret_id: ${uuid}`,
    `<img src="data:image/png;base64,${letters(dice, BASE64, 400)}">`,
    `const token = await getSessionToken(${letters(dice, LOWER, 8)})`,
    `password: \${{ secrets.DEPLOY_PASSWORD_2024 }}`,
    `apiKey = process.env.SERVICE_API_KEY_V2 ?? settings.api.key1`,
    `access_token = "your-access-token-goes-here-123"`,
    `var a=function(e,t){return e.token===t.secret_key_01?n[${String(dice.below(99))}]:"${letters(dice, LOWER, 30)}"}`,
    `https://user:\${PASSWORD}@registry.acme.io/v2/`,
    `checksum ${letters(dice, HEX, 64)}  secret-tool_1.2.3_amd64.deb`,
  ])
}
