/** JSON Schema, as the OpenAPI document has it, as a TypeScript type. What it does not know it refuses. */

export interface Schema {
  readonly $ref?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly pattern?: string
  readonly description?: string
}

/** @param given whoever makes such a value may also write `undefined` for what he leaves out */
export function typeOf(schema: Schema, given = false): string {
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return unionOf(schema.enum.map((value) => JSON.stringify(value)))
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return unionOf(choices.map((choice) => typeOf(choice, given)))
  if (schema.allOf) return schema.allOf.map((part) => `(${typeOf(part, given)})`).join(' & ')
  if (schema.type === undefined) return 'unknown'
  return unionOf([schema.type].flat().map((type) => plainType(type, schema, given)))
}

function plainType(type: string, schema: Schema, given: boolean): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'integer':
    case 'number':
      return 'number'
    case 'array':
      return `${given ? 'readonly ' : ''}(${typeOf(schema.items ?? {}, given)})[]`
    case 'object':
      return objectType(schema, given)
    default:
      throw new TypeError(`a schema of type ${type}`)
  }
}

function objectType(schema: Schema, given: boolean): string {
  const { properties = {}, required = [], additionalProperties: others } = schema
  if (Object.keys(properties).length === 0) {
    return `Record<string, ${typeof others === 'object' ? typeOf(others, given) : 'unknown'}>`
  }
  const members = Object.entries(properties).map(([name, property]) =>
    member(name, property, required.includes(name), given),
  )
  if (others !== undefined && others !== false) members.push('[others: string]: unknown')
  return `{\n${members.join('\n')}\n}`
}

function member(name: string, schema: Schema, isRequired: boolean, given: boolean): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
  const type = typeOf(schema, given)
  const mark = isRequired ? '' : '?'
  return `${commentOf(schema)}${key}${mark}: ${given && !isRequired ? unionOf([type, 'undefined']) : type}`
}

export function commentOf({ description }: { readonly description?: string | undefined }): string {
  return description === undefined
    ? ''
    : `/** ${description.replaceAll('*/', '*\\/').replaceAll('\n', ' ')} */\n`
}

function unionOf(types: readonly string[]): string {
  return [...new Set(types)].join(' | ')
}
