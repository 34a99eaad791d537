/**
 * The arguments of a protocol v2 `fetch`, read strictly and put in order, so that two requests that ask
 * the same are the same; and written again for git. What is unusual is not read here: git answers it.
 *
 * @see gitprotocol-v2(5), "fetch"
 */
import { isOid, oidLength, type ObjectFormat, type Oid } from '../../kernel/ids.ts'
import { DELIM, FLUSH, pktLine } from './pkt-line.ts'

/** Arguments without a value, in the order in which they are written. */
const FLAGS = [
  'thin-pack',
  'no-progress',
  'include-tag',
  'ofs-delta',
  'deepen-relative',
  'sideband-all',
  'wait-for-done',
  'done',
] as const
export type FetchFlag = (typeof FLAGS)[number]

export interface FetchArguments {
  readonly objectFormat: ObjectFormat
  /** Objects asked for; at least one. Ascending and each once, as all ids here. */
  readonly wants: readonly Oid[]
  /** Objects that the client has. */
  readonly haves: readonly Oid[]
  /** Commits whose parents the client does not have. */
  readonly shallow: readonly Oid[]
  readonly flags: ReadonlySet<FetchFlag>
  /** Commits deep; `null`: all of them. */
  readonly deepen: number | null
  /** Seconds since 1970. */
  readonly deepenSince: number | null
  /** As git-rev-list(1) takes it. */
  readonly filter: string | null
}

/** Each is looked for before anything else is done; who asks for more is answered by git. */
const MAX_WANTS = 4_096
const DEPTH = /^[1-9]\d{0,8}$/
const SECONDS = /^\d{1,11}$/
const FILTER_PART =
  /^(?:blob:none|blob:limit=\d{1,15}[kmg]?|tree:\d{1,9}|object:type=(?:blob|tree|commit|tag))$/
const COMBINED = 'combine:'
const MAX_FILTER_PARTS = 8

/**
 * @param args one per packet, without line feeds
 * @returns `null`: unusual, wrong, or dependent on more than objects (`deepen-not` and `want-ref` name refs)
 */
export function parseFetchArguments(
  args: readonly string[],
  { objectFormat }: { readonly objectFormat: ObjectFormat },
): FetchArguments | null {
  const lists = { want: new Set<Oid>(), have: new Set<Oid>(), shallow: new Set<Oid>() }
  const values: Record<ValueName, string | null> = { deepen: null, 'deepen-since': null, filter: null }
  const flags = new Set<FetchFlag>()
  for (const line of args) {
    const [name, value] = splitAtSpace(line)
    if (value === null) {
      if (!isFlag(name)) return null
      flags.add(name)
    } else if (isListName(name)) {
      if (!isOidOf(value, objectFormat)) return null
      lists[name].add(value)
    } else {
      if (!isValueName(name) || values[name] !== null || !VALUES[name](value)) return null
      values[name] = value
    }
  }
  const { size } = lists.want
  if (size === 0 || size > MAX_WANTS || (values.deepen !== null && values['deepen-since'] !== null))
    return null
  return {
    objectFormat,
    wants: [...lists.want].sort(),
    haves: [...lists.have].sort(),
    shallow: [...lists.shallow].sort(),
    flags,
    deepen: numberOf(values.deepen),
    deepenSince: numberOf(values['deepen-since']),
    filter: values.filter,
  }
}

/** As lines: those that two requests for the same answer have in common come first, the ids last. */
export function fetchArgumentLines(args: FetchArguments): string[] {
  return [
    ...FLAGS.filter((flag) => args.flags.has(flag)),
    ...(args.deepen === null ? [] : [`deepen ${args.deepen}`]),
    ...(args.deepenSince === null ? [] : [`deepen-since ${args.deepenSince}`]),
    ...(args.filter === null ? [] : [`filter ${args.filter}`]),
    ...args.shallow.map((oid) => `shallow ${oid}`),
    ...args.wants.map((oid) => `want ${oid}`),
    ...args.haves.map((oid) => `have ${oid}`),
  ]
}

/** The whole request, as a client sends it. */
export function writeFetchRequest(args: FetchArguments): Buffer {
  return Buffer.concat([
    pktLine('command=fetch\n'),
    pktLine(`object-format=${args.objectFormat}\n`),
    DELIM,
    ...fetchArgumentLines(args).map((line) => pktLine(`${line}\n`)),
    FLUSH,
  ])
}

function splitAtSpace(line: string): [name: string, value: string | null] {
  const space = line.indexOf(' ')
  return space < 0 ? [line, null] : [line.slice(0, space), line.slice(space + 1)]
}

const VALUES = {
  deepen: (text: string) => DEPTH.test(text),
  'deepen-since': (text: string) => SECONDS.test(text),
  filter: isKnownFilter,
}
type ValueName = keyof typeof VALUES

/** `sparse:oid=` names any revision; what is not known here may as well. */
function isKnownFilter(text: string): boolean {
  if (!text.startsWith(COMBINED)) return FILTER_PART.test(text)
  const parts = text.slice(COMBINED.length).split('+')
  return parts.length <= MAX_FILTER_PARTS && parts.every((part) => FILTER_PART.test(part))
}

function isFlag(name: string): name is FetchFlag {
  return (FLAGS as readonly string[]).includes(name)
}

function isListName(name: string): name is 'want' | 'have' | 'shallow' {
  return name === 'want' || name === 'have' || name === 'shallow'
}

function isValueName(name: string): name is ValueName {
  return Object.hasOwn(VALUES, name)
}

function isOidOf(text: string, format: ObjectFormat): text is Oid {
  return isOid(text) && text.length === oidLength(format)
}

function numberOf(text: string | null): number | null {
  return text === null ? null : Number(text)
}
