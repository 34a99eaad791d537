/** Writes what makes git of an agent go through the gate, whatever the agent calls its upstream. */
import { AppError } from '../../../kernel/errors.ts'
import { spellingsOf } from '../../../kernel/upstream/spellings.ts'
import type { UpstreamUrl } from '../../../kernel/upstream/upstream-url.ts'

export interface RenderedGate {
  readonly upstream: UpstreamUrl
  /** URL of the repository here. */
  readonly cloneUrl: string
  /** Base URL of the server. */
  readonly baseUrl: string
  readonly user: { readonly name: string; readonly email: string } | null
  /** Clones may begin with a bundle. */
  readonly offersBundles: boolean
}

type Entry = readonly [key: string, value: string]

/**
 * A fragment for `include.path`, or for a file of its own.
 *
 * @throws AppError `UNPROCESSABLE`: a value cannot stand in such a file
 * @see git-config(1), CONFIGURATION FILE, url.<base>.insteadOf: the longest match counts, and only once
 */
export function renderGitConfig({ upstream, cloneUrl, baseUrl, user, offersBundles }: RenderedGate): string {
  const { of, notOf } = spellingsOf(upstream)
  return [
    section(
      'url',
      cloneUrl,
      of.map((spelling) => ['insteadOf', spelling]),
    ),
    ...notOf.map((others) => section('url', others, [['insteadOf', others]])),
    ...(user === null ? [] : [section('user', null, [['name', user.name], ['email', user.email]])]), // prettier-ignore
    section('credential', baseUrl, [
      ['helper', ''], // those of before are not asked
      ['helper', `sluice --url='${baseUrl}'`],
      ['useHttpPath', 'true'],
    ]),
    // of all servers, as git knows no other; before git 2.40 it means nothing
    ...(offersBundles ? [section('transfer', null, [['bundleURI', 'true']])] : []),
  ].join('')
}

function section(name: string, of: string | null, entries: readonly Entry[]): string {
  const head = of === null ? `[${name}]` : `[${name} "${quoted(of)}"]`
  return [head, ...entries.map(([key, value]) => `\t${key} = "${quoted(value)}"`), ''].join('\n')
}

/** Between double quotes: a backslash is put before what ends them, and before itself. */
function quoted(value: string): string {
  if (/[\x00-\x1f\x7f]/.test(value)) {
    const reason = 'a value holds a control character, and cannot stand in a git configuration'
    throw new AppError('UNPROCESSABLE', { details: { reason } })
  }
  return value.replace(/["\\]/g, '\\$&')
}
