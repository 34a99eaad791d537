/** The settings of this start: environment over file over defaults. Nobody else reads the environment. */
import { findFaults, findWarnings } from './checks.ts'
import { type Config, makeConfig } from './config.ts'
import { ConfigError } from './config-error.ts'
import { readConfigFile, type Texts } from './config-file.ts'
import { parseValues } from './parse-values.ts'
import { CONFIG_FILE, isSettingName, type Values } from './settings.ts'

/**
 * @param env as `process.env`
 * @returns frozen, all the way down
 * @throws ConfigError that names every fault, never the value of a secret
 */
export function loadConfig(env: Texts): Config {
  const path = env[CONFIG_FILE]?.trim() ?? ''
  const file = path === '' ? { texts: {}, warnings: [] } : readConfigFile(path)
  const { values, faults } = parseValues(layer(env, file.texts))
  const all = [...faults, ...findFaults(values)]
  if (all.length > 0) throw new ConfigError(all)
  const complete = values as Values
  return freeze(makeConfig(complete, [...file.warnings, ...findWarnings(complete), ...unknownSettings(env)]))
}

/** A variable that is set but empty does not hide the file's. */
function layer(env: Texts, file: Texts): Texts {
  const set = Object.entries(env).filter(([, text]) => text !== undefined && text.trim() !== '')
  return { ...file, ...Object.fromEntries(set) }
}

/** Of the client library and its commands, which may share a shell with the server. */
const OF_CLIENTS = /^SLUICE_(?:URL|TOKEN(?:_FD|_FILE|_ENV)?|CLIENT_ID|WORKLOAD)$/

/** A misspelt limit would be no limit. Variables that the tests are run with are none of ours. */
function unknownSettings(env: Texts): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('SLUICE_') && !name.startsWith('SLUICE_TEST_'))
    .filter((name) => name !== CONFIG_FILE && !isSettingName(name) && !OF_CLIENTS.test(name))
    .map((name) => `${name} is no setting of this server`)
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  return value
}
