/** What git has set by `option` lines. @see gitremote-helpers(7), OPTIONS */
import { unquote } from './unquote.ts'

export interface Options {
  /** 0: errors only; 1: as usual; more for each `-v`. */
  verbosity: number
  progress: boolean
  dryRun: boolean
  atomic: boolean
  forceIfIncludes: boolean
  /** 0: any. */
  family: 0 | 4 | 6
  readonly pushOptions: string[]
  /** `<ref>:<expected id>`. @see git-push(1), --force-with-lease */
  readonly leases: string[]
}

export type OptionAnswer = 'ok' | 'unsupported' | `error ${string}`

export function defaultOptions(isTerminal: boolean): Options {
  return {
    verbosity: 1,
    progress: isTerminal,
    dryRun: false,
    atomic: false,
    forceIfIncludes: false,
    family: 0,
    pushOptions: [],
    leases: [],
  }
}

const FAMILIES: Readonly<Record<string, 0 | 4 | 6>> = { all: 0, ipv4: 4, ipv6: 6 }
/** By git's name, what a value does; `false`: no such value. */
const SETTERS: Readonly<Record<string, (options: Options, value: string) => boolean>> = {
  verbosity: (options, value) => /^\d{1,3}$/.test(value) && set(() => (options.verbosity = Number(value))),
  progress: (options, value) => flag(value, (on) => (options.progress = on)),
  'dry-run': (options, value) => flag(value, (on) => (options.dryRun = on)),
  atomic: (options, value) => flag(value, (on) => (options.atomic = on)),
  'force-if-includes': (options, value) => flag(value, (on) => (options.forceIfIncludes = on)),
  'object-format': (_options, value) => value === 'true', // it is always told
  family: (options, value) => value in FAMILIES && set(() => (options.family = FAMILIES[value] ?? 0)),
  'push-option': (options, value) => set(() => options.pushOptions.push(value)),
  cas: (options, value) => set(() => options.leases.push(value)),
}

/** @param setting what follows `option `: a name, and its value if it has one */
export function setOption(options: Options, setting: string): OptionAnswer {
  const [, name = '', raw = 'true'] = /^(\S+)(?: (.*))?$/s.exec(setting) ?? []
  const apply = Object.hasOwn(SETTERS, name) ? SETTERS[name] : undefined
  if (apply === undefined) return 'unsupported'
  const value = unquote(raw)
  return value !== null && apply(options, value) ? 'ok' : 'error invalid value'
}

function flag(value: string, change: (on: boolean) => void): boolean {
  return (value === 'true' || value === 'false') && set(() => change(value === 'true'))
}

function set(change: () => unknown): true {
  change()
  return true
}
