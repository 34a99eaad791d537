/** The manifest of gates: what it declares, or all that is wrong with it at once. */
import { unknownMember } from '../../../kernel/upstream/known-members.ts'
import { declarationSchema, secretsIn, type Declaration } from '../../../kernel/upstream/declaration.ts'
import type { RepositoryName } from '../../arguments.ts'
import { camelCased, isMapping, snakeCase } from './manifest-names.ts'
import { NoSecret, PLACES, type ManifestSecrets } from './manifest-secrets.ts'
import { ManifestSource, type ManifestFault, type Path } from './manifest-source.ts'

export interface DeclaredGate {
  readonly where: RepositoryName
  readonly declaration: Declaration
}

export interface ManifestOptions {
  readonly secrets: Pick<ManifestSecrets, 'at'>
  /** Of repositories that are named without one. */
  readonly org: string | null
  readonly allowInlineSecrets: boolean
}

export interface ReadManifest {
  readonly gates: readonly DeclaredGate[]
  readonly faults: readonly ManifestFault[]
}

const ROOT = 'git-gate'
/** Not the dots that are a step in a path. */
const NAME = /^(?:((?!\.{1,2}\/)[\w.-]+)\/)?((?!\.{1,2}$)[\w.-]+)$/

export async function readManifest(text: string, options: ManifestOptions): Promise<ReadManifest> {
  const source = new ManifestSource(text)
  if (source.syntaxFaults.length > 0) return { gates: [], faults: source.syntaxFaults }
  const faults: ManifestFault[] = []
  const reader = new GateReader(source, options, faults)
  const gates = await reader.gates()
  return { gates, faults: faults.toSorted((a, b) => a.line - b.line || a.column - b.column) }
}

class GateReader {
  readonly #source: ManifestSource
  readonly #options: ManifestOptions
  readonly #faults: ManifestFault[]

  constructor(source: ManifestSource, options: ManifestOptions, faults: ManifestFault[]) {
    this.#source = source
    this.#options = options
    this.#faults = faults
  }

  async gates(): Promise<readonly DeclaredGate[]> {
    const root = this.#mapping([], this.#source.value(), [ROOT])
    const { user, repos } = this.#mapping([ROOT], root[ROOT], ['user', 'repos'])
    const at: Path = [ROOT, 'repos']
    const gates: DeclaredGate[] = []
    for (const [name, declared] of Object.entries(this.#mapping(at, repos, null))) {
      const gate = await this.#gate([...at, name], name, declared, user)
      if (gate) gates.push(gate)
    }
    return gates
  }

  async #gate(at: Path, name: string, declared: unknown, user: unknown): Promise<DeclaredGate | null> {
    const where = this.#where(at, name)
    const members = camelCased(this.#mapping(at, declared, null)) as Record<string, unknown>
    const key = await this.#key([...at, 'key'], members['key'])
    const whole = { ...(user === undefined ? {} : { user }), ...members, key }
    const parsed = declarationSchema(snakeCase).safeParse(whole)
    for (const { path, message } of parsed.error?.issues ?? []) {
      this.#fault([...at, ...asWritten(path, members['key'])], message)
    }
    return parsed.success && where ? { where, declaration: parsed.data } : null
  }

  #where(at: Path, name: string): RepositoryName | null {
    const [, org = this.#options.org, repo] = NAME.exec(name) ?? []
    if (repo === undefined) return this.#fault(at, 'is no name of a repository')
    if (org === null || org === undefined)
      return this.#fault(at, 'names no organisation: say --org, or <org>/<name>')
    return { org, repo }
  }

  /** With its secret in it, wherever that was. */
  async #key(at: Path, key: unknown): Promise<unknown> {
    if (!isMapping(key)) {
      if (key === undefined) this.#fault(at, 'is missing')
      return key
    }
    if (!this.#options.allowInlineSecrets)
      for (const name of secretsIn({ ...key, path: undefined }))
        this.#fault(
          [...at, snakeCase(name)],
          'is a secret: use path, env or fd, or say --allow-inline-secrets',
        )
    const named = PLACES.filter((place) => key[place] !== undefined)
    const [place] = named
    if (place === undefined) return key
    const others = Object.fromEntries(Object.entries(key).filter(([name]) => !PLACES.some((p) => p === name)))
    if (named.length > 1) this.#fault(at, `names its secret more than once: ${named.join(', ')}`)
    try {
      const secret = await this.#options.secrets.at(place, key[place])
      return { ...others, [memberOf(key['provider'])]: key['provider'] === 'static' ? secret : secret.trim() }
    } catch (err) {
      if (!(err instanceof NoSecret)) throw err
      this.#fault([...at, place], err.message)
      return key['provider'] === undefined ? key : undefined
    }
  }

  /** @param known `null`: whatever it holds */
  #mapping(at: Path, value: unknown, known: readonly string[] | null): Readonly<Record<string, unknown>> {
    if (!isMapping(value)) {
      this.#fault(at, value === undefined || value === null ? 'is missing' : 'is no mapping')
      return {}
    }
    if (known !== null)
      for (const name of Object.keys(value).filter((name) => !known.includes(name)))
        this.#fault(
          at,
          unknownMember(name, known, (same) => same),
        )
    return value
  }

  #fault(at: Path, message: string): null {
    this.#faults.push(this.#source.fault(at, message))
    return null
  }
}

/** As the manifest has it: a secret is where its place stands. */
function asWritten(path: readonly PropertyKey[], key: unknown): Path {
  const place = isMapping(key) ? PLACES.find((name) => key[name] !== undefined) : undefined
  const isSecret = path[0] === 'key' && secretsIn({ [String(path[1])]: '' }).length > 0
  if (place !== undefined && isSecret) return ['key', place]
  return path.map((step) => (typeof step === 'number' ? step : snakeCase(String(step))))
}

function memberOf(provider: unknown): string {
  if (provider === 'static') return 'privateKey'
  return provider === 'token' ? 'token' : 'provisionerToken'
}
