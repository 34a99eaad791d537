/** Writes settings as a file that git reads. Not for settings of repositories: those are git's to write. */

/** `section`, or `section.<anything>`, then a dot and the name of the variable. */
export type GitSetting = readonly [key: string, value: string]

/**
 * Every value stands in quotes, so that no character of it means anything but itself.
 *
 * @throws Error for what no such file can hold: a line feed or NUL
 * @see git-config(1), SYNTAX
 */
export function writeGitConfig(settings: readonly GitSetting[]): string {
  return settings.map(([key, value]) => `${header(key)}\n\t${variable(key)} = ${quoted(value)}\n`).join('')
}

function header(key: string): string {
  const [section = '', ...rest] = key.split('.').slice(0, -1)
  return rest.length === 0 ? `[${section}]` : `[${section} ${quoted(rest.join('.'))}]`
}

function variable(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1)
}

function quoted(text: string): string {
  if (/[\n\r\0]/.test(text)) throw new Error('a value with a line break or NUL cannot be written for git')
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
