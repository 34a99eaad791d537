/** What git is told so that it gets its credentials from our helper. @see gitcredentials(7), git-config(1) */
import { fileURLToPath } from 'node:url'
import { INHERITED_FD } from './start-git.ts'

/** Where `git-credential-sluice` lies once all is built. */
const HELPER = fileURLToPath(new URL('./git-credential-sluice.js', import.meta.url))

/** Where the helper finds the token to start from. */
export type HelperSource =
  | { readonly kind: 'login' }
  | { readonly kind: 'inherited' }
  | { readonly kind: 'file'; readonly path: string }

/**
 * Settings in place of all other helpers for this server, which could know another token. The helper is
 * told for which repository it is asked, so that the token it gets is for that one alone.
 *
 * @returns `name=value`, in the order in which git must read them
 */
export function credentialSettings(server: string, source: HelperSource): readonly string[] {
  const section = `credential.${server}`
  return [
    `${section}.helper=`,
    `${section}.helper=${helperCommand(server, source)}`,
    `${section}.useHttpPath=true`,
  ]
}

/** A line for the shell, by which git starts it. */
function helperCommand(server: string, source: HelperSource): string {
  const words = [process.execPath, HELPER, `--url=${server}`, ...optionOf(source)]
  return `!${words.map(quoted).join(' ')}`
}

function optionOf(source: HelperSource): readonly string[] {
  switch (source.kind) {
    case 'login':
      return []
    case 'inherited':
      return [`--token-fd=${INHERITED_FD}`]
    case 'file':
      return [`--token-file=${source.path}`]
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
