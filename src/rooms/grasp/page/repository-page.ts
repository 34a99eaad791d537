/** The page of a repository, for people who follow its clone URL with a browser. @see GRASP-01 */
import type { ListedRef } from '../../../git/refs/ref-snapshot.ts'
import { npubOf } from '../../../nostr/npub.ts'
import type { GraspRepository } from '../../../store/nostr/grasp-repositories.ts'
import { html, page, type Markup } from './markup.ts'
import type { ShownRepository } from './shown-repository.ts'

/** Of each list: a page is no ref advertisement. */
const MAX_SHOWN = 100
const SHORT_OID = 10

/** @param baseUrl of this server as others reach it, without a slash at the end */
export function repositoryPage(shown: ShownRepository, baseUrl: string): string {
  const { repository, branches, tags, tips } = shown
  const { repo, identifier, form } = repository
  const name = repo.name === '' ? identifier : repo.name
  const title = form === 'announced' ? name : `Pull requests for ${name}`
  const sections = [
    repo.description === null ? null : html`<p>${repo.description}</p>`,
    noteOn(repository),
    cloning(repository, baseUrl),
    form === 'announced' ? people(shown) : null,
    refTable('Branches', branches, 'refs/heads/'),
    refTable('Tags', tags, 'refs/tags/'),
    refTable('Tips of pull requests', tips, 'refs/nostr/'),
    clients(repository),
  ]
  const body = html`<h1>${title}</h1>
    ${sections.filter((section) => section !== null)}`
  return page(title, body)
}

/** For every address under which there is nothing that this reader may see. */
export function missingPage(): string {
  const body = html`
    <h1>There is no such repository here</h1>
    <p>
      Nobody has announced it to this server, or its git data never came. It may be on another one that its
      announcement names.
    </p>
  `
  return page('No such repository', body)
}

function noteOn({ status, waitsUntil }: GraspRepository): Markup | null {
  const until = waitsUntil === null ? null : html`, until ${timeOf(waitsUntil)}`
  switch (status) {
    case 'live':
      return null
    case 'purgatory':
      return html`<p class="note">
        In purgatory: it was announced, and is waiting for its git data${until}.
      </p>`
    case 'archived':
      return html`<p class="note">An archive: nobody pushes to it here.</p>`
  }
}

function cloning({ owner, identifier, form }: GraspRepository, baseUrl: string): Markup {
  const place = placeOf(owner, identifier)
  const relay = encodeURIComponent(relayHint(baseUrl))
  const commands =
    form === 'contributed'
      ? [html`git fetch ${baseUrl}/prs/${place}.git 'refs/nostr/*:refs/nostr/*'`]
      : [
          html`git clone ${baseUrl}/${place}.git`,
          html`git clone nostr://${npubOf(owner)}/${relay}/${inUrl(identifier)}`,
        ]
  return html`<h2>Clone</h2>
    <pre>${commands}</pre>`
}

function placeOf(owner: string, identifier: string): string {
  return `${npubOf(owner)}/${inUrl(identifier)}`
}

/** Also what a shell would take for something else: people copy the commands. @see RFC 3986 section 2.2 */
function inUrl(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** `wss://` may be left out. @see NIP-34, "nostr clone URLs" */
function relayHint(baseUrl: string): string {
  return baseUrl.replace(/^https:\/\//, '').replace(/^http:/, 'ws:')
}

function people({ maintainers, state }: ShownRepository): Markup {
  const lines = maintainers.map((key) => html`<li><code>${npubOf(key)}</code></li>`)
  const signed =
    state === null
      ? html`<p>None of them has signed a state that this server has all data of.</p>`
      : html`<p>
          Branches and tags are as <code>${npubOf(state.pubkey)}</code> signed them on
          ${timeOf(state.created_at * 1_000)}.
        </p>`
  return html`<h2>Maintainers</h2>
    <ul>
      ${lines}
    </ul>
    ${signed}`
}

function refTable(title: string, refs: readonly ListedRef[], prefix: string): Markup | null {
  if (refs.length === 0) return null
  const rows = refs.slice(0, MAX_SHOWN).map(
    ({ name, oid, peeled }) =>
      html`<tr>
        <td>${name.slice(prefix.length)}</td>
        <td><code>${(peeled ?? oid).slice(0, SHORT_OID)}</code></td>
      </tr>`,
  )
  const more = refs.length - rows.length
  return html`<h2>${title}</h2>
    <table>
      ${rows}
    </table>
    ${more > 0 ? html`<p>and ${more} more</p>` : null}`
}

/** They show issues and pull requests, and push with a key. @see GRASP-01 */
function clients({ owner, identifier }: GraspRepository): Markup {
  const place = placeOf(owner, identifier)
  return html`<h2>Work on it</h2>
    <p>
      Issues and pull requests:
      <a href="https://gitworkshop.dev/${place}" rel="noreferrer">gitworkshop.dev</a>. To push, and for
      <code>nostr://</code> URLs: <a href="https://ngit.dev" rel="noreferrer">ngit</a>.
    </p>`
}

function timeOf(ms: number): Markup {
  const time = new Date(ms).toISOString()
  return html`<time datetime="${time}">${time.slice(0, 16).replace('T', ' ')} UTC</time>`
}
