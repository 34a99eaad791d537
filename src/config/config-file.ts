/** Settings from a file, below the environment: a JSON object, or `KEY=value` lines as in a .env file. */
import { readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError } from './config-error.ts'
import { CONFIG_FILE, isSettingName, SETTINGS, type Setting } from './settings.ts'

export type Texts = Readonly<Record<string, string | undefined>>

export interface ConfigFile {
  readonly texts: Texts
  readonly warnings: readonly string[]
}

/** @throws ConfigError when it cannot be read, or names what is no setting */
export function readConfigFile(path: string): ConfigFile {
  const texts = parse(read(path))
  const unknown = Object.keys(texts).filter((name) => !isSettingName(name))
  if (unknown.length > 0) {
    throw new ConfigError(unknown.map((name) => ({ name, message: `no such setting, in ${path}` })))
  }
  return { texts, warnings: holdsSecret(texts) && isShared(path) ? [sharedWarning(path)] : [] }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (err) {
    const { code = 'error' } = err as NodeJS.ErrnoException
    throw new ConfigError([{ name: CONFIG_FILE, message: `cannot read ${path} (${code})` }])
  }
}

function parse(content: string): Texts {
  return content.trimStart().startsWith('{') ? parseJson(content) : parseEnv(content)
}

function parseJson(content: string): Texts {
  let object: Record<string, unknown>
  try {
    object = JSON.parse(content) as Record<string, unknown>
  } catch {
    throw new ConfigError([{ name: CONFIG_FILE, message: 'expected a JSON object or KEY=value lines' }])
  }
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, textOf(value)]))
}

/** A list of texts is written as in the environment; anything deeper stays JSON. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null) return ''
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',')
  return JSON.stringify(value)
}

function holdsSecret(texts: Texts): boolean {
  return Object.keys(texts).some((name) => isSettingName(name) && (SETTINGS[name] as Setting).secret)
}

function isShared(path: string): boolean {
  return (statSync(path).mode & 0o077) !== 0
}

function sharedWarning(path: string): string {
  return `${path} holds a secret and can be read by others; set its mode to 0600`
}
