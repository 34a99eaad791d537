/** The four kinds of git objects. */

export const OBJECT_TYPES = ['commit', 'tree', 'blob', 'tag'] as const
export type ObjectType = (typeof OBJECT_TYPES)[number]

export function isObjectType(text: string): text is ObjectType {
  return (OBJECT_TYPES as readonly string[]).includes(text)
}
