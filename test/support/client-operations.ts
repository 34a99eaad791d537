/** Makes src/client/operations.ts from the OpenAPI document of a running server. */
import { format, resolveConfig } from 'prettier'
import { commentOf, typeOf, type Schema } from './typescript-of-schema.ts'

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

interface Parameter {
  readonly in: string
  readonly name: string
  readonly required?: boolean
  readonly description?: string
  readonly schema: Schema
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>

interface DescribedOperation {
  readonly summary?: string
  /** Absent: nobody is asked who he is. */
  readonly security?: readonly object[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

const PATH = new URL('../../src/client/operations.ts', import.meta.url).pathname

const HEAD = `/**
 * Every operation of the REST API: its arguments and its answer. Made from the OpenAPI document by
 * \`UPDATE_DOCS=1 npx vitest run test/conformance/client-operations\`, and never by hand.
 */

/** How an operation is called, where that is not by JSON and without ceremony. */
export interface OperationTraits {
  /** \`list\`: in pages; \`stream\`: bytes of any type; \`json\`: one value, or nothing. */
  readonly answer: 'json' | 'list' | 'stream'
  /** An \`Idempotency-Key\` is honoured. */
  readonly idempotencyKey?: true
  /** Of the request, where that is not JSON. */
  readonly body?: 'form'
  /** Nobody's credential is read. */
  readonly isOpen?: true
}
`

/** @returns the whole file, formatted as the others are */
export async function operationsFile({ paths, components }: ApiDocument): Promise<string> {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation,
    })),
  )
  operations.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.name < b.name ? -1 : 1))
  const schemas = Object.entries(components.schemas).sort(([a], [b]) => (a < b ? -1 : 1))
  const text = [
    HEAD,
    ...schemas.map(([name, schema]) => `export type ${name} = ${typeOf(schema)}\n`),
    `export interface Operations {\n${operations.map(operationType).join('\n')}\n}\n`,
    `export const OPERATIONS = {\n${operations.map(traitsOf).join('\n')}\n} as const satisfies Record<keyof Operations, OperationTraits>\n`,
  ].join('\n')
  return format(text, { ...(await resolveConfig(PATH)), parser: 'typescript' })
}

export function operationsPath(): string {
  return PATH
}

interface NamedOperation {
  readonly name: string
  readonly operation: DescribedOperation
}

function operationType({ name, operation }: NamedOperation): string {
  const answer = answerType(operation)
  const parts = [`args: ${argumentsType(operation)}`, `answer: ${answer}`]
  if (answerKind(operation) === 'list') parts.push(`item: (${answer})[number]`)
  return `${commentOf({ description: operation.summary })}${JSON.stringify(name)}: {\n${parts.join('\n')}\n}`
}

function traitsOf({ name, operation }: NamedOperation): string {
  const traits = [`answer: '${answerKind(operation)}'`]
  if (operation.parameters?.some((one) => one.name === 'idempotency-key')) traits.push('idempotencyKey: true')
  if (operation.requestBody && !operation.requestBody.content['application/json']) traits.push(`body: 'form'`)
  if (operation.security === undefined) traits.push('isOpen: true')
  return `${JSON.stringify(name)}: { ${traits.join(', ')} },`
}

function argumentsType({ parameters = [], requestBody }: DescribedOperation): string {
  const inPath = parameters.filter((one) => one.in === 'path')
  const inQuery = parameters.filter((one) => one.in === 'query')
  const parts = inPath.map((one) => `${commentOf(one)}${one.name}: ${writtenType(one.schema)}`)
  const isOptional = inQuery.every((one) => one.required !== true)
  if (inQuery.length > 0)
    parts.push(`query${isOptional ? '?' : ''}: {\n${inQuery.map(queryMember).join('\n')}\n}`)
  const [body] = Object.values(requestBody?.content ?? {})
  if (body) parts.push(`body${requestBody?.required ? '' : '?'}: ${typeOf(body.schema, true)}`)
  return parts.length === 0 ? 'Record<never, never>' : `{\n${parts.join('\n')}\n}`
}

function queryMember(parameter: Parameter): string {
  const { name, required, schema } = parameter
  const mark = required ? ':' : '?:'
  return `${commentOf(parameter)}${name}${mark} ${writtenType(schema)}${required ? '' : ' | undefined'}`
}

/** Everything in an address is text; what reads as a number or a truth value can be written as one. */
function writtenType(schema: Schema): string {
  const type = typeOf(schema)
  if (type === '"true" | "false"') return `boolean | ${type}`
  return type === 'string' && /^\^(\(\?:)?(\\d|\[1-9\])/.test(schema.pattern ?? '') ? 'string | number' : type
}

function answerKind(operation: DescribedOperation): 'json' | 'list' | 'stream' {
  const answers = answersOf(operation)
  if (!answers.flatMap((content) => Object.keys(content)).every(isJson)) return 'stream'
  const inPages = operation.parameters?.some((one) => one.in === 'query' && one.name === 'cursor')
  return inPages ? 'list' : 'json'
}

function answerType(operation: DescribedOperation): string {
  const kind = answerKind(operation)
  if (kind === 'stream') return 'Response'
  const types = answersOf(operation).map((content) => {
    const [described] = Object.values(content)
    return described === undefined ? null : typeOf(described.schema)
  })
  const known = [...new Set(types)].filter((type) => type !== null)
  if (known.length > 0) return known.join(' | ')
  return '204' in operation.responses ? 'void' : 'unknown'
}

function isJson(mediaType: string): boolean {
  return /^application\/(?:.+\+)?json$/.test(mediaType)
}

function answersOf({ responses }: DescribedOperation): Content[] {
  return Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, { content = {} }]) => content)
}
