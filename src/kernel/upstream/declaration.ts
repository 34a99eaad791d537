/**
 * An upstream as people declare it, by REST or in a manifest: which members there are, and what is wrong with them.
 * All faults are found at once, and none repeats a value. What needs a network or a file is looked at elsewhere.
 */
import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { hostKeyFault, parseHostKey } from './host-key.ts'
import { strictly, type Spelling } from './known-members.ts'
import { cleanPrivateKey, privateKeyFault } from './private-key.ts'
import { parseUpstreamUrl, upstreamUrlFault, writeUpstreamUrl } from './upstream-url.ts'

const MAX_SECRET_CHARS = 16 * 1024
const MAX_CA_CHARS = 64 * 1024
const MAX_AGE_MS = 24 * 3600_000
const MIN_TTL_SECONDS = 60
const MAX_TTL_SECONDS = 365 * 24 * 3600
const MAX_APPROVAL_WAIT_MS = 300_000
const MAX_ALLOWED = 200

const NO_NUMBER = 'is no whole number'
const Text = z.string({ error: ({ input }) => (input === undefined ? 'is missing' : 'is no text') })

const Line = Text.min(1)

  .max(1024)
  .regex(/^[^\x00-\x1f\x7f]*$/, 'holds a control character')

/** No space in it either, so that it is one word wherever it is sent. */
const Token = Text.min(1)

  .max(4096)
  .regex(/^[\x21-\x7e]*$/, 'holds a character that no token has')
  .meta({ description: 'never shown again' })

const Url = told(Text, upstreamUrlFault)
  .transform((text) => writeUpstreamUrl(parseUpstreamUrl(text)))
  .meta({ description: '`ssh://git@host:port/path`, `git@host:path` or `https://host/path`' })

const HostKey = told(Text.max(8192), hostKeyFault)
  .transform(parseHostKey)
  .meta({ description: '`<algorithm> <base64>`, as in known_hosts; required for ssh' })

const Authority = told(Text.max(MAX_CA_CHARS), authorityFault).meta({
  description:
    'PEM of the only authority that is trusted, for https and for the API of a forge; absent: those of the system',
})

const PrivateKey = told(Text.max(MAX_SECRET_CHARS), privateKeyFault)
  .transform(cleanPrivateKey)
  .meta({ description: 'without passphrase, in the format of OpenSSH or PEM; never shown again' })

const Path = Line.regex(/^\//, 'is not absolute').meta({
  description: 'file of the server that holds the secret, for its administrators',
})

const Username = Line.max(255).regex(/^[^:]*$/, 'holds a colon')

const ApiUrl = told(Line, apiUrlFault).meta({
  description: 'root of the API; absent: at the host of the upstream',
})

const TtlSeconds = z
  .int(NO_NUMBER)
  .min(MIN_TTL_SECONDS, 'is less than a minute')
  .max(MAX_TTL_SECONDS, 'is more than a year')
  .meta({ description: 'how long the deploy key lives; absent: until it is rotated or revoked' })

function keySchema(spell: Spelling) {
  const made = { provisionerToken: Token.optional(), path: Path.optional(), apiUrl: ApiUrl.optional() }
  const ofForge = <Name extends 'gitea' | 'forgejo' | 'github'>(name: Name) =>
    strictly({ provider: z.literal(name), ...made, ttlSeconds: TtlSeconds.optional() }, spell)
  const providers = [
    strictly(
      { provider: z.literal('static'), privateKey: PrivateKey.optional(), path: Path.optional() },
      spell,
    ),
    strictly(
      {
        provider: z.literal('token'),
        token: Token.optional(),
        path: Path.optional(),
        username: Username.optional(),
      },
      spell,
    ),
    ofForge('gitea'),
    ofForge('forgejo'),
    ofForge('github'),
  ] as const
  return z
    .discriminatedUnion('provider', providers, {
      error: ({ code }) =>
        code === 'invalid_union' ? 'is none of static, token, gitea, forgejo and github' : undefined,
    })
    .refine((key) => secretsIn(key).length === 1, { error: 'needs its secret, once', when: isRecord })
}

function refreshSchema(spell: Spelling) {
  const window = strictly(
    {
      maxAgeMs: z.int(NO_NUMBER).min(0, 'is below 0').max(MAX_AGE_MS, 'is more than a day').default(0),
      staleIfError: z.boolean('is neither true nor false').default(false),
    },
    spell,
  )
  return z.union([z.literal('always'), window], {
    error: ({ code, errors }) => (code === 'invalid_union' ? windowFault(errors, spell) : undefined),
  })
}

function scanSchema(spell: Spelling) {
  const entry = strictly({ path: Line.optional(), rule: Line.optional(), reason: Line }, spell).refine(
    ({ path, rule }) => path !== undefined || rule !== undefined,
    { error: 'names neither a path nor a rule' },
  )
  return strictly(
    {
      enabled: z.boolean('is neither true nor false').default(true),
      rules: Line.max(64).default('default').meta({ description: 'name of a set of rules' }),
      allow: z.array(entry).max(MAX_ALLOWED).default([]),
      approvalWaitMs: z
        .int(NO_NUMBER)
        .min(0, 'is below 0')
        .max(MAX_APPROVAL_WAIT_MS, 'is more than 5 minutes')
        .default(0),
    },
    spell,
  )
}

function userSchema(spell: Spelling) {
  return strictly({ name: Line.max(255), email: Line.max(255) }, spell).meta({
    description: 'as whom agents commit',
  })
}

const AS_IT_IS: Spelling = (name) => name

/** @param spell how the members are written where it is declared */
export function declarationSchema(spell: Spelling = AS_IT_IS) {
  const members = {
    url: Url,
    key: keySchema(spell).optional().meta({
      description: 'as before if absent, which needs an upstream of the same URL, provider and authority',
    }),
    hostKey: HostKey.optional(),
    ca: Authority.optional(),
    refresh: refreshSchema(spell).default('always'),
    scan: scanSchema(spell).optional().meta({ description: 'as before if absent' }),
    user: userSchema(spell).optional(),
  }
  return strictly(members, spell)
    .refine((value) => !isSsh(value) || isGiven(value, 'hostKey'), {
      path: [spell('hostKey')],
      error: 'is missing: over ssh nobody is trusted whose key is not pinned',
      when: isRecord,
    })
    .refine((value) => !isHttps(value) || !isGiven(value, 'hostKey'), {
      path: [spell('hostKey')],
      error: 'is of ssh, and the URL is not',
      when: isRecord,
    })
    .refine((value) => !isSsh(value) || !isGiven(value, 'ca') || isMadeAtForge(value), {
      path: ['ca'],
      error: 'is of https, and the URL is not',
      when: isRecord,
    })
    .refine((value) => !isSsh(value) || providerOf(value) !== 'token', {
      path: ['key', 'provider'],
      error: 'is of https, and the URL is not',
      when: isRecord,
    })
    .refine((value) => !isHttps(value) || [undefined, 'token'].includes(providerOf(value)), {
      path: ['key', 'provider'],
      error: 'makes keys of ssh, and the URL is https: use token',
      when: isRecord,
    })
}

export type Declaration = z.output<ReturnType<typeof declarationSchema>>
export type DeclaredKey = NonNullable<Declaration['key']>

/** Members of a key that hold its secret, or say where that is. */
export function secretsIn(key: object): readonly string[] {
  return ['privateKey', 'token', 'provisionerToken', 'path'].filter((name) => isGiven(key, name))
}

function told<Schema extends z.ZodString>(schema: Schema, faultOf: (text: string) => string | null): Schema {
  return schema.superRefine((text, ctx) => {
    const fault = faultOf(text)
    if (fault !== null) ctx.addIssue({ code: 'custom', message: fault })
  })
}

/** Also where other members are at fault: all faults are told at once. */
function isRecord({ value }: { value: unknown }): boolean {
  return typeof value === 'object' && value !== null
}

function isGiven(value: object, name: string): boolean {
  return (value as Record<string, unknown>)[name] !== undefined
}

function urlOf(value: object): string {
  const { url } = value as { url?: unknown }
  return typeof url === 'string' ? url : ''
}

function isSsh(value: object): boolean {
  const url = urlOf(value)
  return upstreamUrlFault(url) === null && parseUpstreamUrl(url).kind === 'ssh'
}

function isHttps(value: object): boolean {
  return /^https:/i.test(urlOf(value))
}

/** The API of the forge is asked by https. */
function isMadeAtForge(value: object): boolean {
  return ['gitea', 'forgejo', 'github'].includes(providerOf(value) ?? '')
}

function providerOf(value: object): string | undefined {
  const { key } = value as { key?: { provider?: unknown } }
  return typeof key?.provider === 'string' ? key.provider : undefined
}

function authorityFault(text: string): string | null {
  try {
    new X509Certificate(text)
    return null
  } catch {
    return 'is no certificate in PEM'
  }
}

function apiUrlFault(text: string): string | null {
  if (!URL.canParse(text)) return 'is not a URL'
  const { protocol, username, password } = new URL(text)
  if (protocol !== 'https:' && protocol !== 'http:') return 'is neither https nor http'
  if (username !== '' || password !== '') return 'holds a user or a password'
  return /[?#]/.test(text) ? 'has a query or a fragment' : null
}

function windowFault(errors: readonly (readonly z.core.$ZodIssue[])[], spell: Spelling): string {
  const inWindow = (errors.at(-1) ?? [])
    .filter(({ code, path }) => code !== 'invalid_type' || path.length > 0)
    .map(({ path, message }) => [...path.map(String).map(spell), message].join(' '))
  const known = `is neither always nor {${spell('maxAgeMs')}, ${spell('staleIfError')}}`
  return inWindow.length === 0 ? known : `${known}: ${inWindow.join('; ')}`
}
