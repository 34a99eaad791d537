/** Where the two engines need different words in a CREATE TABLE; everything else is the same SQL. */
export type Engine = 'sqlite' | 'postgres'

export interface ColumnTypes {
  /** Compared byte by byte, whatever the locale of the server. */
  readonly text: string
  /** Numbers rows in the order they were written and never gives a number twice. */
  readonly sequence: string
  /** Behind a table of narrow rows: it lies in the order of its primary key, and is nothing beside it. */
  readonly inKeyOrder: string
}

export const COLUMN_TYPES: Record<Engine, ColumnTypes> = {
  sqlite: { text: 'text', sequence: 'integer primary key autoincrement', inKeyOrder: 'without rowid' },
  postgres: { text: 'text collate "C"', sequence: 'bigserial primary key', inKeyOrder: '' },
}

/** One step of the schema. Never changed once it was released: a later one corrects it. */
export interface Migration {
  readonly version: number
  readonly name: string
  /** Statements in order. */
  readonly up: (types: ColumnTypes) => readonly string[]
}
